"""What of an e-mail message can be seen before anybody gets it: previews, test sends, and what it can be made of."""

from collections.abc import Mapping
from copy import copy
from dataclasses import asdict
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from editions.choices import EmailType, Language
from editions.messages.content import drop_other_languages, require_sound_content
from editions.messages.previews import preview
from editions.messages.trials import TrialThrottle
from editions.messages.variables import VARIABLES
from editions.models import EmailMessage
from editions.operations.email_trials import send_test
from preo.accounts.models import Organization
from preo.api.access import OrganizationAccessMixin
from preo.api.fields import FreeObjectField, StrictSerializer, TranslatedField
from preo.api.parameters import invalid
from preo.mail.blocks import MOST_BLOCKS, SCHEMAS

TAG = "Email messages"


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


class DraftIn(StrictSerializer):
    """What a message says. Each text is by language; HTML in texts is cleaned."""

    subject = TranslatedField(required=False)
    blocks = serializers.ListField(child=BlockField(), required=False, max_length=MOST_BLOCKS)


class PreviewIn(DraftIn):
    """In which language, of which order, and what to show in place of what is stored."""

    language = serializers.ChoiceField(Language.choices, required=False, help_text="By default the edition's own.")
    order_id = serializers.CharField(
        required=False,
        max_length=100,
        help_text="By default a made-up order; a real one needs the scope `orders:read`.",
    )


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


class EmailMessageTrials(OrganizationAccessMixin):
    """Seeing a message, as actions of the messages."""

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
        organization = self.organization_named(organization_id) if organization_id else None
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

    def organization_named(self, text: str) -> Organization:
        """The organization that a body names. Raises ParameterNotFound."""
        return self.visible(Organization.objects.all(), text, member="organization_id")

    def _draft(self, message: EmailMessage, asked: Mapping[str, Any]) -> EmailMessage:
        """The message with what the body says in place of what is stored."""
        told = {name: asked[name] for name in ("subject", "blocks") if name in asked}
        if not told:
            return message
        draft = copy(message)
        for name, value in told.items():
            setattr(draft, name, value)
        drop_other_languages(draft, members={"subject", "blocks"} - told.keys())
        require_sound_content(draft)
        return draft

    def _type(self, request: Request) -> EmailType:
        text = request.query_params["type"]
        if text not in EmailType.values:
            raise invalid("type", "invalid_choice", f"There is no type {text[:50]!r}.")
        return EmailType(text)
