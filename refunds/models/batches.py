"""Mass refunds: many purchases or payments of one edition, given back for one reason. Amounts are minor units."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from editions.models import Edition
from orders.models import Purchase, Transaction
from preo.accounts.models import Organization
from preo.api.scoping import ScopedQuerySet
from preo.history import keep_history
from preo.money import Currency, Money
from preo.public_ids import PublicIdField
from preo.rows import Row
from refunds.states import BatchStatus, ItemState, RefundReason, RefundScope

STARTED = (BatchStatus.RUNNING, BatchStatus.PAUSED, BatchStatus.COMPLETED)


class BatchQuerySet(ScopedQuerySet["RefundBatch"]):
    edition_field = "edition_id"

    def running(self) -> Self:
        return self.filter(status=BatchStatus.RUNNING).order_by("approved_at", "id")


@keep_history(of_inserts=True)
class RefundBatch(Row):
    """A mass refund. Its items say what it gives back; nothing is reserved for one before its turn comes.

    `selection` is what was chosen: `products` and other filters of orders, as the API takes them.
    """

    id = PublicIdField(prefix="rfb")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="refund_batches")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="refund_batches", db_index=False)
    reason = models.CharField(max_length=20, choices=RefundReason.choices)
    scope = models.CharField(max_length=20, choices=RefundScope.choices)
    comment = models.TextField(max_length=2000, blank=True)
    selection = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=20, choices=BatchStatus.choices, default=BatchStatus.PLANNING)
    concurrency = models.PositiveSmallIntegerField(default=4, help_text="How many calls to providers go at once.")
    staff_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", help_text="Who asked for it."
    )
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    planned_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was completed or cancelled.")

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ("-created", "-id")
        verbose_name = "mass refund"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=BatchStatus.values), name="refund_batch_status_is_known"),
            models.CheckConstraint(condition=Q(reason__in=RefundReason.values), name="refund_batch_reason_is_known"),
            models.CheckConstraint(condition=Q(scope__in=RefundScope.values), name="refund_batch_scope_is_known"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("staff_user")),
                name="refund_batch_has_a_second_approver",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=STARTED) | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="refund_batch_runs_only_when_approved",
            ),
            models.CheckConstraint(
                condition=Q(concurrency__gte=1, concurrency__lte=16), name="refund_batch_concurrency_is_capped"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["edition", "-created", "-id"], name="refund_batch_of_edition"),
            models.Index(fields=["approved_at"], name="refund_batch_running", condition=Q(status=BatchStatus.RUNNING)),
        ]

    def __str__(self) -> str:
        return f"{self.edition} ({self.get_reason_display().lower()})"


class ItemQuerySet(models.QuerySet["RefundBatchItem"]):
    def planned(self) -> Self:
        """Whose turn is still to come, in the order of their turns."""
        return self.filter(state=ItemState.PLANNED).order_by("transaction_id", "id")


class RefundBatchItem(models.Model):
    """One line of a mass refund: a purchase or, without one, a whole payment. `amount_minor` is what was planned."""

    batch = models.ForeignKey(RefundBatch, models.CASCADE, related_name="items", db_index=False)
    transaction = models.ForeignKey(Transaction, models.PROTECT, related_name="+", db_index=False)
    purchase = models.ForeignKey(Purchase, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    service = models.CharField(max_length=20, help_text="The payment provider.")
    currency = models.CharField(max_length=3, choices=Currency.choices)
    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=20, choices=ItemState.choices, default=ItemState.PLANNED)
    why_not = models.CharField(max_length=300, blank=True)
    refund = models.OneToOneField(
        "refunds.RefundRequest", models.PROTECT, null=True, blank=True, related_name="batch_item"
    )

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ("transaction_id", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch", "transaction", "purchase"], name="refund_batch_item_is_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(state__in=ItemState.values), name="refund_batch_item_state_is_known"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="refund_batch_item_amount_not_negative"),
            models.CheckConstraint(
                condition=Q(state=ItemState.REQUESTED, refund__isnull=False)
                | Q(refund=None) & ~Q(state=ItemState.REQUESTED),
                name="refund_batch_item_has_a_refund_when_requested",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(ItemState.NOT_POSSIBLE, ItemState.REFUSED)) | ~Q(why_not=""),
                name="refund_batch_item_says_why_not",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["batch", "state", "transaction", "id"], name="refund_batch_work")]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.purchase_id or self.transaction_id}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
