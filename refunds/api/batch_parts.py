"""How mass refunds look on their way in and out."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from orders.states import OrderStatus, OrderType
from preo.accounts.api import StaffUserOut
from preo.api.fields import AmountField, FreeObjectField, MomentField, MomentInField, StrictSerializer
from preo.money import Currency
from refunds import batch_policy
from refunds.models import RefundBatch
from refunds.operations.batches.planning import MOST_AT_ONCE
from refunds.operations.batches.selecting import MOST_NAMED
from refunds.states import BatchStatus, ItemState, RefundReason, RefundScope, RefundStatus

MOST_REASONS = 20
"""How many an answer tells: of lines that came to another amount there are as many reasons as lines."""


class SelectionIn(StrictSerializer):
    """What to give back: everything given must hold, and nothing given is the whole edition.

    A moment without an offset is in the edition's timezone.
    """

    product_ids = serializers.ListField(
        child=serializers.CharField(max_length=100), allow_empty=False, max_length=MOST_NAMED, required=False
    )
    location_ids = serializers.ListField(
        child=serializers.CharField(max_length=100),
        allow_empty=False,
        max_length=MOST_NAMED,
        required=False,
        help_text="Pickup points.",
    )
    vendor_codes = serializers.ListField(
        child=serializers.CharField(max_length=20), allow_empty=False, max_length=MOST_NAMED, required=False
    )
    order_ids = serializers.ListField(
        child=serializers.CharField(max_length=100), allow_empty=False, max_length=MOST_NAMED, required=False
    )
    order_status = serializers.ChoiceField(OrderStatus.choices, required=False)
    order_type = serializers.ChoiceField(OrderType.choices, required=False)
    created_after = MomentInField(required=False, help_text="Ordered at or after this moment.")
    created_before = MomentInField(required=False, help_text="Ordered before this moment.")


class BatchIn(StrictSerializer):
    """A mass refund to be planned. The reason decides the scope, unless another allowed one is given."""

    edition_id = serializers.CharField(max_length=100)
    reason = serializers.ChoiceField(RefundReason.choices)
    scope = serializers.ChoiceField(RefundScope.choices, required=False)
    selection = SelectionIn(required=False)
    comment = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    concurrency = serializers.IntegerField(
        required=False, default=4, min_value=1, max_value=MOST_AT_ONCE, help_text="How many calls go out at once."
    )


class BatchApprovalIn(StrictSerializer):
    """The name of the edition, typed by a second person."""

    edition_name = serializers.CharField(max_length=500)


class BatchOut(serializers.Serializer[Any]):
    """A mass refund."""

    id = serializers.CharField()
    organization = serializers.CharField(source="organization_id")
    edition_id = serializers.CharField()
    edition_name = serializers.CharField(source="edition.full_name", help_text="What approving it takes to be typed.")
    reason = serializers.ChoiceField(RefundReason.choices)
    scope = serializers.ChoiceField(RefundScope.choices)
    status = serializers.ChoiceField(BatchStatus.choices)
    comment = serializers.CharField()
    selection = FreeObjectField(help_text="What was chosen; empty is the whole edition.")
    concurrency = serializers.IntegerField()
    staff_user = StaffUserOut()
    approved_by = StaffUserOut(allow_null=True)
    approved_at = MomentField(allow_null=True)
    planned_at = MomentField(allow_null=True)
    ended_at = MomentField(allow_null=True)
    created = MomentField()
    modified = MomentField()
    can_approve = serializers.SerializerMethodField()
    can_cancel = serializers.SerializerMethodField()

    def get_can_approve(self, batch: RefundBatch) -> bool:
        """In a list whatever the lines come to: that would be a query for each mass refund."""
        return batch_policy.why_not_approve_any(batch, by=self.context["request"].user) is None

    def get_can_cancel(self, batch: RefundBatch) -> bool:
        return batch_policy.why_not_cancel(batch, by=self.context["request"].user) is None


class BatchTotalOut(serializers.Serializer[Any]):
    """What was planned for one currency and provider, and what of it has gone back."""

    currency = serializers.ChoiceField(Currency.choices)
    service = serializers.CharField()
    scope = serializers.ChoiceField(RefundScope.choices)
    count = serializers.IntegerField()
    amount = AmountField(source="total_minor")
    processed_count = serializers.IntegerField()
    processed_amount = AmountField(source="processed_minor")


class BatchReasonOut(serializers.Serializer[Any]):
    """Why lines were left out of the plan, or refused when their turn came."""

    state = serializers.ChoiceField(ItemState.choices)
    why_not = serializers.CharField()
    count = serializers.IntegerField()


class BatchProgressOut(serializers.Serializer[Any]):
    """How many lines are where; `total` are those with an amount, and `percent` is how many of them are done."""

    total = serializers.IntegerField()
    done = serializers.IntegerField()
    percent = serializers.IntegerField()
    planned = serializers.IntegerField()
    not_possible = serializers.IntegerField()
    refused = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    ready = serializers.IntegerField()
    processing = serializers.IntegerField()
    awaiting_gateway = serializers.IntegerField()
    processed = serializers.IntegerField()
    failed = serializers.IntegerField()
    invalid = serializers.IntegerField()


class BatchDetailOut(BatchOut):
    """A mass refund with its sums."""

    totals = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()
    why_not = serializers.SerializerMethodField(help_text=f"The {MOST_REASONS} most frequent reasons.")
    why_not_others = serializers.SerializerMethodField(
        help_text="How many lines were left out or refused for other reasons; their own words are in `items`."
    )

    def get_can_approve(self, batch: RefundBatch) -> bool:
        return batch_policy.why_not_approve(batch, by=self.context["request"].user) is None

    def to_representation(self, batch: RefundBatch) -> dict[str, Any]:
        self._progress = batch.items.progress()
        self._reasons = list(batch.items.why_nots()[:MOST_REASONS])
        return super().to_representation(batch)

    @extend_schema_field(BatchProgressOut)
    def get_progress(self, batch: RefundBatch) -> Any:
        return BatchProgressOut(self._progress).data

    @extend_schema_field(BatchReasonOut(many=True))
    def get_why_not(self, batch: RefundBatch) -> Any:
        return BatchReasonOut(self._reasons, many=True).data

    def get_why_not_others(self, batch: RefundBatch) -> int:
        told: int = sum(row["count"] for row in self._reasons)
        left_out: int = self._progress.not_possible + self._progress.refused
        return left_out - told

    @extend_schema_field(BatchTotalOut(many=True))
    def get_totals(self, batch: RefundBatch) -> Any:
        rows = [{**row, "scope": batch.scope} for row in batch.items.totals()]
        return BatchTotalOut(rows, many=True).data


class BatchItemOut(serializers.Serializer[Any]):
    """One line: a purchase or, without one, a whole payment. Once it has a refund, that tells what became of it."""

    purchase_id = serializers.CharField(allow_null=True)
    transaction_id = serializers.CharField()
    order_id = serializers.CharField(source="transaction.order_id")
    service = serializers.CharField()
    currency = serializers.ChoiceField(Currency.choices)
    amount = AmountField(source="amount_minor")
    state = serializers.ChoiceField(ItemState.choices)
    why_not = serializers.CharField()
    refund_id = serializers.CharField(allow_null=True)
    refund_status = serializers.ChoiceField(RefundStatus.choices, source="refund.status", default=None, allow_null=True)
