"""Payments for orders, and the single units they bought. Amounts are minor units of the transaction's currency."""

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from editions.models import Location, MerchantAccount, Product, Variant, VendorParticipation
from orders.models.ledger import PAYMENT_ENTRIES
from orders.models.orders import OF_ORDER, Order
from orders.states import PurchaseStatus, TransactionStatus
from preo.accounts.models import Customer
from preo.api.scoping import ScopedQuerySet
from preo.history import keep_history
from preo.money import Currency, Money
from preo.public_ids import PublicIdField
from preo.rows import Row


class OfOrderQuerySet(ScopedQuerySet[Any]):
    """Rows that hang on an order."""

    organization_field = "order__organization_id"
    edition_field = "order__edition_id"


def part_is_covered(part: str) -> Q:
    """Of one part of what was paid, no more is given back or reserved for that than there was."""
    return Q(
        **{
            f"{part}_refunded_minor__gte": 0,
            f"{part}_reserved_minor__gte": 0,
            f"{part}_minor__gte": F(f"{part}_refunded_minor") + F(f"{part}_reserved_minor"),
        }
    )


@keep_history(OF_ORDER, inserts_in_full=False, made_with="order_id")
class Transaction(Row):
    """One payment. `reserved` is what refunds under way hold; `refunded` is what has gone back.

    `outside` is what the provider gave back without us; it can come on top of anything, so no CHECK bounds it.
    """

    id = PublicIdField(prefix="trx")
    order = models.ForeignKey(Order, models.PROTECT, related_name="transactions")
    type = models.CharField(max_length=10, default="online")
    status = models.CharField(max_length=20, choices=TransactionStatus.choices)
    service = models.CharField(max_length=20, help_text="The payment provider.")
    merchant_account = models.ForeignKey(MerchantAccount, models.PROTECT, null=True, blank=True, related_name="+")
    provider_reference = models.CharField(max_length=100, blank=True)
    currency = models.CharField(max_length=3, choices=Currency.choices)
    amount_minor = models.BigIntegerField()
    handling_fee_minor = models.BigIntegerField(default=0)
    service_fee_minor = models.BigIntegerField(default=0)
    service_fee_reserved_minor = models.BigIntegerField(default=0)
    service_fee_refunded_minor = models.BigIntegerField(default=0)
    reserved_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    outside_minor = models.BigIntegerField(default=0)

    objects: ClassVar[Any] = OfOrderQuerySet.as_manager()

    class Meta:
        ordering = ("created", "id")
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="transaction_is_what_was_paid",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status=TransactionStatus.COMPLETED)
                & (
                    pgtrigger.Q(old__amount_minor__df=pgtrigger.F("new__amount_minor"))
                    | pgtrigger.Q(old__service_fee_minor__df=pgtrigger.F("new__service_fee_minor"))
                    | pgtrigger.Q(old__currency__df=pgtrigger.F("new__currency"))
                ),
            ),
            pgtrigger.Protect(
                name="transaction_reserves_only_what_is_left",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(
                    new__outside_minor__gt=0,
                    new__reserved_minor__gt=pgtrigger.F("old__reserved_minor"),
                    new__amount_minor__lt=pgtrigger.F("new__refunded_minor")
                    + pgtrigger.F("new__reserved_minor")
                    + pgtrigger.F("new__outside_minor"),
                ),
            ),
            *PAYMENT_ENTRIES,
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    refunded_minor__gte=0,
                    reserved_minor__gte=0,
                    amount_minor__gte=F("refunded_minor") + F("reserved_minor"),
                ),
                name="transaction_refunds_at_most_amount",
            ),
            models.CheckConstraint(condition=Q(outside_minor__gte=0), name="transaction_outside_not_negative"),
            models.CheckConstraint(
                condition=part_is_covered("service_fee"), name="transaction_refunds_at_most_service_fee"
            ),
            models.CheckConstraint(
                condition=Q(status__in=TransactionStatus.values), name="transaction_status_is_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["provider_reference", "merchant_account"], name="transaction_at_provider"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def available_refund_minor(self) -> int:
        """What can still be asked back; nothing before the payment is completed."""
        if self.status != TransactionStatus.COMPLETED:
            return 0
        return max(self.amount_minor - self.refunded_minor - self.reserved_minor - self.outside_minor, 0)

    @property
    def service_fee_left_minor(self) -> int:
        """Of the service fee, what is neither given back nor reserved for that."""
        return self.service_fee_minor - self.service_fee_reserved_minor - self.service_fee_refunded_minor


@keep_history(
    OF_ORDER,
    customer="row.customer_id",
    personal=("customer_id", "metadata"),
    inserts_in_full=False,
    made_with="order_id",
)
class Purchase(Row):
    """One bought unit: what was paid for it, in parts, and how much of each part is reserved for or went into refunds.

    Names, options (as in CartItem) and amounts are as they were when it was bought.
    """

    id = PublicIdField(prefix="pur")
    order = models.ForeignKey(Order, models.PROTECT, related_name="purchases")
    transaction = models.ForeignKey(Transaction, models.PROTECT, null=True, blank=True, related_name="purchases")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    product_name = models.CharField(max_length=200)
    variant = models.ForeignKey(Variant, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    variant_name = models.CharField(max_length=200, blank=True)
    location = models.ForeignKey(Location, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    location_name = models.CharField(max_length=200, blank=True)
    vendor = models.ForeignKey(
        VendorParticipation, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    vendor_code = models.CharField(max_length=20, blank=True)
    options = models.JSONField(default=list, blank=True)
    status = models.CharField(max_length=10, choices=PurchaseStatus.choices)
    price_minor = models.BigIntegerField()
    price_reserved_minor = models.BigIntegerField(default=0)
    price_refunded_minor = models.BigIntegerField(default=0)
    deposit_minor = models.BigIntegerField(default=0)
    deposit_reserved_minor = models.BigIntegerField(default=0)
    deposit_refunded_minor = models.BigIntegerField(default=0)
    handling_fee_minor = models.BigIntegerField(default=0)
    handling_fee_reserved_minor = models.BigIntegerField(default=0)
    handling_fee_refunded_minor = models.BigIntegerField(default=0)
    available_uses = models.PositiveIntegerField(default=1)
    is_unlimited_use = models.BooleanField(default=False)
    metadata = models.JSONField(default=dict, blank=True)

    objects: ClassVar[Any] = OfOrderQuerySet.as_manager()

    class Meta:
        ordering = ("created", "id")
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="purchase_is_what_was_paid",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__transaction__isnull=False)
                & (
                    pgtrigger.Q(old__price_minor__df=pgtrigger.F("new__price_minor"))
                    | pgtrigger.Q(old__deposit_minor__df=pgtrigger.F("new__deposit_minor"))
                    | pgtrigger.Q(old__handling_fee_minor__df=pgtrigger.F("new__handling_fee_minor"))
                ),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=part_is_covered("price"), name="purchase_refunds_at_most_price"),
            models.CheckConstraint(condition=part_is_covered("deposit"), name="purchase_refunds_at_most_deposit"),
            models.CheckConstraint(
                condition=part_is_covered("handling_fee"), name="purchase_refunds_at_most_handling_fee"
            ),
            models.CheckConstraint(condition=Q(status__in=PurchaseStatus.values), name="purchase_status_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.product_name} ({self.pk})"

    @property
    def max_available_refund_minor(self) -> int:
        """What can still be asked back of this unit, at most what its payment has left, which is nothing while unpaid.

        Needs `transaction`.
        """
        if self.transaction is None:
            return 0
        left = sum(self.left_minor(part) for part in ("price", "deposit", "handling_fee"))
        return min(left, self.transaction.available_refund_minor)

    def left_minor(self, part: str) -> int:
        """Of one part, what is neither given back nor reserved for that."""
        paid, reserved, refunded = (
            getattr(self, f"{part}_{column}") for column in ("minor", "reserved_minor", "refunded_minor")
        )
        return int(paid - reserved - refunded)
