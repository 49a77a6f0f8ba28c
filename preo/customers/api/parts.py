"""Customers as the API shows and takes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from consents.choices import AnswerChannel, AnswerState
from editions.choices import Language
from preo.accounts.api import CustomerLightOut, CustomerOut, OrganizationOut
from preo.accounts.models import Customer
from preo.api.fields import AmountField, FreeObjectField, MomentField, StrictSerializer
from preo.customers.story import NEWEST_REFUNDS, buying_of, consents_of, refunds_of
from preo.errors import InvalidField
from preo.money import Currency
from refunds.states import RefundReason, RefundScope, RefundStatus

LONGEST_PHONE = 40
"""As somebody types it, with blanks and brackets."""


class UserListOut(CustomerLightOut):
    """A customer in a list."""

    phone_number = serializers.CharField()
    locale = serializers.CharField()
    date_joined = MomentField()
    last_seen = MomentField(allow_null=True)
    created = MomentField(help_text="When this product came to know the customer; an import's may have joined before.")
    modified = MomentField()


class SpentOut(serializers.Serializer[Any]):
    """A sum in one currency."""

    currency = serializers.ChoiceField(Currency.choices)
    amount = AmountField(source="minor")


class BuyingOut(serializers.Serializer[Any]):
    """The customer's orders at one organization, as far as the caller can reach them."""

    organization = OrganizationOut()
    external_id = serializers.CharField(help_text="In the system that the customer came from, or empty.")
    order_count = serializers.IntegerField()
    first_order_at = MomentField(allow_null=True)
    last_order_at = MomentField(allow_null=True)
    spent = SpentOut(many=True, help_text="In completed orders; what went back since is not taken off.")


class HeldConsentOut(serializers.Serializer[Any]):
    """What the customer answered last to one consent, and in which version."""

    consent_id = serializers.CharField()
    organization_id = serializers.CharField(source="consent.organization_id")
    title = serializers.CharField(source="consent.title")
    version = serializers.IntegerField()
    state = serializers.ChoiceField(AnswerState.choices)
    language = serializers.ChoiceField(Language.choices)
    channel = serializers.ChoiceField(AnswerChannel.choices)
    answered_at = MomentField()


class UserRefundOut(serializers.Serializer[Any]):
    """A refund of one of the customer's orders, in short."""

    id = serializers.CharField()
    organization_id = serializers.CharField()
    edition_id = serializers.CharField()
    order_id = serializers.CharField()
    purchase_id = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(RefundStatus.choices)
    reason = serializers.ChoiceField(RefundReason.choices)
    scope = serializers.ChoiceField(RefundScope.choices)
    amount = AmountField(source="amount_minor")
    currency = serializers.ChoiceField(Currency.choices)
    refund_date = MomentField(allow_null=True)
    created = MomentField()


class UserOut(CustomerOut):
    """A customer with their orders in sums, consents and refunds, each as far as the caller can reach it."""

    locale = serializers.CharField()
    created = MomentField()
    modified = MomentField()
    orders = serializers.SerializerMethodField()
    consents = serializers.SerializerMethodField()
    refunds = serializers.SerializerMethodField(help_text=f"The newest {NEWEST_REFUNDS}.")

    @extend_schema_field(BuyingOut(many=True))
    def get_orders(self, customer: Customer) -> Any:
        return BuyingOut(buying_of(customer, user=self._reader), many=True, context=self.context).data

    @extend_schema_field(HeldConsentOut(many=True))
    def get_consents(self, customer: Customer) -> Any:
        return HeldConsentOut(consents_of(customer, user=self._reader), many=True).data

    @extend_schema_field(UserRefundOut(many=True))
    def get_refunds(self, customer: Customer) -> Any:
        return UserRefundOut(refunds_of(customer, user=self._reader), many=True).data

    @property
    def _reader(self) -> Any:
        return self.context["request"].user


class UserChangeIn(StrictSerializer):
    """What to change of a customer; what is left out stays."""

    full_name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    email = serializers.CharField(required=False, allow_blank=True, max_length=254)
    phone_number = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_PHONE,
        help_text="In any notation; without a country it is of that of `edition_id`, or of the newest order's edition.",
    )
    locale = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=10,
        help_text=f"One of {', '.join(Language.values)}, or what it is already.",
    )
    metadata = FreeObjectField(required=False, help_text="Merged into what is there; null removes a key (RFC 7396).")
    edition_id = serializers.CharField(
        required=False, max_length=100, help_text="Whose `default_country_code` the phone number is read by."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "edition_id" in attrs and "phone_number" not in attrs:
            raise InvalidField(
                "edition_id", "not_allowed", "An edition says how to read a phone number; there is none."
            )
        return attrs
