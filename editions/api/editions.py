"""Editions over REST."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from editions.api.choices import EditionChoices
from editions.api.duplicate import EditionDuplicates, answers_of_duplicate
from editions.api.healthcheck import EditionHealthcheck
from editions.choices import CountryCode, DateStatus, Language, SmsSenderName, TaxType
from editions.models import Edition, EmailMessage, Event, FeeRule, MerchantAccount
from editions.operations import editions as operations
from preo.accounts.api import OrganizationOut
from preo.accounts.models import Organization
from preo.api.access import OrganizationAccessMixin, find_choosable
from preo.api.fields import (
    FreeObjectField,
    ImageField,
    MomentField,
    MomentInField,
    RateField,
    StrictSerializer,
    TranslatedField,
)
from preo.api.filters import BooleanFilter
from preo.api.roles import Role
from preo.api.scopes import Scope
from preo.errors import InvalidField
from preo.files.models import StoredFile
from preo.money import Currency


class EditionFilter(django_filters.FilterSet):
    is_archived = BooleanFilter(help_text="Only archived editions, or only others.")
    is_draft = BooleanFilter(help_text="Only drafts, or only published editions.")
    status = django_filters.ChoiceFilter(choices=DateStatus.choices, help_text="Where the edition stands in time.")


class EditionLightOut(serializers.Serializer[Any]):
    """An edition inside other answers."""

    id = serializers.CharField()
    full_name = serializers.CharField()
    slug = serializers.CharField()
    start_date = MomentField(allow_null=True)
    end_date = MomentField(allow_null=True)
    timezone = serializers.CharField()
    is_draft = serializers.BooleanField()
    published_at = MomentField(allow_null=True)


class EditionListOut(EditionLightOut):
    """An edition in a list."""

    name = serializers.CharField()
    is_archived = serializers.BooleanField()
    organization = OrganizationOut()
    status = serializers.ChoiceField(DateStatus.choices)
    created = MomentField()
    modified = MomentField()


class EventLightOut(serializers.Serializer[Any]):
    """The event that an edition is a run of."""

    id = serializers.CharField()
    name = serializers.CharField()


class TranslatedOut(serializers.Serializer[Any]):
    """A text in the languages that it has been written in."""

    en = serializers.CharField(required=False)
    da = serializers.CharField(required=False)
    se = serializers.CharField(required=False)
    pl = serializers.CharField(required=False)
    nl = serializers.CharField(required=False)

    def to_representation(self, instance: dict[str, str]) -> dict[str, str]:
        return {language: instance.get(language, "") for language in Language.values}


class EditionOut(EditionListOut):
    """An edition with all its settings. Tax rates are in percent."""

    event = EventLightOut(allow_null=True)
    default_country_code = serializers.ChoiceField(CountryCode.choices)
    default_language = serializers.ChoiceField(Language.choices)
    enabled_languages = serializers.ListField(child=serializers.ChoiceField(Language.choices))
    tax_type = serializers.ChoiceField(TaxType.choices)
    default_price_tax_rate = RateField()
    default_deposit_tax_rate = RateField()
    default_packaging_deposit_tax_rate = RateField()
    currency = serializers.ChoiceField(Currency.choices)
    fee_rule_id = serializers.CharField(allow_null=True)
    merchant_account_id = serializers.CharField(allow_null=True)
    merchant_account_extra_parameters = serializers.JSONField()
    merchant_id = serializers.JSONField()
    metadata = serializers.JSONField()
    sms_sender_name = serializers.ChoiceField(SmsSenderName.choices)
    email_sender_name = serializers.CharField()
    email_sender_address = serializers.CharField()
    email_reply_to = serializers.CharField()
    meta_title = TranslatedOut()
    meta_description = TranslatedOut()
    meta_image = ImageField(source="meta_image.key", allow_null=True, default=None)
    meta_image_id = serializers.CharField(allow_null=True)
    transaction_receipt_email_id = serializers.CharField(allow_null=True)
    refund_confirmation_email_id = serializers.CharField(allow_null=True)


class EditionSettingsIn(StrictSerializer):
    """The settings that both a new edition and a change take. A date without an offset is in the edition's timezone."""

    start_date = MomentInField(required=False, allow_null=True)
    end_date = MomentInField(required=False, allow_null=True)
    timezone = serializers.CharField(required=False, max_length=64, help_text="A name of the IANA database.")
    default_country_code = serializers.ChoiceField(CountryCode.choices, required=False)
    default_language = serializers.ChoiceField(Language.choices, required=False)
    enabled_languages = serializers.ListField(
        child=serializers.ChoiceField(Language.choices), required=False, max_length=len(Language)
    )
    tax_type = serializers.ChoiceField(TaxType.choices, required=False)


class EditionIn(EditionSettingsIn):
    """A new edition: a draft of an event. Everything else has a default."""

    organization_id = serializers.CharField(max_length=100)
    event_id = serializers.CharField(max_length=100)
    name = serializers.CharField(max_length=200)


