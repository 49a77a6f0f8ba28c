"""E-mail messages over REST: an organization's templates, and what single editions send."""

from collections.abc import Mapping
from copy import copy
from dataclasses import asdict
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from editions.choices import EmailScope, EmailTemplate, EmailType, Language
from editions.messages.content import require_sound_content
from editions.messages.previews import preview
from editions.messages.trials import TrialThrottle
from editions.messages.variables import VARIABLES
from editions.models import Edition, EmailMessage
from editions.operations import email_messages as operations
from editions.operations.email_trials import send_test
from preo.accounts.models import Organization
from preo.api.access import OrganizationAccessMixin
from preo.api.fields import FreeObjectField, MomentField, StrictSerializer, TranslatedField
from preo.api.filters import VisibleRowFilter
from preo.api.parameters import invalid
from preo.api.roles import Role
from preo.api.scopes import Scope
from preo.errors import InvalidField
from preo.mail.blocks import MOST_BLOCKS, SCHEMAS

TAG = "Email messages"
OWN_SCOPES = [choice for choice in EmailScope.choices if choice[0] != EmailScope.PLATFORM]
TITLE_HELP = "For staff alone; whoever gets the message sees its subject."


class EmailMessageFilter(django_filters.FilterSet):
    edition_id = VisibleRowFilter(rows=Edition.objects.all, field_name="edition_id", help_text="`edt_…`")
    scope = django_filters.ChoiceFilter(choices=EmailScope.choices)
    type = django_filters.ChoiceFilter(choices=EmailType.choices)


@extend_schema_field(
    {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"type": "string", "enum": [*SCHEMAS]}},
        "additionalProperties": {},
        "description": "One block; the JSON Schema of each type is among the answer of `_variables`.",
    }
)
class BlockField(FreeObjectField):
    """A block of a message; what it may hold the operation decides."""


class EmailMessageListOut(serializers.Serializer[Any]):
    """A message in a list, without its blocks."""

    id = serializers.CharField()
    title = serializers.CharField()
    subject = TranslatedField(help_text="By language.")
    type = serializers.ChoiceField(EmailType.choices)
    created = MomentField()
    modified = MomentField()
    scope = serializers.ChoiceField(EmailScope.choices)
    template = serializers.ChoiceField(EmailTemplate.choices)


class EmailMessageOut(EmailMessageListOut):
    """A message with its blocks, whose texts are by language, and whose it is."""

    organization_id = serializers.CharField(allow_null=True)
    edition_id = serializers.CharField(allow_null=True)
    blocks = serializers.ListField(child=BlockField())


class DraftIn(StrictSerializer):
    """What a message says. Each text is by language; HTML in texts is cleaned."""

    subject = TranslatedField(required=False)
    blocks = serializers.ListField(child=BlockField(), required=False, max_length=MOST_BLOCKS)


