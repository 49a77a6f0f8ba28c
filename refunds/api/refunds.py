"""Refund requests over REST: ask, look, decide."""

from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from editions.models import Location
from orders.api.purchases import PurchaseViewSet
from orders.models import Purchase, Transaction
from preo.api.access import OrganizationAccessMixin
from preo.api.fields import StrictSerializer
from preo.api.roles import Role
from preo.api.scopes import Scope
from preo.api.tables import CSV, TABLE_RENDERERS, csv_answer
from refunds import operations
from refunds.api.parts import ConfirmationIn, PurchaseRefundIn, RefundFilter, RefundIn, RefundOut, RejectionIn
from refunds.exporting import export_lines
from refunds.models import RefundRequest
from refunds.states import RefundReason, RefundScope


class AsksForRefunds(OrganizationAccessMixin):
    """What the two ways of asking for a refund share."""

    def request_refund(self, paid: Purchase | Transaction, asked: dict[str, Any]) -> Response:
        """Ask with a body that has been read. Raises what the operation raises."""
        self.require_role(paid.order.organization_id, paid.order.edition_id, role=Role.STAFF)
        refund = operations.request_refund(
            _payment_of(paid),
            purchase=paid if isinstance(paid, Purchase) else None,
            reason=RefundReason(asked["reason"]),
            scope=RefundScope(asked["scope"]) if "scope" in asked else None,
            amount_minor=asked.get("amount"),
            comment=asked["comment"],
            pickup_point=self._pickup_point(asked),
            by=self.staff_user,
            now=timezone.now(),
        )
        return self.answer(refund, status=201)

    def answer(self, refund: RefundRequest, *, status: int = 200) -> Response:
        """The refund as it is in the database now."""
        row = RefundRequest.objects.with_rows().get(pk=refund.pk)
        return Response(RefundOut(row, context=self.get_serializer_context()).data, status=status)

    def _pickup_point(self, asked: dict[str, Any]) -> Location | None:
        text = asked.get("pickup_point_id")
        return self.visible(Location.objects.all(), text, member="pickup_point_id") if text else None


