"""The cart inside an order's answer."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from orders.amounts import SummaryLine, summary_lines
from orders.api.parts import SoldOut
from orders.models import Cart
from orders.states import CartStatus
from preo.api.fields import AmountField, MomentField, SignedAmountField

AMOUNTS = ("subtotal", "deposit", "handling_fee", "service_fee", "discount", "tax", "total")


class CartItemOut(SoldOut):
    """One line; the amounts are for one unit."""

    quantity = serializers.IntegerField()
    price_with_options = AmountField(source="price_with_options_minor")
    deposit_with_options = AmountField(source="deposit_with_options_minor")
    handling_fee = AmountField(source="handling_fee_minor")


class SummaryLineOut(serializers.Serializer[Any]):
    """One line of the sums, also as text."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a member of that name, not the field's option
    amount = SignedAmountField(source="amount.minor")
    formatted = serializers.CharField()
    is_negative = serializers.BooleanField()
    is_total = serializers.BooleanField()
    note = serializers.CharField()


class SummaryOut(serializers.Serializer[Any]):
    """The cart's sums as lines to show."""

    summary_lines = serializers.SerializerMethodField()
    currency = serializers.CharField()

    @extend_schema_field(SummaryLineOut(many=True))
    def get_summary_lines(self, cart: Cart) -> Any:
        return SummaryLineOut(lines_of(cart), many=True).data


class CartOut(serializers.Serializer[Any]):
    """What was ordered, with the sums as they were shown at checkout."""

    id = serializers.CharField()
    status = serializers.ChoiceField(CartStatus.choices)
    items = CartItemOut(many=True)
    coupon_code = serializers.CharField()
    subtotal = AmountField(source="subtotal_minor")
    deposit = AmountField(source="deposit_minor")
    handling_fee = AmountField(source="handling_fee_minor")
    service_fee = AmountField(source="service_fee_minor")
    discount = AmountField(source="discount_minor")
    tax = AmountField(source="tax_minor")
    total = AmountField(source="total_minor")
    summary = SummaryOut(source="*")
    created = MomentField()


def lines_of(cart: Cart) -> list[SummaryLine]:
    """The summary of a cart."""
    amounts = {key: getattr(cart, f"{key}_minor") for key in AMOUNTS}
    return list(summary_lines(amounts, currency=cart.currency, coupon_code=cart.coupon_code))
