"""The life of a refund request, and what it can be about."""

from django.db import models


class RefundStatus(models.TextChoices):
    REQUESTED = "requested", "Requested"
    READY = "ready", "Ready"
    PROCESSING = "processing", "Processing"
    AWAITING_GATEWAY = "awaiting_gateway", "Awaiting gateway"
    PROCESSED = "processed", "Processed"
    FAILED = "failed", "Failed"
    REJECTED = "rejected", "Rejected"
    INVALID = "invalid", "Invalid"


MOVES = {
    RefundStatus.REQUESTED: {RefundStatus.READY, RefundStatus.REJECTED, RefundStatus.INVALID},
    RefundStatus.READY: {RefundStatus.PROCESSING, RefundStatus.INVALID},
    RefundStatus.PROCESSING: {RefundStatus.PROCESSED, RefundStatus.AWAITING_GATEWAY, RefundStatus.FAILED},
    RefundStatus.AWAITING_GATEWAY: {RefundStatus.PROCESSED, RefundStatus.FAILED},
    # Only what the gateway says later can undo a refund that went through.
    RefundStatus.PROCESSED: {RefundStatus.FAILED},
    RefundStatus.FAILED: {RefundStatus.READY},
    RefundStatus.REJECTED: set(),
    RefundStatus.INVALID: set(),
}

HOLDS_RESERVATION = frozenset(
    {RefundStatus.REQUESTED, RefundStatus.READY, RefundStatus.PROCESSING, RefundStatus.AWAITING_GATEWAY}
)


class RefundScope(models.TextChoices):
    """Which part of what was paid goes back."""

    PURCHASE_PRICE = "purchase_price", "Price only"
    PURCHASE_DEPOSIT = "purchase_deposit", "Deposit only"
    PURCHASE_FULL = "purchase_full", "Full purchase (with fees)"
    PURCHASE_CUSTOM = "purchase_custom", "Custom amount of the purchase"
    TRANSACTION_FULL = "transaction_full", "Full transaction"
    TRANSACTION_CUSTOM = "transaction_custom", "Custom amount of the transaction"


CUSTOM_SCOPES = frozenset({RefundScope.PURCHASE_CUSTOM, RefundScope.TRANSACTION_CUSTOM})
TRANSACTION_SCOPES = frozenset({RefundScope.TRANSACTION_FULL, RefundScope.TRANSACTION_CUSTOM})


class RefundReason(models.TextChoices):
    DEPOSIT_RECLAIM = "deposit_reclaim", "Deposit reclaimed"
    SOLD_OUT = "sold_out", "Item sold out"
    EVENT_CANCELLED = "event_cancelled", "Event cancelled"
    PRODUCT_DEFECT = "product_defect", "Product defective"
    DUPLICATE_PURCHASE = "duplicate_purchase", "Duplicate purchase"
    CUSTOMER_REQUEST = "customer_request", "Customer requested"
    COMPENSATION = "compensation", "Customer compensation"
    OVERCHARGE = "overcharge", "Customer overcharged"
    OTHER = "other", "Other reason"
    RENTAL_RETURN = "rental_return", "Rental returned"


DEFAULT_SCOPE = {
    RefundReason.DEPOSIT_RECLAIM: RefundScope.PURCHASE_DEPOSIT,
    RefundReason.RENTAL_RETURN: RefundScope.PURCHASE_DEPOSIT,
    RefundReason.SOLD_OUT: RefundScope.PURCHASE_FULL,
    RefundReason.EVENT_CANCELLED: RefundScope.PURCHASE_FULL,
    RefundReason.PRODUCT_DEFECT: RefundScope.PURCHASE_PRICE,
    RefundReason.DUPLICATE_PURCHASE: RefundScope.PURCHASE_FULL,
    RefundReason.CUSTOMER_REQUEST: RefundScope.PURCHASE_PRICE,
    RefundReason.COMPENSATION: RefundScope.PURCHASE_CUSTOM,
    RefundReason.OVERCHARGE: RefundScope.PURCHASE_CUSTOM,
    RefundReason.OTHER: RefundScope.PURCHASE_CUSTOM,
}

