"""The audit trail over REST, for admins: what changed, who did it, through what and why."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request

from preo.api.access import OUT_OF_REACH, OrganizationAccessMixin, require_kind
from preo.api.errors import ParameterNotFound
from preo.api.fields import MomentField
from preo.api.filters import MAX_TEXT, MomentFilter, TextFilter, VisibleRowFilter
from preo.api.scopes import Scope
from preo.api.scoping import ScopedQuerySet
from preo.api.tables import CSV, TABLE_RENDERERS, csv_answer
from preo.audit.actors import Actors, actors_of
from preo.audit.changes import changes_of
from preo.audit.choices import Action, ActorType
from preo.audit.exporting import export_lines
from preo.audit.kinds import kinds_with, model_of, recorded_kinds, typed_id
from preo.audit.models import AuditEvent
from preo.public_ids import NotAPublicId, decode

EDITIONS = "editions.edition"


def editions() -> ScopedQuerySet[Any]:
    """By name, as the app is above this one."""
    model: Any = model_of(EDITIONS)
    return model.objects.all()  # type: ignore[no-any-return]  # see model


class ObjectFilter(django_filters.CharFilter):
    """Events of one row, also of one that is gone; what is no id of a kind in the trail is a 404."""

    def filter(self, queryset: Any, value: str) -> Any:
        if not value:
            return queryset
        try:
            prefix, uuid = decode(value)
        except NotAPublicId as problem:
            raise ParameterNotFound("object_id", str(problem)) from None
        kinds = kinds_with(prefix)
        if not kinds:
            raise ParameterNotFound("object_id", OUT_OF_REACH)
        return queryset.filter(object_uuid=uuid, object_type__in=kinds)


class StaffUserFilter(django_filters.CharFilter):
    """Events of one person; what is no id of a staff user is a 404."""

    def filter(self, queryset: Any, value: str) -> Any:
        if value:
            require_kind("stf", value, parameter="staff_user_id")
        return super().filter(queryset, value)


class AuditEventFilter(django_filters.FilterSet):
    edition_id = VisibleRowFilter(rows=editions, field_name="edition_id", help_text="`edt_…`")
    object_id = ObjectFilter(
        max_length=MAX_TEXT, help_text="The typed id of a row, such as `ord_…`, also of one that is gone."
    )
    object_type = django_filters.ChoiceFilter(choices=[(kind, kind) for kind in recorded_kinds()])
    action = django_filters.ChoiceFilter(choices=Action.choices)
    actor_type = django_filters.ChoiceFilter(choices=ActorType.choices)
    staff_user_id = StaffUserFilter(max_length=MAX_TEXT, help_text="`stf_…`")
    operation = TextFilter("operation", help_text="The name of an operation, such as `approve_refund`.")
    request_id = TextFilter("request_id", help_text="The `X-Request-ID` of the request that did it.")
    created_after = MomentFilter("created", "gte", help_text="At or after this moment.")
    created_before = MomentFilter("created", "lt", help_text="Before this moment.")


class ChangedObjectOut(serializers.Serializer[Any]):
    """The row that changed. It may be gone by now."""

    type = serializers.CharField(source="object_type", help_text="Its kind, such as `orders.order`.")
    id = serializers.SerializerMethodField(help_text="Its typed id, such as `ord_…`.")

    def get_id(self, event: AuditEvent) -> str:
        return typed_id(event.object_type, event.object_uuid)


class ActorNameOut(serializers.Serializer[Any]):
    """A person or a credential."""

    id = serializers.CharField()
    name = serializers.CharField(allow_null=True, help_text="Null once there is nobody of this id.")


class ActorOut(serializers.Serializer[Any]):
    """Who acted, and through what. Where that isn't for the caller to know, there is nothing but `undisclosed`."""

    type = serializers.ChoiceField(ActorType.choices, source="actor_type")
    staff_user = serializers.SerializerMethodField(help_text="With a token, the actor behind all of an organization's.")
    token = serializers.SerializerMethodField(help_text="The service token of the request.")
    application_id = serializers.SerializerMethodField(help_text="The OAuth application of the request.")
    process = serializers.CharField(help_text="The command, the job or the session of the database; empty for others.")

    @extend_schema_field(ActorNameOut(allow_null=True))
    def get_staff_user(self, event: AuditEvent) -> dict[str, Any] | None:
        return _named(event.staff_user_id, self._actors.people)

    @extend_schema_field(ActorNameOut(allow_null=True))
    def get_token(self, event: AuditEvent) -> dict[str, Any] | None:
        return _named(event.token_id, self._actors.tokens)

    def get_application_id(self, event: AuditEvent) -> str | None:
        return event.application_id or None

    @property
    def _actors(self) -> Actors:
        return self.context["actors"]  # type: ignore[no-any-return]  # put there by the viewset