class EditionChangeIn(EditionSettingsIn):
    """What to change of an edition; what is left out stays. Tax rates are in percent."""

    name = serializers.CharField(required=False, max_length=200)
    is_draft = serializers.BooleanField(required=False, help_text="False publishes.")
    is_archived = serializers.BooleanField(required=False)
    default_price_tax_rate = RateField(required=False)
    default_deposit_tax_rate = RateField(required=False)
    default_packaging_deposit_tax_rate = RateField(required=False)
    currency = serializers.ChoiceField(Currency.choices, required=False, help_text="Stays once something is ordered.")
    fee_rule_id = serializers.CharField(required=False, allow_null=True, max_length=100)
    merchant_account_id = serializers.CharField(required=False, allow_null=True, max_length=100)
    merchant_account_extra_parameters = FreeObjectField(required=False)
    merchant_id = FreeObjectField(required=False)
    metadata = FreeObjectField(required=False)
    sms_sender_name = serializers.ChoiceField(SmsSenderName.choices, required=False)
    email_sender_name = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=50)
    email_sender_address = serializers.EmailField(required=False, allow_null=True, allow_blank=True, max_length=254)
    email_reply_to = serializers.EmailField(required=False, allow_null=True, allow_blank=True, max_length=254)
    meta_title = TranslatedField(required=False)
    meta_description = TranslatedField(required=False)
    meta_image_id = serializers.CharField(required=False, allow_null=True, max_length=100)
    transaction_receipt_email_id = serializers.CharField(required=False, allow_null=True, max_length=100)
    refund_confirmation_email_id = serializers.CharField(required=False, allow_null=True, max_length=100)


REFERENCES: Mapping[str, Any] = {
    "fee_rule_id": FeeRule,
    "merchant_account_id": MerchantAccount,
    "meta_image_id": StoredFile,
    "transaction_receipt_email_id": EmailMessage,
    "refund_confirmation_email_id": EmailMessage,
}
"""Members that name another row, each with its kind."""

TEXTS = ("email_sender_name", "email_sender_address", "email_reply_to")
"""Members whose null is the empty text."""


@extend_schema_view(
    list=extend_schema(summary="List editions", tags=["Editions"], responses=EditionListOut),
    retrieve=extend_schema(summary="Get edition details", tags=["Editions"], responses=EditionOut),
    duplicate=extend_schema(responses=answers_of_duplicate(EditionOut)),
)
class EditionViewSet(
    EditionChoices,
    EditionDuplicates,
    EditionHealthcheck,
    ListModelMixin,
    RetrieveModelMixin,
    OrganizationAccessMixin,
):
    """Editions of the organizations, or single editions, that the caller has a role on."""

    queryset = Edition.objects.all()
    edition_filter_field = "id"
    min_roles = {"create": Role.MANAGER, "partial_update": Role.MANAGER, "duplicate": Role.MANAGER}
    scopes = {
        "list": Scope.EDITIONS_READ,
        "retrieve": Scope.EDITIONS_READ,
        "create": Scope.EDITIONS_WRITE,
        "partial_update": Scope.EDITIONS_WRITE,
        "choices": Scope.EDITIONS_READ,
        "duplicate": Scope.EDITIONS_WRITE,
        "healthcheck": Scope.EDITIONS_READ,
    }
    action_parameters = {"choices": {"organization_id"}, "duplicate": {"dry_run"}}
    filterset_class = EditionFilter
    ordering_columns = {name: name for name in ("created", "modified", "start_date", "end_date", "name")}

    def rows(self) -> QuerySet[Any]:
        if self.action == "healthcheck":
            return Edition.objects.with_setup()
        queryset = Edition.objects.with_status(timezone.now()).select_related("organization", "event")
        return queryset if self.action == "list" else queryset.select_related("meta_image")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return EditionListOut if self.action == "list" else EditionOut

    @extend_schema(summary="Create edition", tags=["Editions"], request=EditionIn, responses={201: EditionOut})
    def create(self, request: Request) -> Response:
        """Start a new edition of an event, as a draft. Needs the role manager on the organization."""
        asked = self.read(EditionIn)
        organization = self.visible(Organization.objects.all(), asked.pop("organization_id"), member="organization_id")
        self.require_role(organization.pk, None, role=self.role_for_action)
        events = Event.objects.select_related("organization")
        event = self.visible(events, asked.pop("event_id"), member="event_id")
        if event.organization_id != organization.pk:
            raise InvalidField("event_id", "other_organization", "This event belongs to another organization.")
        name = asked.pop("name")
        edition = operations.create_edition(event, name=name, settings=asked, by=self.staff_user, now=timezone.now())
        return self.answer(edition, status=201)

    @extend_schema(summary="Update edition", tags=["Editions"], request=EditionChangeIn, responses=EditionOut)
    def partial_update(self, request: Request, **_: str) -> Response:
        """Change settings, publish or archive. Needs the role manager on the edition or its organization."""
        edition = self.get_object()
        changes = self._changes(self.read(EditionChangeIn))
        operations.update_edition(edition, changes=changes, by=self.staff_user, now=timezone.now())
        return self.answer(edition)

    def answer(self, edition: Edition, *, status: int = 200) -> Response:
        """The edition as it is in the database now."""
        return Response(self.get_serializer(self.rows().get(pk=edition.pk)).data, status=status)

    def _changes(self, asked: dict[str, Any]) -> dict[str, Any]:
        """By the names of the model's fields, with rows in place of their ids."""
        rows = {name.removesuffix("_id"): self._named(name, asked[name]) for name in REFERENCES.keys() & asked.keys()}
        texts = {name: asked[name] or "" for name in TEXTS if name in asked}
        return {name: value for name, value in asked.items() if name not in REFERENCES} | texts | rows

    def _named(self, member: str, text: str | None) -> Any:
        if not text:
            return None
        rows = REFERENCES[member].objects.all()
        return find_choosable(rows, self.staff_user, text, parameter=member, role=self.role_for_action)
