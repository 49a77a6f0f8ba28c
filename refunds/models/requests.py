"""Refund requests, what each takes from where, and each try to carry one out. Amounts are minor units."""

from datetime import datetime
from typing import ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Case, F, OuterRef, Prefetch, Q, Subquery, When

from editions.models import Edition, Location, ProductImage
from orders.models import LedgerEntry, Order, Purchase, Transaction
from orders.states import LedgerAccount
from preo.accounts.models import Organization
from preo.api.scoping import ScopedQuerySet
from preo.history import Place, keep_history
from preo.money import Currency, Money
from preo.payments.registry import PAID_BY_HAND
from preo.public_ids import PublicIdField
from preo.rows import Row
from refunds.models.batches import RefundBatch
from refunds.states import MOVES, BatchStatus, RefundReason, RefundScope, RefundStatus

GAVE, TOOK_BACK = Q(amount_minor__gt=0), Q(amount_minor__lt=0)
IMAGES = Prefetch("purchase__product__gallery", ProductImage.objects.select_related("file"))


class RefundQuerySet(ScopedQuerySet["RefundRequest"]):
    edition_field = "edition_id"

    def ready(self) -> Self:
        """For a worker to carry out, oldest first; those of a mass refund that is paused wait."""
        ready = self.filter(status=RefundStatus.READY).order_by("modified", "id")
        return ready.exclude(batch__status=BatchStatus.PAUSED)

    def services(self) -> list[str]:
        """The providers of their payments."""
        return sorted(self.order_by().values_list("transaction__service", flat=True).distinct())

    def to_be_paid_by_hand(self) -> Self:
        """Approved, and waiting for staff to hand the money over and confirm that."""
        return self.filter(status=RefundStatus.AWAITING_GATEWAY, transaction__service__in=PAID_BY_HAND)

    def failed_late(self) -> Self:
        """Paid, and then taken back by the provider: the last entry in the ledger is no reservation."""
        entries = LedgerEntry.objects.filter(transaction=OuterRef("transaction_id"), refund_id=OuterRef("pk"))
        last = Subquery(entries.order_by("-id").values("account")[:1])
        return (
            self.filter(status=RefundStatus.FAILED).alias(last_entered=last).filter(last_entered=LedgerAccount.REFUNDED)
        )

    def with_moments(self) -> Self:
        """With `processed_at`, when it was last processed, also where it came back since; and `came_back_at`.

        What came back is failed and has no `refund_date` any more: when it was processed the ledger says.
        """
        entries = LedgerEntry.objects.filter(
            transaction=OuterRef("transaction_id"), refund_id=OuterRef("pk"), account=LedgerAccount.REFUNDED
        ).order_by("-id")
        went, came = (Subquery(entries.filter(where).values("created")[:1]) for where in (GAVE, TOOK_BACK))
        return self.alias(
            processed_at=Case(When(status=RefundStatus.FAILED, then=went), default=F("refund_date")), came_back_at=came
        )

    def with_rows(self) -> Self:
        """Everything that an answer shows, in one query and one for images."""
        return self.select_related(
            "transaction",
            "purchase__product",
            "purchase__customer",
            "purchase__variant",
            "staff_user",
            "pickup_point",
            "organization",
        ).prefetch_related(IMAGES)


