"""How what was sold and paid looks inside the answers of orders, purchases and refunds."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from orders.models import CartItem, Purchase
from orders.states import PurchaseStatus, TransactionStatus
from preo.accounts.api import CustomerLightOut
from preo.api.fields import AmountField, ImageField, MomentField, SignedAmountField
from preo.money import Currency

Sold = Purchase | CartItem


class SoldProductOut(serializers.Serializer[Any]):
    """A product as it was called when it was sold, with today's images."""

    api_id = serializers.CharField(source="product_id")
    name = serializers.CharField(source="product_name")
    is_draft = serializers.BooleanField(source="product.is_draft")
    images = serializers.ListField(child=ImageField(), source="product.image_keys")


class VariantOut(serializers.Serializer[Any]):
    """A variant as it was called when it was sold."""

    api_id = serializers.CharField()
    name = serializers.CharField()


class LocationOut(VariantOut):
    """A pickup point as it was called when it was sold."""

    is_draft = serializers.BooleanField()


class PickupPointOut(serializers.Serializer[Any]):
    """A pickup point as it is."""

    api_id = serializers.CharField(source="id")
    name = serializers.CharField()
    is_draft = serializers.BooleanField()


class OptionOut(serializers.Serializer[Any]):
    """An option as it was when it was sold, with what it added for one unit."""

    api_id = serializers.CharField()
    name = serializers.CharField()
    price_mod = SignedAmountField(source="price_mod_minor")
    deposit_mod = SignedAmountField(source="deposit_mod_minor")


class SoldOut(serializers.Serializer[Any]):
    """What a cart's line and a purchase have in common."""

    id = serializers.CharField()
    product = SoldProductOut(source="*")
    variant = serializers.SerializerMethodField()
    location = serializers.SerializerMethodField()
    options = OptionOut(many=True)

    @extend_schema_field(VariantOut(allow_null=True))
    def get_variant(self, sold: Sold) -> dict[str, Any] | None:
        return {"api_id": sold.variant_id, "name": sold.variant_name} if sold.variant_id else None

    @extend_schema_field(LocationOut(allow_null=True))
    def get_location(self, sold: Sold) -> dict[str, Any] | None:
        if sold.location is None:
            return None
        return {"api_id": sold.location_id, "name": sold.location_name, "is_draft": sold.location.is_draft}


class PurchaseOut(SoldOut):
    """One bought unit."""

    vendor_code = serializers.CharField()
    status = serializers.ChoiceField(PurchaseStatus.choices)
    user = CustomerLightOut(source="customer")
    price_paid = AmountField(source="price_minor")
    deposit_paid = AmountField(source="deposit_minor")
    handling_fee_paid = AmountField(source="handling_fee_minor")
    max_available_refund_amount = AmountField(source="max_available_refund_minor")
    available_uses = serializers.IntegerField()
    is_unlimited_use = serializers.BooleanField()
    created = MomentField()
    modified = MomentField()


class TransactionOut(serializers.Serializer[Any]):
    """One payment, and how much of it has gone back."""

    id = serializers.CharField()
    type = serializers.CharField()
    status = serializers.ChoiceField(TransactionStatus.choices)
    service = serializers.CharField()
    amount = AmountField(source="amount_minor")
    currency = serializers.ChoiceField(Currency.choices)
    service_fee = AmountField(source="service_fee_minor")
    handling_fee = AmountField(source="handling_fee_minor")
    refunded_amount = AmountField(source="refunded_minor")
    available_refund_amount = AmountField(source="available_refund_minor")
    created = MomentField()