OTHER_SCOPES = {
    RefundReason.DEPOSIT_RECLAIM: {RefundScope.PURCHASE_CUSTOM},
    RefundReason.RENTAL_RETURN: {RefundScope.PURCHASE_CUSTOM},
    RefundReason.SOLD_OUT: {RefundScope.PURCHASE_PRICE, RefundScope.TRANSACTION_FULL},
    RefundReason.EVENT_CANCELLED: {RefundScope.PURCHASE_PRICE, RefundScope.TRANSACTION_FULL},
    RefundReason.PRODUCT_DEFECT: {RefundScope.PURCHASE_FULL, RefundScope.PURCHASE_CUSTOM},
    RefundReason.DUPLICATE_PURCHASE: {RefundScope.TRANSACTION_FULL},
    RefundReason.CUSTOMER_REQUEST: set(RefundScope) - {RefundScope.PURCHASE_PRICE},
    RefundReason.COMPENSATION: {RefundScope.TRANSACTION_CUSTOM},
    RefundReason.OVERCHARGE: {RefundScope.TRANSACTION_CUSTOM},
    RefundReason.OTHER: set(RefundScope) - {RefundScope.PURCHASE_CUSTOM},
}

ONLY_DEPOSIT = frozenset({RefundReason.DEPOSIT_RECLAIM, RefundReason.RENTAL_RETURN})
"""Reasons whose custom amount may take the deposit and nothing else."""


class BatchStatus(models.TextChoices):
    PLANNING = "planning", "Planning"
    PLANNED = "planned", "Waiting for approval"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"


BATCH_MOVES = {
    BatchStatus.PLANNING: {BatchStatus.PLANNED, BatchStatus.CANCELLED},
    BatchStatus.PLANNED: {BatchStatus.RUNNING, BatchStatus.CANCELLED},
    BatchStatus.RUNNING: {BatchStatus.PAUSED, BatchStatus.COMPLETED, BatchStatus.CANCELLED},
    BatchStatus.PAUSED: {BatchStatus.RUNNING, BatchStatus.CANCELLED},
    BatchStatus.COMPLETED: set(),
    BatchStatus.CANCELLED: set(),
}


class ItemState(models.TextChoices):
    """What became of one line of a mass refund before there is a refund for it; from then on the refund tells."""

    PLANNED = "planned", "Planned"
    NOT_POSSIBLE = "not_possible", "Not possible"
    REQUESTED = "requested", "Refund made"
    REFUSED = "refused", "Refused when its turn came"
    CANCELLED = "cancelled", "Cancelled"


class EventStatus(models.TextChoices):
    """What became of an event that a provider sent."""

    RECEIVED = "received", "Not looked at yet"
    APPLIED = "applied", "Applied"
    IGNORED = "ignored", "Tells nothing new"
    UNMATCHED = "unmatched", "Unknown payment"
    FAILED = "failed", "Went wrong"


EVENT_MOVES = {
    EventStatus.RECEIVED: {EventStatus.APPLIED, EventStatus.IGNORED, EventStatus.UNMATCHED, EventStatus.FAILED},
    EventStatus.UNMATCHED: {EventStatus.APPLIED, EventStatus.IGNORED, EventStatus.FAILED},
    EventStatus.FAILED: {EventStatus.APPLIED, EventStatus.IGNORED, EventStatus.UNMATCHED},
    EventStatus.APPLIED: set(),
    EventStatus.IGNORED: set(),
}


class MovementKind(models.TextChoices):
    """How money left a payment without us."""

    REFUND = "refund", "Refund made at the provider"
    CHARGEBACK = "chargeback", "Chargeback"


class MovementState(models.TextChoices):
    TAKEN = "taken", "Taken"
    RETURNED = "returned", "Returned"


MOVEMENT_MOVES = {MovementState.TAKEN: {MovementState.RETURNED}, MovementState.RETURNED: set()}