class EmailMessageIn(DraftIn):
    """A new message: a template of the organization, or with an edition that edition's own."""

    organization_id = serializers.CharField(max_length=100)
    title = serializers.CharField(max_length=200, help_text=TITLE_HELP)
    type = serializers.ChoiceField(EmailType.choices)
    edition_id = serializers.CharField(required=False, allow_null=True, max_length=100)
    scope = serializers.ChoiceField(OWN_SCOPES, required=False, help_text="Must go with `edition_id`.")
    template = serializers.ChoiceField(EmailTemplate.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        names_edition = bool(attrs.get("edition_id"))
        scope = attrs.pop("scope", EmailScope.EDITION if names_edition else EmailScope.TEMPLATE)
        if scope == EmailScope.EDITION and not names_edition:
            raise InvalidField("edition_id", "required", "A message of the scope edition needs its edition.")
        if scope == EmailScope.TEMPLATE and names_edition:
            raise InvalidField("edition_id", "not_allowed", "A template belongs to no edition.")
        return attrs


class EmailMessageChangeIn(DraftIn):
    """What to change of a message; what is left out stays."""

    title = serializers.CharField(required=False, max_length=200, help_text=TITLE_HELP)
    type = serializers.ChoiceField(EmailType.choices, required=False)
    template = serializers.ChoiceField(EmailTemplate.choices, required=False)


class AdoptionIn(StrictSerializer):
    """The edition that gets a copy, and under which title; the message's own if none is given."""

    edition_id = serializers.CharField(max_length=100)
    title = serializers.CharField(required=False, max_length=200)


class DuplicateIn(StrictSerializer):
    """The title of the copy; and for a message of the platform, whose template it becomes."""

    title = serializers.CharField(required=False, max_length=200)
    organization_id = serializers.CharField(required=False, max_length=100)


class PreviewIn(DraftIn):
    """In which language, of which order, and what to show in place of what is stored."""

    language = serializers.ChoiceField(Language.choices, required=False, help_text="By default the edition's own.")
    order_id = serializers.CharField(required=False, max_length=100, help_text="By default a made-up order.")


class PreviewOut(serializers.Serializer[Any]):
    """A message as one person would get it."""

    language = serializers.ChoiceField(Language.choices)
    subject = serializers.CharField()
    html = serializers.CharField()
    text = serializers.CharField()


class TestSendIn(StrictSerializer):
    """Who gets the test, and in which language; for a message of the platform, in whose name."""

    to_address = serializers.EmailField(
        required=False, max_length=254, help_text="Of somebody who works for the organization; by default the caller."
    )
    language = serializers.ChoiceField(Language.choices, required=False, help_text="By default the edition's own.")
    organization_id = serializers.CharField(required=False, max_length=100)


class TestSendOut(serializers.Serializer[Any]):
    """Who gets the test."""

    to_address = serializers.CharField()


class VariableOut(serializers.Serializer[Any]):
    """A name that can stand between `{{` and `}}`; `[]` in it stands for any item of a list."""

    name = serializers.CharField()
    description = serializers.CharField()
    example = serializers.JSONField()


class VariablesOfTypeOut(serializers.Serializer[Any]):
    """What messages of a type can name."""

    type = serializers.ChoiceField(EmailType.choices)
    variables = VariableOut(many=True)


class BlockSchemaOut(serializers.Serializer[Any]):
    """What a block of a type holds, as JSON Schema (draft 2020-12)."""

    type = serializers.ChoiceField([*SCHEMAS])
    schema = serializers.JSONField()


class TemplateVariablesOut(serializers.Serializer[Any]):
    """What messages can be made of: variables by type, and blocks."""

    types = VariablesOfTypeOut(many=True)
    blocks = BlockSchemaOut(many=True)


@extend_schema_view(
    list=extend_schema(summary="List email messages", tags=[TAG], responses=EmailMessageListOut),
    retrieve=extend_schema(summary="Get email message details", tags=[TAG], responses=EmailMessageOut),
)
class EmailMessageViewSet(ListModelMixin, RetrieveModelMixin, OrganizationAccessMixin):
    """E-mail messages of the organizations, or single editions, that the caller has a role on, and the platform's."""

    queryset = EmailMessage.objects.all()
    edition_filter_field = "edition_id"
    role_on_shared = Role.STAFF
    min_roles = {"create": Role.MANAGER, "partial_update": Role.MANAGER, "destroy": Role.MANAGER}
    scopes = {
        "list": Scope.EDITIONS_READ,
        "retrieve": Scope.EDITIONS_READ,
        "create": Scope.EDITIONS_WRITE,
        "partial_update": Scope.EDITIONS_WRITE,
        "destroy": Scope.EDITIONS_WRITE,
        "adopt": Scope.EDITIONS_WRITE,
        "duplicate": Scope.EDITIONS_WRITE,
        "preview": Scope.EDITIONS_WRITE,
        "send_test": Scope.EDITIONS_WRITE,
        "variables": Scope.EDITIONS_READ,
    }
    action_parameters = {"variables": {"type"}}
    filterset_class = EmailMessageFilter
    ordering_columns = {name: name for name in ("created", "modified", "title")}

    def rows(self) -> QuerySet[Any]:
        if self.action in ("list", "variables"):
            return EmailMessage.objects.defer("blocks")
        return EmailMessage.objects.select_related("organization", "edition__event", "edition__organization")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return EmailMessageListOut if self.action == "list" else EmailMessageOut

    @extend_schema(summary="Create email message", tags=[TAG], request=EmailMessageIn, responses={201: EmailMessageOut})
    def create(self, request: Request) -> Response:
        """Write a new message. Needs the role manager on the organization, or on the edition that it is for."""
        asked = self.read(EmailMessageIn)
        organization = self._organization(asked.pop("organization_id"))
        edition_id = asked.pop("edition_id", None)
        edition = self._edition(edition_id) if edition_id else None
        self.require_role(organization.pk, edition_id, role=Role.MANAGER)
        message = operations.create_email_message(
            organization, edition=edition, values=asked, by=self.staff_user, now=timezone.now()
        )
        return self.answer(message, status=201)

    @extend_schema(summary="Update email message", tags=[TAG], request=EmailMessageChangeIn, responses=EmailMessageOut)
    def partial_update(self, request: Request, **_: str) -> Response:
        """Change a message. Needs the role manager on whose it is; the platform's own stay as they are."""
        message = self.get_object()
        changes = self.read(EmailMessageChangeIn)
        return self.answer(
            operations.update_email_message(message, changes=changes, by=self.staff_user, now=timezone.now())
        )

    @extend_schema(summary="Delete email message", tags=[TAG])
    def destroy(self, request: Request, **_: str) -> Response:
        """Take a message away. One that an edition or a trigger sends is kept, and the answer says which do."""
        operations.delete_email_message(self.get_object(), by=self.staff_user, now=timezone.now())
        return Response(status=204)

    @extend_schema(
        summary="Adopt template to edition", tags=[TAG], request=AdoptionIn, responses={201: EmailMessageOut}
    )
    @action(detail=True, methods=["post"])
    def adopt(self, request: Request, **_: str) -> Response:
        """Copy a message into an edition, in the edition's languages. Needs the role manager on the edition."""
        message = self.get_object()
        asked = self.read(AdoptionIn)
        edition = self._edition(asked.pop("edition_id"))
        self.require_role(edition.organization_id, edition.pk, role=Role.MANAGER)
        adopted = operations.adopt_email_message(
            message, edition=edition, **asked, by=self.staff_user, now=timezone.now()
        )
        return self.answer(adopted, status=201)

    @extend_schema(summary="Duplicate email message", tags=[TAG], request=DuplicateIn, responses={201: EmailMessageOut})
    @action(detail=True, methods=["post"])
    def duplicate(self, request: Request, **_: str) -> Response:
        """Copy a message beside itself. Needs the role manager on whose it is, or on whose template it becomes."""
        message = self.get_object()
        asked = self.read(DuplicateIn)
        organization_id = asked.pop("organization_id", None)
        organization = self._organization(organization_id) if organization_id else message.organization
        if organization:
            self.require_role(organization.pk, message.edition_id, role=Role.MANAGER)
        made = operations.duplicate_email_message(
            message, organization=organization, **asked, by=self.staff_user, now=timezone.now()
        )
        return self.answer(made, status=201)

    @extend_schema(summary="Preview email message", tags=[TAG], request=PreviewIn, responses=PreviewOut)
    @action(detail=True, methods=["post"])
    def preview(self, request: Request, **_: str) -> Response:
        """Show a message, or a draft of it, as somebody would get it. Nothing is stored and nothing is sent."""
        message = self.get_object()
        asked = self.read(PreviewIn)
        shown = preview(
            self._draft(message, asked),
            language=asked.get("language"),
            root=request.build_absolute_uri("/"),
            variables=self.variables_of(message, asked),
        )
        return Response(asdict(shown))

    @extend_schema(summary="Send test email", tags=[TAG], request=TestSendIn, responses={202: TestSendOut})
    @action(detail=True, methods=["post"], url_path="send-test", throttle_classes=[TrialThrottle])
    def send_test(self, request: Request, **_: str) -> Response:
        """Have the message sent to oneself, or to somebody else of the organization, of a made-up order."""
        message = self.get_object()
        asked = self.read(TestSendIn)
        organization_id = asked.pop("organization_id", None)
        organization = self._organization(organization_id) if organization_id else None
        if organization:
            self.require_role(organization.pk, message.edition_id, role=self.role_for_action)
        reader = send_test(message, organization=organization, **asked, by=self.staff_user, now=timezone.now())
        return Response(TestSendOut({"to_address": reader.email}).data, status=202)

    @extend_schema(
        summary="Get template variables",
        tags=[TAG],
        parameters=[OpenApiParameter("type", str, enum=EmailType.values, description="Only of this type.")],
        responses=TemplateVariablesOut,
    )
    @action(detail=False, url_path="_variables", pagination_class=None, filter_backends=[])
    def variables(self, request: Request) -> Response:
        """What messages of each type can name, and what their blocks hold."""
        types = [self._type(request)] if "type" in request.query_params else list(EmailType)
        blocks = [{"type": type_, "schema": schema} for type_, schema in SCHEMAS.items()]
        told = [{"type": type_, "variables": VARIABLES[type_]} for type_ in types]
        return Response(TemplateVariablesOut({"types": told, "blocks": blocks}).data)

    def variables_of(self, message: EmailMessage, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The values of the order that the body names; the app of orders, which is above this one, finds it."""
        return None

    def hold(self, row: Any) -> None:
        """Its edition first, as the operations do."""
        operations.lock_email_message(row)

    def answer(self, message: EmailMessage, *, status: int = 200) -> Response:
        """The message as it is in the database now."""
        return Response(self.get_serializer(self.rows().get(pk=message.pk)).data, status=status)

    def _draft(self, message: EmailMessage, asked: Mapping[str, Any]) -> EmailMessage:
        """The message with what the body says in place of what is stored."""
        told = {name: asked[name] for name in ("subject", "blocks") if name in asked}
        if not told:
            return message
        draft = copy(message)
        for name, value in told.items():
            setattr(draft, name, value)
        require_sound_content(draft)
        return draft

    def _organization(self, text: str) -> Organization:
        return self.visible(Organization.objects.all(), text, member="organization_id")

    def _edition(self, text: str) -> Edition:
        return self.visible(Edition.objects.select_related("organization"), text, member="edition_id")

    def _type(self, request: Request) -> EmailType:
        text = request.query_params["type"]
        if text not in EmailType.values:
            raise invalid("type", "invalid_choice", f"There is no type {text[:50]!r}.")
        return EmailType(text)
