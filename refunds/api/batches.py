"""Mass refunds over REST: plan, look, let a second person approve, steer."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from editions.models import Edition
from preo.api.access import OrganizationAccessMixin
from preo.api.fields import StrictSerializer
from preo.api.filters import MomentFilter, VisibleRowFilter
from preo.api.parameters import PAGING, invalid
from preo.api.roles import Role
from preo.api.scopes import Scope
from preo.api.tables import CSV, TABLE_RENDERERS, csv_answer
from preo.spreadsheets import csv_lines
from refunds import batch_policy
from refunds.api.batch_parts import BatchApprovalIn, BatchDetailOut, BatchIn, BatchItemOut, BatchOut
from refunds.batch_report import HEADINGS, rows_of
from refunds.models import RefundBatch
from refunds.operations import batches
from refunds.states import BatchStatus, ItemState, RefundReason, RefundScope


class BatchFilter(django_filters.FilterSet):
    edition_id = VisibleRowFilter(rows=Edition.objects.all, field_name="edition_id", help_text="`edt_…`")
    status = django_filters.ChoiceFilter(choices=BatchStatus.choices)
    reason = django_filters.ChoiceFilter(choices=RefundReason.choices)
    created_after = MomentFilter("created", "gte", help_text="Created at or after this moment.")
    created_before = MomentFilter("created", "lt", help_text="Created before this moment.")


@extend_schema_view(
    list=extend_schema(summary="List mass refunds", tags=["Refunds"], responses=BatchOut),
    retrieve=extend_schema(summary="Retrieve mass refund details", tags=["Refunds"], responses=BatchDetailOut),
)
class RefundBatchViewSet(ListModelMixin, RetrieveModelMixin, OrganizationAccessMixin):
    """Mass refunds of the organizations, or single editions, that the caller has a role on."""

    queryset = RefundBatch.objects.all()
    edition_filter_field = "edition_id"
    min_roles = dict.fromkeys(("approve", "pause", "resume"), Role.MANAGER)
    scopes = {
        "list": Scope.REFUNDS_READ,
        "retrieve": Scope.REFUNDS_READ,
        "items": Scope.REFUNDS_READ,
        "report": Scope.EXPORTS_READ,
        "create": Scope.REFUNDS_WRITE,
        "approve": Scope.REFUNDS_APPROVE,
        "pause": Scope.REFUNDS_APPROVE,
        "resume": Scope.REFUNDS_APPROVE,
        "cancel": Scope.REFUNDS_APPROVE,
    }
    requires_idempotency_key = {"create", "approve"}
    streams = {"report"}
    action_parameters = {"items": PAGING | {"state"}}
    filterset_class = BatchFilter
    ordering_columns = {"created": "created", "modified": "modified", "status": "status"}

    def rows(self) -> QuerySet[Any]:
        return RefundBatch.objects.with_people()

    def get_serializer_class(self) -> Any:
        return BatchOut if self.action == "list" else BatchDetailOut

    @extend_schema(summary="Plan mass refund", tags=["Refunds"], request=BatchIn, responses={201: BatchDetailOut})
    def create(self, request: Request) -> Response:
        """List what would be given back, and what can't be and why. Nothing is reserved, and nothing goes back
        before somebody else has approved the plan; left at that, it is a dry run."""
        asked = self.read(BatchIn)
        edition = self.visible(
            Edition.objects.select_related("organization", "event"), asked["edition_id"], member="edition_id"
        )
        self.require_role(edition.organization_id, edition.pk, role=Role.STAFF)
        batch = batches.plan_batch(
            edition,
            reason=RefundReason(asked["reason"]),
            scope=RefundScope(asked["scope"]) if "scope" in asked else None,
            selection=asked.get("selection", {}),
            comment=asked["comment"],
            concurrency=asked["concurrency"],
            by=self.staff_user,
            now=timezone.now(),
        )
        return self.answer(batch, status=201)

    @extend_schema(summary="Approve mass refund", tags=["Refunds"], request=BatchApprovalIn, responses=BatchDetailOut)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, **_: str) -> Response:
        """Let the plan be carried out as it is. Somebody other than who asked for it must do this, by typing the
        edition's name."""
        batch = self.get_object()
        name = self.read(BatchApprovalIn)["edition_name"]
        return self.answer(batches.approve_batch(batch, edition_name=name, by=self.staff_user, now=timezone.now()))

    @extend_schema(summary="Pause mass refund", tags=["Refunds"], request=None, responses=BatchDetailOut)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, **_: str) -> Response:
        """Send no more until it is resumed. What is with a provider already finishes."""
        return self._steer(batches.pause_batch)

    @extend_schema(summary="Resume mass refund", tags=["Refunds"], request=None, responses=BatchDetailOut)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, **_: str) -> Response:
        """Go on where it was paused."""
        return self._steer(batches.resume_batch)

    @extend_schema(summary="Cancel mass refund", tags=["Refunds"], request=None, responses=BatchDetailOut)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, **_: str) -> Response:
        """Call off the rest. What is with a provider already finishes, and what went back stays so. It needs a manager,
        but for a plan that the caller asked for and nobody has approved."""
        if batch_policy.is_own_plan(batch := self.get_object(), by=self.staff_user):
            return self._steer(batches.withdraw_batch)
        self.require_role(batch.organization_id, batch.edition_id, role=Role.MANAGER)
        return self._steer(batches.cancel_batch)

    @extend_schema(
        summary="List lines of mass refund",
        tags=["Refunds"],
        filters=False,
        parameters=[OpenApiParameter("state", str, enum=ItemState.values, description="Only lines in this state.")],
        responses=BatchItemOut(many=True),
    )
    @action(detail=True, methods=["get"])
    def items(self, request: Request, **_: str) -> Response:
        """In the order of their turns."""
        rows = self.get_object().items.in_turn()
        if state := request.query_params.get("state"):
            if state not in ItemState.values:
                raise invalid("state", "invalid_choice", f"This can be: {', '.join(ItemState.values)}.")
            rows = rows.filter(state=state)
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(BatchItemOut(page, many=True).data)

    @extend_schema(
        summary="Retrieve report of mass refund",
        tags=["Refunds"],
        responses={(200, CSV): OpenApiResponse(OpenApiTypes.STR, description=f"Columns: {', '.join(HEADINGS)}.")},
    )
    @action(detail=True, methods=["get"], renderer_classes=TABLE_RENDERERS)
    def report(self, request: Request, **_: str) -> StreamingHttpResponse:
        """A row for each line, as CSV, for bookkeeping."""
        batch = self.get_object()
        return csv_answer(csv_lines(HEADINGS, rows_of(batch)), name=f"{batch.pk}.csv")

    def answer(self, batch: RefundBatch, *, status: int = 200) -> Response:
        """The mass refund as it is in the database now."""
        row = RefundBatch.objects.with_people().get(pk=batch.pk)
        return Response(BatchDetailOut(row, context=self.get_serializer_context()).data, status=status)

    def _steer(self, step: Callable[..., RefundBatch]) -> Response:
        batch = self.get_object()
        self.read(StrictSerializer)
        return self.answer(step(batch, by=self.staff_user, now=timezone.now()))
