"""The ledger of payments: every change of what was paid, reserved, refunded or taken outside, and never a change of
an entry. Amounts are minor units of the transaction's currency, signed."""

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orders.states import LedgerAccount
from preo.money import Currency
from preo.public_ids import PublicIdField

ON_STATUS = pgtrigger.UpdateOf("status")  # type: ignore[no-untyped-call]  # the library's class is untyped


def _enter(*, sign: str, rows: str) -> str:
    return f"""
        INSERT INTO orders_ledgerentry (transaction_id, account, currency, amount_minor, service_fee_minor, created)
        SELECT id, 'paid', currency, {sign}amount_minor, {sign}service_fee_minor, statement_timestamp() FROM {rows};
        RETURN NULL;
    """  # noqa: S608  # made of the literals below alone


PAYMENT_ENTRIES = (
    pgtrigger.Trigger(
        name="completed_payment_is_entered",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        level=pgtrigger.Statement,
        referencing=pgtrigger.Referencing(new="paid"),  # type: ignore[no-untyped-call]  # the library's class is untyped
        func=_enter(sign="", rows="paid WHERE status = 'completed' ORDER BY id"),
    ),
    pgtrigger.Trigger(
        name="payment_is_entered_on_completion",
        when=pgtrigger.After,
        operation=ON_STATUS,
        condition=pgtrigger.Q(new__status="completed") & ~pgtrigger.Q(old__status="completed"),
        func=_enter(sign="", rows="(SELECT NEW.*) paid"),
    ),
    pgtrigger.Trigger(
        name="payment_that_is_none_is_entered",
        when=pgtrigger.After,
        operation=ON_STATUS,
        condition=pgtrigger.Q(old__status="completed") & ~pgtrigger.Q(new__status="completed"),
        func=_enter(sign="-", rows="(SELECT NEW.*) paid"),
    ),
)
"""The database itself enters what was paid, so that no way of writing a payment can leave it out."""


class LedgerEntry(models.Model):
    """One change of one account: of a purchase's parts or, without a purchase, of the transaction's own.

    An account's balance is the sum of its entries. For `paid` and `outside` `amount_minor` is the money; for the
    others it is the sum of the parts. Entries of one operation share `created`.
    """

    id = models.BigAutoField(primary_key=True)
    transaction = models.ForeignKey("orders.Transaction", models.PROTECT, related_name="ledger")
    purchase = models.ForeignKey("orders.Purchase", models.PROTECT, null=True, related_name="+", db_index=False)
    account = models.CharField(max_length=10, choices=LedgerAccount.choices)
    currency = models.CharField(max_length=3, choices=Currency.choices)
    amount_minor = models.BigIntegerField()
    price_minor = models.BigIntegerField(default=0, db_default=0)
    deposit_minor = models.BigIntegerField(default=0, db_default=0)
    handling_fee_minor = models.BigIntegerField(default=0, db_default=0)
    service_fee_minor = models.BigIntegerField(default=0, db_default=0)
    refund_id = PublicIdField(prefix="rfd", primary_key=False, null=True, default=None)  # type: ignore[misc]  # null, unlike a key
    created = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("id",)
        verbose_name_plural = "ledger entries"
        triggers: ClassVar = [
            pgtrigger.Protect(name="ledger_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(account__in=LedgerAccount.values), name="ledger_account_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.transaction_id} {self.account} {self.amount_minor:+}"