@extend_schema_view(
    list=extend_schema(summary="List refund requests", tags=["Refunds"], responses=RefundOut),
    retrieve=extend_schema(summary="Retrieve refund request details", tags=["Refunds"], responses=RefundOut),
)
class RefundViewSet(ListModelMixin, RetrieveModelMixin, AsksForRefunds):
    """Refund requests of the organizations, or single editions, that the caller has a role on."""

    queryset = RefundRequest.objects.all()
    edition_filter_field = "edition_id"
    lists = ("list", "export")
    streams = ("export",)
    action_parameters = {"export": ("organization_id", *RefundFilter.base_filters)}
    min_roles = dict.fromkeys(("approve", "reject", "retry", "cancel"), Role.MANAGER)
    scopes = {
        "list": Scope.REFUNDS_READ,
        "retrieve": Scope.REFUNDS_READ,
        "create": Scope.REFUNDS_WRITE,
        "approve": Scope.REFUNDS_APPROVE,
        "reject": Scope.REFUNDS_APPROVE,
        "retry": Scope.REFUNDS_APPROVE,
        "cancel": Scope.REFUNDS_APPROVE,
        "confirm": Scope.REFUNDS_WRITE,
        "export": Scope.EXPORTS_READ,
    }
    requires_idempotency_key = {"create", "approve"}
    serializer_class = RefundOut
    filterset_class = RefundFilter
    ordering_columns = {"created": "created", "modified": "modified", "amount": "amount_minor", "status": "status"}

    def rows(self) -> QuerySet[Any]:
        return RefundRequest.objects.all() if self.action == "export" else RefundRequest.objects.with_rows()

    @extend_schema(summary="Create refund request", tags=["Refunds"], request=RefundIn, responses={201: RefundOut})
    def create(self, request: Request) -> Response:
        """Ask for part of a purchase, or of a transaction, to be given back. The amount is reserved at once.

        More than the caller's role can ask for at once, or has left of its day, is a 409 (`above_ceiling`,
        `daily_limit_reached`).
        """
        asked = self.read(RefundIn)
        if "purchase_id" in asked:
            purchases = Purchase.objects.select_related("order__organization", "transaction")
            return self.request_refund(self.visible(purchases, asked["purchase_id"], member="purchase_id"), asked)
        transactions = Transaction.objects.select_related("order__organization")
        return self.request_refund(self.visible(transactions, asked["transaction_id"], member="transaction_id"), asked)

    @extend_schema(summary="Approve refund request", tags=["Refunds"], request=None, responses=RefundOut)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, **_: str) -> Response:
        """Let it be paid out.

        Above the organization's limit somebody other than who asked must do this (409, `needs_second_approver`), and
        what is above the ceiling of the caller's role a higher one (409, `above_ceiling`).
        """
        refund = self.get_object()
        self.read(StrictSerializer)
        return self.answer(operations.approve_refund(refund, by=self.staff_user, now=timezone.now()))

    @extend_schema(summary="Reject refund request", tags=["Refunds"], request=RejectionIn, responses=RefundOut)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, **_: str) -> Response:
        """Decide against it, and say why. What it had reserved is free again."""
        refund = self.get_object()
        reason = self.read(RejectionIn)["reason"]
        return self.answer(operations.reject_refund(refund, reason=reason, by=self.staff_user, now=timezone.now()))

    @extend_schema(summary="Retry refund request", tags=["Refunds"], request=None, responses=RefundOut)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, **_: str) -> Response:
        """Try a failed refund once more. Its amount is reserved again, if it is still there."""
        refund = self.get_object()
        self.read(StrictSerializer)
        return self.answer(operations.retry_refund(refund, by=self.staff_user, now=timezone.now()))

    @extend_schema(summary="Cancel refund request", tags=["Refunds"], request=None, responses={202: RefundOut})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, **_: str) -> Response:
        """Call off a refund that waits for its provider. What is paid by hand fails at once; any other provider is
        asked, and what it answers shows on the refund, also that it is too late."""
        refund = self.get_object()
        self.read(StrictSerializer)
        return self.answer(operations.cancel_refund(refund, by=self.staff_user, now=timezone.now()), status=202)

    @extend_schema(summary="Confirm refund paid by hand", tags=["Refunds"], request=ConfirmationIn, responses=RefundOut)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, **_: str) -> Response:
        """Say that a refund in cash or by bank transfer was paid, and under which reference."""
        refund = self.get_object()
        reference = self.read(ConfirmationIn)["reference"]
        done = operations.confirm_refund(refund, reference=reference, by=self.staff_user, now=timezone.now())
        return self.answer(done)

    @extend_schema(
        summary="Export refund requests",
        tags=["Refunds"],
        filters=True,
        parameters=[OpenApiParameter("ordering", exclude=True)],
        responses={(200, CSV): OpenApiTypes.STR},
    )
    @action(detail=False, methods=["get"], renderer_classes=TABLE_RENDERERS)
    def export(self, request: Request) -> StreamingHttpResponse:
        """The list as CSV for bookkeeping, oldest first, with the filters of the list."""
        rows: Any = self.filter_queryset(self.get_queryset()).order_by("created", "id")
        return csv_answer(export_lines(rows), name="refunds.csv")


class PurchaseWithRefundViewSet(AsksForRefunds, PurchaseViewSet):
    """Purchases, and asking for a refund of one."""

    scopes = {**PurchaseViewSet.scopes, "refund": Scope.REFUNDS_WRITE}
    requires_idempotency_key = {"refund"}

    def rows(self) -> QuerySet[Any]:
        if self.action == "refund":
            return Purchase.objects.select_related("order__organization", "transaction")
        return super().rows()

    @extend_schema(
        summary="Create refund request for purchase",
        tags=["Purchases"],
        request=PurchaseRefundIn,
        responses={201: RefundOut},
    )
    @action(detail=True, methods=["post"])
    def refund(self, request: Request, **_: str) -> Response:
        """Ask for part of this purchase to be given back. The amount is reserved at once.

        More than the caller's role can ask for at once, or has left of its day, is a 409 (`above_ceiling`,
        `daily_limit_reached`).
        """
        return self.request_refund(self.get_object(), self.read(PurchaseRefundIn))


def _payment_of(paid: Purchase | Transaction) -> Transaction:
    if isinstance(paid, Transaction):
        return paid
    if paid.transaction is None:
        raise operations.TransactionNotRefundable("This purchase has not been paid.")
    return paid.transaction
