"""Mass refunds: many purchases or payments of one edition, given back for one reason. Amounts are minor units."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from editions.models import Edition
from orders.models import Purchase, Transaction
from preo.accounts.models import Organization
from preo.api.scoping import ScopedQuerySet
from preo.history import Place, keep_history
from preo.money import Currency, Money
from preo.public_ids import PublicIdField
from preo.rows import Row
from refunds.states import (
    BATCH_MOVES,
    TRANSACTION_SCOPES,
    BatchStatus,
    ItemState,
    RefundReason,
    RefundScope,
    RefundStatus,
)

OPEN = (BatchStatus.PLANNED, BatchStatus.RUNNING, BatchStatus.PAUSED)
STARTED = (BatchStatus.RUNNING, BatchStatus.PAUSED, BatchStatus.COMPLETED)


class BatchQuerySet(ScopedQuerySet["RefundBatch"]):
    edition_field = "edition_id"

    def running(self) -> Self:
        return self.filter(status=BatchStatus.RUNNING).order_by("approved_at", "id")

    def to_work_on(self) -> Self:
        """Those that a job goes on with by itself."""
        return self.filter(status__in=(BatchStatus.PLANNING, BatchStatus.RUNNING)).order_by("created", "id")

    def with_people(self) -> Self:
        """Everything that an answer shows of the batch itself, in one query."""
        return self.select_related("organization", "edition__event", "staff_user", "approved_by")


@keep_history(Place(edition="row.edition_id"))
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
        triggers: ClassVar = [
            pgtrigger.FSM(
                name="refund_batch_moves_as_it_may",
                field="status",
                transitions=[
                    (here.value, to.value) for here, following in BATCH_MOVES.items() for to in sorted(following)
                ],
            ),
        ]
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


WENT_BACK = Q(refund__status=RefundStatus.PROCESSED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many lines of a mass refund are where: by the state of the item, and of its refund once there is one."""

    planned: int = 0
    not_possible: int = 0
    refused: int = 0
    cancelled: int = 0
    ready: int = 0
    processing: int = 0
    awaiting_gateway: int = 0
    processed: int = 0
    failed: int = 0
    invalid: int = 0

    @property
    def total(self) -> int:
        """Lines that the plan has an amount for."""
        return self.planned + self.ready + self.processing + self.awaiting_gateway + self.done

    @property
    def done(self) -> int:
        """Lines that nothing more happens to by itself."""
        return self.refused + self.cancelled + self.processed + self.failed + self.invalid

    @property
    def percent(self) -> int:
        """Of the lines with an amount; rounded down, so that 100 is the end."""
        return 100 * self.done // self.total if self.total else 0


class ItemQuerySet(models.QuerySet["RefundBatchItem"]):
    def planned(self) -> Self:
        """Whose turn is still to come, in the order of their turns."""
        return self.filter(state=ItemState.PLANNED).order_by("transaction_id", "id")

    def possible(self) -> Self:
        """What the plan has an amount for."""
        return self.exclude(state=ItemState.NOT_POSSIBLE)

    def not_possible(self) -> Self:
        return self.filter(state=ItemState.NOT_POSSIBLE)

    def refused(self) -> Self:
        return self.filter(state=ItemState.REFUSED)

    def in_turn(self) -> Self:
        """In the order of their turns, with everything that a list or a report shows of one."""
        rows = self.select_related("purchase", "transaction__order", "refund")
        return rows.order_by("transaction_id", "id")

    def shared_by(self, batch: "RefundBatch") -> Self:
        """Planned lines of `batch` whose purchase or payment is also in another mass refund of the edition that waits
        for approval, runs or is paused; of a payment, each of its purchases counts."""
        others = RefundBatchItem.objects.exclude(batch=batch.pk).filter(
            batch__edition=batch.edition_id,
            batch__status__in=OPEN,
            state__in=(ItemState.PLANNED, ItemState.REQUESTED),
            transaction=OuterRef("transaction"),
        )
        if batch.scope not in TRANSACTION_SCOPES:
            others = others.filter(Q(purchase=OuterRef("purchase")) | Q(purchase=None))
        return self.filter(Exists(others), batch=batch.pk, state=ItemState.PLANNED).order_by()

    def totals(self) -> Any:
        """What was planned and what of it went back, by currency and provider: `count` and `total_minor`, and the
        same as `processed_…`."""
        rows = self.possible().order_by("currency", "service").values("currency", "service")
        return rows.annotate(
            count=Count("id"),
            total_minor=Sum("amount_minor"),
            processed_count=Count("id", filter=WENT_BACK),
            processed_minor=Sum("amount_minor", filter=WENT_BACK, default=0),
        )

    def why_nots(self) -> Any:
        """Why lines were left out, and how many for each reason, the most frequent first."""
        rows = self.filter(state__in=(ItemState.NOT_POSSIBLE, ItemState.REFUSED)).values("state", "why_not")
        return rows.annotate(count=Count("id")).order_by("-count", "state", "why_not")

    def progress(self) -> Progress:
        """In one query."""
        return progress_of(self.order_by().values_list("state", "refund__status").annotate(Count("id")))

    def summed(self) -> Any:
        """`count` and `total_minor` by mass refund, currency and where the lines are; for many of them at once."""
        rows = self.order_by().values("batch_id", "currency", "state", "refund__status")
        return rows.annotate(count=Count("id"), total_minor=Sum("amount_minor"))


def progress_of(rows: Iterable[tuple[str, str | None, int]]) -> Progress:
    """From the state of lines, the status of their refunds, and how many there are of each."""
    found = {status or state: 0 for state, status, _ in rows}
    for state, status, count in rows:
        found[status or state] += count
    return Progress(**found)


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
