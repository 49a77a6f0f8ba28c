"""The tables of refunds, by resource."""

from refunds.models.batches import RefundBatch, RefundBatchItem
from refunds.models.events import OutsideMovement, ProviderEvent
from refunds.models.policy import RefundDay, RefundPolicy
from refunds.models.requests import RefundAllocation, RefundAttempt, RefundRequest

__all__ = [
    "OutsideMovement",
    "ProviderEvent",
    "RefundAllocation",
    "RefundAttempt",
    "RefundBatch",
    "RefundBatchItem",
    "RefundDay",
    "RefundPolicy",
    "RefundRequest",
]
