"""E-mail messages over REST: an organization's templates, and what single editions send."""

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

from editions.api.email_trials import TAG, BlockField, DraftIn, EmailMessageTrials
from editions.choices import EmailScope, EmailTemplate, EmailType
from editions.models import Edition, EmailMessage
from editions.operations import email_messages as operations
from preo.api.access import OrganizationAccessMixin
from preo.api.fields import MomentField, StrictSerializer, TranslatedField
from preo.api.filters import VisibleRowFilter
from preo.api.roles import Role
from preo.api.scopes import Scope
from preo.errors import InvalidField

OWN_SCOPES = [choice for choice in EmailScope.choices if choice[0] != EmailScope.PLATFORM]
TITLE_HELP = "For staff alone; whoever gets the message sees its subject."


class EmailMessageFilter(django_filters.FilterSet):
    edition_id = VisibleRowFilter(rows=Edition.objects.all, field_name="edition_id", help_text="`edt_…`")
    scope = django_filters.ChoiceFilter(choices=EmailScope.choices)
    type = django_filters.ChoiceFilter(choices=EmailType.choices)


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


@extend_schema_view(
    list=extend_schema(summary="List email messages", tags=[TAG], responses=EmailMessageListOut),
    retrieve=extend_schema(summary="Get email message details", tags=[TAG], responses=EmailMessageOut),
)
class EmailMessageViewSet(EmailMessageTrials, ListModelMixin, RetrieveModelMixin, OrganizationAccessMixin):
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
        organization = self.organization_named(asked.pop("organization_id"))
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
        """Take a message away. One that an edition or a trigger sends, or that mails wait for, is kept (409)."""
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
        organization = self.organization_named(organization_id) if organization_id else message.organization
        if organization:
            self.require_role(organization.pk, message.edition_id, role=Role.MANAGER)
        made = operations.duplicate_email_message(
            message, organization=organization, **asked, by=self.staff_user, now=timezone.now()
        )
        return self.answer(made, status=201)

    def hold(self, row: Any) -> None:
        """Its edition first, as the operations do."""
        operations.lock_email_message(row)

    def answer(self, message: EmailMessage, *, status: int = 200) -> Response:
        """The message as it is in the database now."""
        return Response(self.get_serializer(self.rows().get(pk=message.pk)).data, status=status)

    def _edition(self, text: str) -> Edition:
        return self.visible(Edition.objects.select_related("organization"), text, member="edition_id")