class FieldChangeOut(serializers.Serializer[Any]):
    """One member of the row before and after: references as typed ids, moments in UTC, `…_minor` in minor units.

    A secret is `•••` where there was or is one.
    """

    field = serializers.CharField()
    before = serializers.JSONField(help_text="Null for a new row.")
    after = serializers.JSONField(help_text="Null for a deleted row.")
    is_erased = serializers.BooleanField(help_text="Whether the values went with the erasure of a customer.")


class AuditEventOut(serializers.Serializer[Any]):
    """One change of one row."""

    id = serializers.CharField()
    created = MomentField()
    organization_id = serializers.CharField()
    edition_id = serializers.CharField(allow_null=True)
    object = ChangedObjectOut(source="*")
    action = serializers.ChoiceField(Action.choices)
    operation = serializers.CharField(
        help_text="What was carried out; empty for a write past the product, or where who acted is undisclosed."
    )
    actor = ActorOut(source="*")
    request_id = serializers.CharField(help_text="The `X-Request-ID` of the request; empty where there was none.")
    reason = serializers.CharField(help_text="Why, where somebody said so.")
    changes = serializers.SerializerMethodField(
        help_text="Of new rows of kinds that there are by the million, such as orders, none."
    )

    @extend_schema_field(FieldChangeOut(many=True))
    def get_changes(self, event: AuditEvent) -> list[dict[str, Any]]:
        return FieldChangeOut(changes_of(event), many=True).data  # type: ignore[return-value]  # a list of dicts


@extend_schema_view(
    list=extend_schema(summary="List audit events", tags=["Audit"], responses=AuditEventOut),
    retrieve=extend_schema(summary="Retrieve audit event details", tags=["Audit"], responses=AuditEventOut),
)
class AuditEventViewSet(ListModelMixin, RetrieveModelMixin, OrganizationAccessMixin):
    """What changed in the organizations, or single editions, that the caller is an admin of. Nothing alters it."""

    queryset = AuditEvent.objects.all()
    edition_filter_field = "edition_id"
    min_role_for_list = "admin"
    lists = ("list", "export")
    streams = ("export",)
    action_parameters = {"export": ("organization_id", *AuditEventFilter.base_filters)}
    scopes = {"list": Scope.AUDIT_READ, "retrieve": Scope.AUDIT_READ, "export": Scope.EXPORTS_READ}
    serializer_class = AuditEventOut
    filterset_class = AuditEventFilter
    ordering_columns = {"created": "created"}

    def rows(self) -> QuerySet[Any]:
        return super().rows().select_related("personal")

    def get_serializer(self, *args: Any, **options: Any) -> Any:
        """With the names of who acted, for all the rows at once."""
        serializer: Any = super().get_serializer(*args, **options)
        if args:
            serializer.context["actors"] = actors_of(args[0] if options.get("many") else args)
        return serializer

    @extend_schema(
        summary="Export audit events",
        tags=["Audit"],
        filters=True,
        parameters=[OpenApiParameter("ordering", exclude=True)],
        responses={(200, CSV): OpenApiTypes.STR},
    )
    @action(detail=False, methods=["get"], renderer_classes=TABLE_RENDERERS)
    def export(self, request: Request) -> StreamingHttpResponse:
        """The list as CSV, oldest first, with the filters of the list."""
        events = self.filter_queryset(self.get_queryset()).order_by("created", "id")
        return csv_answer(export_lines(events), name="audit-events.csv")


def _named(key: str | None, names: Any) -> dict[str, Any] | None:
    return {"id": key, "name": names.get(key)} if key else None
