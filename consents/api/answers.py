"""What customers answered, over REST: record it, read it back, find whom to ask again."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consents.answers import answers_of, outdated
from consents.api.answer_parts import AnswerFilter, AnswerIn, AnswerOut, OutdatedOut
from consents.exporting import ANSWER_COLUMNS, OUTDATED_COLUMNS, answer_rows, outdated_rows
from consents.models import Consent, ConsentAnswer
from consents.operations.answering import record_answer, require_known
from preo.accounts.access import CustomerAccessMixin
from preo.accounts.models import Customer
from preo.api.access import OrganizationAccessMixin, require_scope
from preo.api.json import JsonRenderer
from preo.api.parameters import PAGING
from preo.api.roles import Role
from preo.api.scopes import Scope
from preo.api.tables import CSV, CsvRenderer, csv_answer
from preo.spreadsheets import csv_lines

# The document's maker doesn't see that an answer with two media types is a list.
PAGES = [
    OpenApiParameter("page", int, description="Not together with `cursor`."),
    OpenApiParameter("page_size", int, description="100 unless given, 500 at most."),
    OpenApiParameter(
        "cursor",
        str,
        allow_blank=True,
        description="Walks the list at constant cost, without a count: empty to start, then as `next` has it.",
    ),
]


def as_csv(columns: tuple[str, ...]) -> OpenApiResponse:
    return OpenApiResponse(OpenApiTypes.STR, description=f"All of them. Columns: {', '.join(columns)}.")


class TableOrJson(APIView):
    """What is streamed comes as JSON a page at a time, or whole as CSV to who asks for that by `Accept`."""

    streams: ClassVar[Collection[str]] = ()

    def get_renderers(self) -> list[BaseRenderer]:
        is_table = getattr(self, "action", None) in self.streams
        return [JsonRenderer(), CsvRenderer()] if is_table else super().get_renderers()

    @property
    def wants_table(self) -> bool:
        return getattr(self.request, "accepted_renderer", None).__class__ is CsvRenderer


class CustomerAnswersViewSet(TableOrJson, CustomerAccessMixin):
    """What one customer answered to consents of organizations, or single editions, that the caller has a role on."""

    queryset = Customer.objects.all()
    scopes = {"answers": Scope.CONSENTS_READ, "record": Scope.CONSENTS_WRITE}
    streams = ("answers",)
    filterset_class = AnswerFilter
    action_parameters = {"answers": PAGING | {"organization_id"} | frozenset(AnswerFilter.base_filters)}

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The parameters are about the answers, and not about the customer that the path names."""
        return super().filter_queryset(queryset) if queryset.model is ConsentAnswer else queryset

    def of_organization(self, rows: QuerySet[Any], organization_id: str) -> QuerySet[Any]:
        return rows.filter(consent__organization_id=organization_id)

    @extend_schema(
        summary="List consents of user",
        tags=["Users"],
        filters=True,
        parameters=[*PAGES, OpenApiParameter("ordering", exclude=True)],
        responses={200: AnswerOut(many=True), (200, CSV): as_csv(ANSWER_COLUMNS)},
    )
    def answers(self, request: Request, **_: str) -> HttpResponseBase:
        """Every answer of the customer, the newest first. With `current=true` what holds: one for each consent.

        As CSV, with `Accept: text/csv`, also the words that were shown.
        """
        customer = self.get_object()
        visible: Any = self.filter_queryset(answers_of(customer.pk).visible_to(self.staff_user, role=Role.STAFF))
        rows = visible.order_by("-answered_at", "-id")
        if self.wants_table:
            return csv_answer(csv_lines(ANSWER_COLUMNS, answer_rows(rows)), name=f"{customer.pk}-consents.csv")
        page = self.paginate_queryset(rows.in_full())
        return self.get_paginated_response(AnswerOut(page, many=True, context=self.get_serializer_context()).data)

    @extend_schema(summary="Record consent of user", tags=["Users"], request=AnswerIn, responses={201: AnswerOut})
    def record(self, request: Request, **_: str) -> Response:
        """Record that the customer agreed to a consent, or withdrew. What is recorded stays for good.

        To agree, the version must be in force (409, `consent_not_published`, `consent_superseded`,
        `consent_disabled`); to withdraw, any published one will do, also of what was never agreed to here. Each call
        records one more answer: send an `Idempotency-Key`.
        """
        customer = self.get_object()
        asked = self.read(AnswerIn)
        consent = self.visible(Consent.objects.all(), asked.pop("consent_id"), member="consent_id")
        self.require_role(consent.organization_id, consent.edition_id, role=Role.STAFF)
        known = require_known(customer, at=consent.organization_id)
        answer = record_answer(known, consent, **asked, by=self.staff_user, now=timezone.now())
        row = ConsentAnswer.objects.in_full().get(pk=answer.pk)
        return Response(AnswerOut(row, context=self.get_serializer_context()).data, status=201)


class OutdatedAnswersViewSet(TableOrJson, OrganizationAccessMixin):
    """Who agreed to an earlier version of a consent than the one that is asked now."""

    queryset = Consent.objects.all()
    edition_filter_field = "edition_id"
    scopes = {"outdated": Scope.CONSENTS_READ}
    streams = ("outdated",)
    action_parameters = {"outdated": PAGING}

    @extend_schema(
        summary="List users with outdated consent",
        tags=["Consents"],
        filters=False,
        parameters=PAGES,
        responses={200: OutdatedOut(many=True), (200, CSV): as_csv(OUTDATED_COLUMNS)},
    )
    def outdated(self, request: Request, **_: str) -> HttpResponseBase:
        """The customers to be asked again: they agreed to a version before the one in force, and nothing since.

        The path names any version. Nobody is listed while no version is in force. As CSV, with `Accept: text/csv`, the
        credential needs the scope `exports:read` too.
        """
        consent = self.get_object()
        rows = outdated(consent)
        if self.wants_table:
            require_scope(self.staff_user, Scope.EXPORTS_READ)
            return csv_answer(csv_lines(OUTDATED_COLUMNS, outdated_rows(rows)), name=f"{consent.pk}-outdated.csv")
        page = self.paginate_queryset(rows.select_related("known__customer"))
        return self.get_paginated_response(OutdatedOut(page, many=True).data)
