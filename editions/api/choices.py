"""What the forms of an edition offer to choose from."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, TextChoices
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from editions.choices import CountryCode, EmailType, Language, SmsSenderName, TaxType
from editions.models import EmailMessage, Event, FeeRule, MerchantAccount
from editions.operations.soundness import RECEIPT_TYPES, timezones
from preo.api.access import OrganizationAccessMixin, OrganizationParameter
from preo.money import Currency

DESCRIPTIONS: Mapping[str, str] = {
    SmsSenderName.UNSET: "Messages come from the platform's number.",
    SmsSenderName.PREO: "Messages come from Preo.",
    SmsSenderName.STORE: "Messages come from Store.",
    TaxType.NONE: "Prices have no tax in them.",
    TaxType.VAT: "Prices have value-added tax in them.",
    TaxType.SALES: "Prices have sales tax in them.",
    Language.EN: "English",
    Language.DA: "Dansk",
    Language.SE: "Svenska",
    Language.NL: "Nederlands",
    Language.PL: "Polski",
    Currency.EUR: "Euro",
    Currency.USD: "United States dollar",
    Currency.GBP: "Pound sterling",
    Currency.PLN: "Polish złoty",
    Currency.DKK: "Danish krone",
    Currency.SEK: "Swedish krona",
    Currency.NOK: "Norwegian krone",
}
"""What there is to say of a choice; of a language its own name."""

Choice = dict[str, Any]


class ChoiceOut(serializers.Serializer[Any]):
    """One choice: what to send, what to show, and what there is to say about it."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a member of that name
    description = serializers.CharField()


class MerchantAccountChoiceOut(ChoiceOut):
    """A merchant account to choose, and the currencies that it takes."""

    type = serializers.CharField()
    supported_currencies = serializers.ListField(child=serializers.CharField())


class EditionChoicesOut(serializers.Serializer[Any]):
    """What an edition's settings can be; the rows among it are of the organizations in reach."""

    timezones = ChoiceOut(many=True)
    languages = ChoiceOut(many=True)
    country_codes = ChoiceOut(many=True)
    currencies = ChoiceOut(many=True)
    tax_types = ChoiceOut(many=True)
    sms_sender_names = ChoiceOut(many=True)
    merchant_accounts = MerchantAccountChoiceOut(many=True)
    fee_rules = ChoiceOut(many=True)
    receipt_emails = ChoiceOut(many=True)
    refund_confirmation_emails = ChoiceOut(many=True)
    events = ChoiceOut(many=True)


class EditionChoices(OrganizationAccessMixin):
    """The choices, as an action of the editions."""

    @extend_schema(
        summary="Get edition field choices",
        tags=["Editions"],
        parameters=[OpenApiParameter("organization_id", str, description="Only rows of this organization (`org_…`).")],
        responses=EditionChoicesOut,
    )
    @action(detail=False, url_path="_meta", pagination_class=None, filter_backends=[])
    def choices(self, request: Request) -> Response:
        """What each setting of an edition can be set to. Rows to refer to are those of the organizations in reach."""
        emails = self._rows(EmailMessage).defer("blocks")
        return Response(
            {
                "timezones": timezone_choices(half_hour_of(timezone.now())),
                "languages": _fixed(Language),
                "country_codes": [_country(code) for code in CountryCode],
                "currencies": _fixed(Currency),
                "tax_types": _fixed(TaxType),
                "sms_sender_names": _fixed(SmsSenderName),
                "merchant_accounts": [_merchant_account(account) for account in self._rows(MerchantAccount)],
                "fee_rules": _named(self._rows(FeeRule)),
                "receipt_emails": _titled(emails.filter(type__in=RECEIPT_TYPES)),
                "refund_confirmation_emails": _titled(emails.filter(type=EmailType.REFUND_CONFIRMATION)),
                "events": _named(self._rows(Event)),
            }
        )

    def _rows(self, model: Any) -> QuerySet[Any]:
        rows = model.objects.choosable_by(self.staff_user, role=self.role_for_action).select_related("organization")
        return OrganizationParameter().filter_queryset(self.request, rows, self)


def half_hour_of(moment: datetime) -> datetime:
    """When the half hour began; no clock on earth changes at another time."""
    return moment.replace(minute=moment.minute // 30 * 30, second=0, microsecond=0)


@lru_cache(maxsize=4)
def timezone_choices(moment: datetime) -> list[Choice]:
    """Every timezone with its offset at that moment."""
    return [_timezone(name, moment) for name in timezones()]


def _timezone(name: str, moment: datetime) -> Choice:
    offset = "UTC" + moment.astimezone(ZoneInfo(name)).isoformat()[-6:]
    return {"value": name, "label": f"{name} ({offset})", "description": f"The time is {offset} there now."}


def _fixed(choices: type[TextChoices]) -> list[Choice]:
    return [
        {"value": choice.value, "label": str(choice.label), "description": DESCRIPTIONS[choice]} for choice in choices
    ]


def _country(code: CountryCode) -> Choice:
    return {"value": code.value, "label": str(code.label), "description": f"Phone numbers begin with {code.value}."}


def _named(rows: Iterable[Any]) -> list[Choice]:
    return [{"value": row.pk, "label": row.name, "description": row.organization.name} for row in rows]


def _titled(rows: Iterable[EmailMessage]) -> list[Choice]:
    return [{"value": row.pk, "label": row.title, "description": _owner(row)} for row in rows]


def _owner(message: EmailMessage) -> str:
    owner = message.organization.name if message.organization else "The platform"
    return f"{owner}: {message.get_scope_display().lower()}"


def _merchant_account(account: MerchantAccount) -> Choice:
    return {
        "value": account.pk,
        "label": account.name,
        "description": account.organization.name,
        "type": account.type,
        "supported_currencies": account.supported_currencies,
    }
