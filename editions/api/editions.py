"""Editions over REST."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from editions.choices import CountryCode, DateStatus, Language, SmsSenderName, TaxType
from editions.models import Edition
from preo.accounts.api import OrganizationOut
from preo.api.access import OrganizationAccessMixin
from preo.api.fields import ImageField, MomentField, RateField
from preo.api.filters import BooleanFilter
from preo.api.scopes import Scope
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


@extend_schema_view(
    list=extend_schema(summary="List editions", tags=["Editions"], responses=EditionListOut),
    retrieve=extend_schema(summary="Get edition details", tags=["Editions"], responses=EditionOut),
)
class EditionViewSet(ListModelMixin, RetrieveModelMixin, OrganizationAccessMixin):
    """Editions of the organizations, or single editions, that the caller has a role on."""

    queryset = Edition.objects.all()
    edition_filter_field = "id"
    scopes = {"list": Scope.EDITIONS_READ, "retrieve": Scope.EDITIONS_READ}
    filterset_class = EditionFilter
    ordering_columns = {name: name for name in ("created", "modified", "start_date", "end_date", "name")}

    def rows(self) -> QuerySet[Any]:
        queryset = Edition.objects.with_status(timezone.now()).select_related("organization", "event")
        return queryset if self.action == "list" else queryset.select_related("meta_image")

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return EditionListOut if self.action == "list" else EditionOut