@keep_history(Place(edition="row.edition_id"))
class RefundRequest(Row):
    """A request to give part of a transaction back. `amount_minor` is the sum of its allocations.

    From `requested` until it is settled the amount is reserved on the transaction and on the parts of the purchases.
    """

    id = PublicIdField(prefix="rfd")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="refunds")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="refunds", db_index=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds")
    transaction = models.ForeignKey(Transaction, models.PROTECT, related_name="refunds")
    purchase = models.ForeignKey(Purchase, models.PROTECT, null=True, blank=True, related_name="refunds")
    reason = models.CharField(max_length=20, choices=RefundReason.choices)
    scope = models.CharField(max_length=20, choices=RefundScope.choices)
    status = models.CharField(max_length=20, choices=RefundStatus.choices, default=RefundStatus.REQUESTED)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=Currency.choices)
    comment = models.TextField(max_length=2000, blank=True)
    pickup_point = models.ForeignKey(Location, models.PROTECT, null=True, blank=True, related_name="+")
    staff_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="requested_refunds", help_text="Who asked for it."
    )
    asked_as = models.CharField(max_length=10, blank=True, help_text="The role of who asked, at that time.")
    ceiling_minor = models.BigIntegerField(
        null=True, blank=True, help_text="What that role could ask for at once, at that time."
    )
    needs_comment = models.BooleanField(default=False)
    needs_second_approver = models.BooleanField()
    batch = models.ForeignKey(RefundBatch, models.PROTECT, null=True, blank=True, related_name="refunds")
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="approved_refunds"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    rejected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="rejected_refunds"
    )
    rejected_at = models.DateTimeField(null=True, blank=True)
    rejection_reason = models.TextField(max_length=2000, blank=True)
    service_response = models.JSONField(default=dict, blank=True, help_text="What the gateway said last.")
    refund_date = models.DateTimeField(null=True, blank=True, help_text="When it was processed.")

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering = ("-created", "-id")
        triggers: ClassVar = [
            pgtrigger.FSM(
                name="refund_moves_as_it_may",
                field="status",
                transitions=[(here.value, to.value) for here, following in MOVES.items() for to in sorted(following)],
            ),
            pgtrigger.ReadOnly(
                name="refund_is_what_was_asked_for",
                fields=[
                    "order",
                    "transaction",
                    "purchase",
                    "reason",
                    "scope",
                    "amount_minor",
                    "currency",
                    "staff_user",
                    "asked_as",
                    "ceiling_minor",
                    "needs_comment",
                    "needs_second_approver",
                    "batch",
                ],
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(condition=Q(status__in=RefundStatus.values), name="refund_status_is_known"),
            models.CheckConstraint(condition=Q(reason__in=RefundReason.values), name="refund_reason_is_known"),
            models.CheckConstraint(condition=Q(scope__in=RefundScope.values), name="refund_scope_is_known"),
            models.CheckConstraint(
                condition=Q(needs_second_approver=False) | Q(approved_by=None) | ~Q(approved_by=F("staff_user")),
                name="refund_above_the_limit_has_a_second_approver",
            ),
            models.CheckConstraint(
                condition=Q(ceiling_minor=None) | Q(amount_minor__lte=F("ceiling_minor")),
                name="refund_stays_below_the_ceiling_of_a_role",
            ),
            models.CheckConstraint(
                condition=Q(needs_comment=False) | ~Q(comment=""), name="refund_has_a_comment_where_one_is_needed"
            ),
            models.CheckConstraint(
                condition=Q(status__in=(RefundStatus.REQUESTED, RefundStatus.REJECTED, RefundStatus.INVALID))
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="refund_goes_on_only_when_approved",
            ),
            models.CheckConstraint(
                condition=~Q(status=RefundStatus.REJECTED) | Q(rejected_by__isnull=False, rejected_at__isnull=False),
                name="refund_is_rejected_by_someone",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["edition", "-created", "-id"], name="refund_of_edition"),
            models.Index(fields=["organization", "status", "created", "id"], name="refund_queue"),
            models.Index(
                fields=["status", "modified", "id"],
                name="refund_work",
                condition=Q(status__in=(RefundStatus.READY, RefundStatus.PROCESSING, RefundStatus.AWAITING_GATEWAY)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} ({self.get_reason_display()})"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def status_words(self) -> str:
        """The status, and for whom it waits where that is a person. Needs `transaction`."""
        if self.status == RefundStatus.AWAITING_GATEWAY and self.transaction.service in PAID_BY_HAND:
            return "To be paid by hand"
        return self.get_status_display()


class RefundAllocation(models.Model):
    """What a refund takes from one purchase; or, without a purchase, from the transaction's service fee."""

    refund = models.ForeignKey(RefundRequest, models.CASCADE, related_name="allocations")
    purchase = models.ForeignKey(Purchase, models.PROTECT, null=True, related_name="allocations")
    price_minor = models.BigIntegerField(default=0)
    deposit_minor = models.BigIntegerField(default=0)
    handling_fee_minor = models.BigIntegerField(default=0)
    service_fee_minor = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("purchase_id", "id")
        triggers: ClassVar = [
            pgtrigger.Protect(name="allocation_is_frozen", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["refund", "purchase"], name="one_allocation_per_purchase", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(
                    price_minor__gte=0, deposit_minor__gte=0, handling_fee_minor__gte=0, service_fee_minor__gte=0
                ),
                name="allocation_parts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(purchase__isnull=False, service_fee_minor=0)
                | Q(purchase__isnull=True, price_minor=0, deposit_minor=0, handling_fee_minor=0),
                name="allocation_is_of_a_purchase_or_the_service_fee",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.refund_id} from {self.purchase_id or 'service fee'}"


class AttemptQuerySet(models.QuerySet["RefundAttempt"]):
    def to_ask_about(self, *, now: datetime) -> Self:
        """With the gateway, unsettled, and due to be asked about; the longest due first."""
        return self.filter(ask_at__lte=now).order_by("ask_at", "id")


class RefundAttempt(models.Model):
    """One try at the gateway. Its `key` makes every repeat of the same try the same refund there."""

    refund = models.ForeignKey(RefundRequest, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField()
    outcome = models.CharField(max_length=20, blank=True, help_text="What the gateway said last; empty while unknown.")
    provider_reference = models.CharField(max_length=100, blank=True)
    message = models.CharField(max_length=300, blank=True)
    recorded_at = models.DateTimeField(null=True)
    ask_at = models.DateTimeField(null=True, help_text="When to ask the gateway; empty once nothing is left to ask.")
    asked = models.PositiveIntegerField(default=0, help_text="How often the gateway was asked.")

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ("number",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["refund", "number"], name="attempt_number_is_unique"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["ask_at"], name="attempt_to_ask_about", condition=Q(ask_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.key
