"""What providers tell of their own accord: events as they came, and money that moved without us."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import DurationField, ExpressionWrapper, F, Q, Value
from django.db.models.functions import Least

from editions.models import MerchantAccount
from orders.models import Transaction
from preo.accounts.models import Organization
from preo.api.scoping import ScopedQuerySet
from preo.history import Place, keep_history
from preo.money import Currency, Money
from preo.public_ids import PublicIdField
from preo.rows import Row
from refunds.states import EventStatus, MovementKind, MovementState

UNSETTLED = (EventStatus.RECEIVED, EventStatus.UNMATCHED, EventStatus.FAILED)
UNCLEAR = (EventStatus.UNMATCHED, EventStatus.FAILED)

SET_ASIDE = " set it aside."
"""What the message of an event says, after the name, that a person set aside."""

SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
KEPT_TRYING = timedelta(days=3)
"""For how long what stays unclear is looked at again by itself; from then on when a person says so."""


class ProviderEventQuerySet(ScopedQuerySet["ProviderEvent"]):
    def due(self, *, now: datetime) -> Self:
        """To be looked at now, those first that nobody has looked at.

        What stays unclear waits as long again as it has been waiting, an hour at most. What was taken up and never
        finished, because a worker died, is due again after a minute.
        """
        passed = ExpressionWrapper(F("processed_at") - F("received_at"), output_field=DurationField())
        pause = Least(passed, Value(LONGEST_PAUSE, DurationField()))
        rested = Q(processed_at__lte=now - SHORTEST_PAUSE)
        again = Q(status__in=UNCLEAR, received_at__gte=now - KEPT_TRYING, processed_at__lte=Value(now) - pause)
        dropped = Q(status=EventStatus.RECEIVED)
        found = self.filter(status__in=UNSETTLED).filter(Q(processed_at=None) | rested & (again | dropped))
        return found.order_by(F("processed_at").asc(nulls_first=True), "received_at", "id")

    def unclear(self) -> Self:
        """For people to look at: an unknown payment, or something went wrong."""
        return self.filter(status__in=UNCLEAR)


class ProviderEvent(models.Model):
    """One verified event of a provider, kept raw before anything is made of it. What came is never changed.

    `event_id` is the provider's own: the same event sent again is the same row. `processed_at` is when it was last
    looked at.
    """

    id = PublicIdField(prefix="pev")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="provider_events", db_index=False)
    merchant_account = models.ForeignKey(MerchantAccount, models.PROTECT, related_name="events", db_index=False)
    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=200)
    type = models.CharField(max_length=100, blank=True)
    payload = models.JSONField()
    received_at = models.DateTimeField()
    status = models.CharField(max_length=20, choices=EventStatus.choices, default=EventStatus.RECEIVED)
    message = models.CharField(max_length=300, blank=True, help_text="What came of it, in words.")
    processed_at = models.DateTimeField(null=True, blank=True)
    transaction = models.ForeignKey(Transaction, models.PROTECT, null=True, blank=True, related_name="provider_events")
    refund = models.ForeignKey(
        "refunds.RefundRequest", models.PROTECT, null=True, blank=True, related_name="provider_events"
    )

    objects = ProviderEventQuerySet.as_manager()

    class Meta:
        ordering = ("-received_at", "-id")
        triggers: ClassVar = [
            pgtrigger.ReadOnly(
                name="provider_event_is_what_came",
                fields=["organization", "merchant_account", "provider", "event_id", "type", "payload", "received_at"],
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merchant_account", "event_id"], name="provider_event_is_kept_once"),
            models.CheckConstraint(condition=Q(status__in=EventStatus.values), name="provider_event_status_is_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-received_at", "-id"], name="provider_event_of_organization"),
            models.Index(
                fields=["received_at"],
                name="provider_event_to_look_at",
                condition=Q(status__in=(EventStatus.RECEIVED, EventStatus.UNMATCHED, EventStatus.FAILED)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.type} {self.event_id}"

    @property
    def status_words(self) -> str:
        """The status, and whether a person chose it."""
        is_set_aside = self.status == EventStatus.IGNORED and SET_ASIDE in self.message
        return "Set aside" if is_set_aside else self.get_status_display()


@keep_history(
    Place(
        "ordered.organization_id",
        "ordered.edition_id",
        "LEFT JOIN orders_transaction paid ON paid.id = row.transaction_id "
        "LEFT JOIN orders_order ordered ON ordered.id = paid.order_id",
    )
)
class OutsideMovement(Row):
    """Money of a payment that a provider gave back without us: a refund made there, or a chargeback.

    While it is `taken` its amount counts as gone on the payment (`outside_minor`).
    """

    id = PublicIdField(prefix="out")
    transaction = models.ForeignKey(Transaction, models.PROTECT, related_name="outside_movements")
    kind = models.CharField(max_length=10, choices=MovementKind.choices)
    provider_reference = models.CharField(max_length=100)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=Currency.choices)
    state = models.CharField(max_length=10, choices=MovementState.choices)
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("created", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["transaction", "kind", "provider_reference"], name="outside_movement_is_kept_once"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="outside_movement_positive"),
            models.CheckConstraint(condition=Q(kind__in=MovementKind.values), name="outside_movement_kind_is_known"),
            models.CheckConstraint(condition=Q(state__in=MovementState.values), name="outside_movement_state_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.amount}"

    @staticmethod
    def instead_of(refund: models.Model) -> str:
        """The reference of what was paid in the place of a refund that failed; one for each."""
        return f"instead of {refund.pk}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
