"""Refund requests over REST: ask, look, decide."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from editions.models import Edition, Location
from orders.api.parts import PickupPointOut, SoldProductOut, TransactionOut
from orders.api.purchases import PurchaseViewSet
from orders.models import Order, Purchase, Transaction
from orders.states import PurchaseStatus
from preo.accounts.api import CustomerLightOut, StaffUserOut
from preo.api.access import OrganizationAccessMixin
from preo.api.fields import AmountField, MomentField, StrictSerializer
from preo.api.filters import MomentFilter, TextFilter, VisibleRowFilter
from preo.api.roles import Role
from preo.api.scopes import Scope
from refunds import operations, policy
from refunds.models import RefundRequest
from refunds.states import RefundReason, RefundScope, RefundStatus


class RefundFilter(django_filters.FilterSet):
    edition_id = VisibleRowFilter(rows=Edition.objects.all, field_name="edition_id", help_text="`edt_…`")
    order_id = VisibleRowFilter(rows=Order.objects.all, field_name="order_id", help_text="`ord_…`")
    purchase_id = VisibleRowFilter(rows=Purchase.objects.all, field_name="purchase_id", help_text="`pur_…`")
    transaction_id = VisibleRowFilter(rows=Transaction.objects.all, field_name="transaction_id", help_text="`trx_…`")
    status = django_filters.ChoiceFilter(choices=RefundStatus.choices)
    reason = django_filters.ChoiceFilter(choices=RefundReason.choices)
    scope = django_filters.ChoiceFilter(choices=RefundScope.choices)
    created_after = MomentFilter("created", "gte", help_text="Created at or after this moment.")
    created_before = MomentFilter("created", "lt", help_text="Created before this moment.")
    search = TextFilter(method="by_anything", help_text="Finds refunds by what finds their order.")

    def by_anything(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(order__in=Order.objects.containing(value))


class RefundedPurchaseOut(serializers.Serializer[Any]):
    """The purchase that a refund is about."""

    api_id = serializers.CharField(source="id")
    vendor_code = serializers.CharField()
    status = serializers.ChoiceField(PurchaseStatus.choices)
    product = SoldProductOut(source="*")
    variant = serializers.CharField(source="variant_name")
    user = CustomerLightOut(source="customer")
    metadata = serializers.JSONField()


class RefundOut(serializers.Serializer[Any]):
    """A refund request."""

    id = serializers.CharField()
    organization = serializers.CharField(source="organization_id")
    edition_id = serializers.CharField()
    purchase = RefundedPurchaseOut(allow_null=True)
    transaction = TransactionOut()
    scope = serializers.ChoiceField(RefundScope.choices)
    reason = serializers.ChoiceField(RefundReason.choices)
    status = serializers.ChoiceField(RefundStatus.choices)
    amount = AmountField(source="amount_minor")
    comment = serializers.CharField()
    staff_user = StaffUserOut()
    pickup_point = PickupPointOut(allow_null=True)
    service_response = serializers.JSONField()
    refund_date = MomentField(allow_null=True)
    created = MomentField()
    modified = MomentField()
    can_approve = serializers.SerializerMethodField()
    can_reject = serializers.SerializerMethodField()

    def get_can_approve(self, refund: RefundRequest) -> bool:
        return policy.why_not_approve(refund, by=self.context["request"].user) is None

    def get_can_reject(self, refund: RefundRequest) -> bool:
        return policy.why_not_reject(refund, by=self.context["request"].user) is None


class PurchaseRefundIn(StrictSerializer):
    """What to give back of a purchase, and why. The reason decides the scope, unless another allowed one is given."""

    reason = serializers.ChoiceField(RefundReason.choices)
    scope = serializers.ChoiceField(RefundScope.choices, required=False)
    amount = AmountField(required=False, allow_null=True, help_text="For custom scopes alone.")
    comment = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    pickup_point_id = serializers.CharField(required=False, allow_null=True, max_length=100)


class RefundIn(PurchaseRefundIn):
    """The same, for the purchase or the transaction that the body names."""

    purchase_id = serializers.CharField(required=False, max_length=100)
    transaction_id = serializers.CharField(required=False, max_length=100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("purchase_id" in attrs) == ("transaction_id" in attrs):
            message = "Give either purchase_id or transaction_id."
            raise serializers.ValidationError({"purchase_id": message, "transaction_id": message}, code="one_of")
        return attrs


class RejectionIn(StrictSerializer):
    """Why the refund is refused."""

    reason = serializers.CharField(max_length=2000)


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
    min_roles = {"approve": Role.MANAGER, "reject": Role.MANAGER}
    scopes = {
        "list": Scope.REFUNDS_READ,
        "retrieve": Scope.REFUNDS_READ,
        "create": Scope.REFUNDS_WRITE,
        "approve": Scope.REFUNDS_APPROVE,
        "reject": Scope.REFUNDS_APPROVE,
    }
    requires_idempotency_key = {"create", "approve"}
    serializer_class = RefundOut
    filterset_class = RefundFilter
    ordering_columns = {"created": "created", "modified": "modified", "amount": "amount_minor", "status": "status"}

    def rows(self) -> QuerySet[Any]:
        return RefundRequest.objects.with_rows()

    @extend_schema(summary="Create refund request", tags=["Refunds"], request=RefundIn, responses={201: RefundOut})
    def create(self, request: Request) -> Response:
        """Ask for part of a purchase, or of a transaction, to be given back. The amount is reserved at once."""
        asked = self.read(RefundIn)
        if "purchase_id" in asked:
            purchases = Purchase.objects.select_related("order__organization", "transaction")
            return self.request_refund(self.visible(purchases, asked["purchase_id"], member="purchase_id"), asked)
        transactions = Transaction.objects.select_related("order__organization")
        return self.request_refund(self.visible(transactions, asked["transaction_id"], member="transaction_id"), asked)

    @extend_schema(summary="Approve refund request", tags=["Refunds"], request=None, responses=RefundOut)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, **_: str) -> Response:
        """Let it be paid out. Above the organization's limit somebody other than who asked must do this."""
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
        """Ask for part of this purchase to be given back. The amount is reserved at once."""
        return self.request_refund(self.get_object(), self.read(PurchaseRefundIn))


def _payment_of(paid: Purchase | Transaction) -> Transaction:
    if isinstance(paid, Transaction):
        return paid
    if paid.transaction is None:
        raise operations.TransactionNotRefundable("This purchase has not been paid.")
    return paid.transaction
