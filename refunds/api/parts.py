"""Refund requests as the API shows and takes them."""

from typing import Any

import django_filters
from rest_framework import serializers

from editions.models import Edition
from orders.api.parts import PickupPointOut, SoldProductOut, TransactionOut
from orders.models import Order, Purchase, Transaction
from orders.states import PurchaseStatus
from preo.accounts.api import CustomerLightOut, StaffUserOut
from preo.api.fields import AmountField, MomentField, StrictSerializer
from preo.api.filters import MomentFilter, TextFilter, VisibleRowFilter
from refunds import policy
from refunds.models import RefundRequest
from refunds.operations.confirming_by_hand import LONGEST_REFERENCE
from refunds.states import RefundReason, RefundScope, RefundStatus


class RefundFilter(django_filters.FilterSet):
    edition_id = VisibleRowFilter(rows=Edition.objects.all, field_name="edition_id", help_text="`edt_…`")
    order_id = VisibleRowFilter(rows=Order.objects.all, field_name="order_id", help_text="`ord_…`")
    purchase_id = VisibleRowFilter(rows=Purchase.objects.all, field_name="purchase_id", help_text="`pur_…`")
    transaction_id = VisibleRowFilter(rows=Transaction.objects.all, field_name="transaction_id", help_text="`trx_…`")
    status = django_filters.ChoiceFilter(choices=RefundStatus.choices)
    reason = django_filters.ChoiceFilter(choices=RefundReason.choices)
    scope = django_filters.ChoiceFilter(choices=RefundScope.choices)
    created_after = MomentFilter("created", "gte", help_text="Created at or after this moment.")
    created_before = MomentFilter("created", "lt", help_text="Created before this moment.")
    processed_after = MomentFilter(
        "processed_at", "gte", help_text="Processed at or after this moment, also what came back since."
    )
    processed_before = MomentFilter(
        "processed_at", "lt", help_text="Processed before this moment, also what came back since."
    )
    came_back_after = MomentFilter("came_back_at", "gte", help_text="Came back at or after this moment.")
    came_back_before = MomentFilter("came_back_at", "lt", help_text="Came back before this moment.")
    search = TextFilter(method="by_anything", help_text="Finds refunds by what finds their order.")

    def filter_queryset(self, queryset: Any) -> Any:
        return super().filter_queryset(queryset.with_moments())

    def by_anything(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(order__in=Order.objects.containing(value))


class RefundedPurchaseOut(serializers.Serializer[Any]):
    """The purchase that a refund is about."""

    api_id = serializers.CharField(source="id")
    vendor_code = serializers.CharField()
    status = serializers.ChoiceField(PurchaseStatus.choices)
    product = SoldProductOut(source="*")
    variant = serializers.CharField(source="variant_name")
    user = CustomerLightOut(source="customer")
    metadata = serializers.JSONField()


class RefundOut(serializers.Serializer[Any]):
    """A refund request."""

    id = serializers.CharField()
    organization = serializers.CharField(source="organization_id")
    edition_id = serializers.CharField()
    purchase = RefundedPurchaseOut(allow_null=True)
    transaction = TransactionOut()
    scope = serializers.ChoiceField(RefundScope.choices)
    reason = serializers.ChoiceField(RefundReason.choices)
    status = serializers.ChoiceField(RefundStatus.choices)
    amount = AmountField(source="amount_minor")
    comment = serializers.CharField()
    staff_user = StaffUserOut()
    pickup_point = PickupPointOut(allow_null=True)
    service_response = serializers.JSONField()
    refund_date = MomentField(allow_null=True)
    created = MomentField()
    modified = MomentField()
    can_approve = serializers.SerializerMethodField()
    can_reject = serializers.SerializerMethodField()

    def get_can_approve(self, refund: RefundRequest) -> bool:
        return policy.why_not_approve(refund, by=self.context["request"].user) is None

    def get_can_reject(self, refund: RefundRequest) -> bool:
        return policy.why_not_reject(refund, by=self.context["request"].user) is None


class PurchaseRefundIn(StrictSerializer):
    """What to give back of a purchase, and why. The reason decides the scope, unless another allowed one is given."""

    reason = serializers.ChoiceField(RefundReason.choices)
    scope = serializers.ChoiceField(RefundScope.choices, required=False)
    amount = AmountField(required=False, allow_null=True, help_text="For custom scopes alone.")
    comment = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    pickup_point_id = serializers.CharField(required=False, allow_null=True, max_length=100)


class RefundIn(PurchaseRefundIn):
    """The same, for the purchase or the transaction that the body names."""

    purchase_id = serializers.CharField(required=False, max_length=100)
    transaction_id = serializers.CharField(required=False, max_length=100)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("purchase_id" in attrs) == ("transaction_id" in attrs):
            message = "Give either purchase_id or transaction_id."
            raise serializers.ValidationError({"purchase_id": message, "transaction_id": message}, code="one_of")
        return attrs


class RejectionIn(StrictSerializer):
    """Why the refund is refused."""

    reason = serializers.CharField(max_length=2000)


class ConfirmationIn(StrictSerializer):
    """How the payment is found again."""

    reference = serializers.CharField(
        max_length=LONGEST_REFERENCE, help_text="Such as the number of the receipt or of the bank transfer."
    )
