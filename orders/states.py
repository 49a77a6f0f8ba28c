"""The states of carts, orders, transactions and purchases, and the moves between them."""

from django.db import models


class CartStatus(models.TextChoices):
    CREATED = "created", "Created"
    ORDERED = "ordered", "Ordered"
    ABANDONED = "abandoned", "Abandoned"


class OrderType(models.TextChoices):
    ONLINE = "online", "Online"
    IN_PERSON = "in-person", "In person"
    IMPORTED = "imported", "Imported"


class OrderStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    CONFIRMED = "confirmed", "Confirmed"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"


class TransactionStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    STARTED = "started", "Started"
    PROVIDER_CONFIRMED = "provider_confirmed", "Confirmed by the provider"
    COMPLETED = "completed", "Completed"
    FAIL = "fail", "Failed"


class LedgerAccount(models.TextChoices):
    """Whose balance an entry changes. `outside` is what the provider gave back without us."""

    PAID = "paid", "Paid"
    RESERVED = "reserved", "Reserved"
    REFUNDED = "refunded", "Refunded"
    OUTSIDE = "outside", "Taken outside"


class PurchaseStatus(models.TextChoices):
    RESERVED = "reserved", "Reserved"
    PAID = "paid", "Paid"
    USED = "used", "Used"
    REFUNDED = "refunded", "Refunded"
    CANCELLED = "cancelled", "Cancelled"


PURCHASE_MOVES = {
    PurchaseStatus.RESERVED: {PurchaseStatus.PAID, PurchaseStatus.CANCELLED},
    PurchaseStatus.PAID: {PurchaseStatus.USED, PurchaseStatus.REFUNDED},
    PurchaseStatus.USED: {PurchaseStatus.REFUNDED},
    # A provider can take a refund back long after it seemed done.
    PurchaseStatus.REFUNDED: {PurchaseStatus.PAID, PurchaseStatus.USED},
    PurchaseStatus.CANCELLED: set(),
}
