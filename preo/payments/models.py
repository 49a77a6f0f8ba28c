"""The books of the sandbox provider: what it was asked, and what really moved."""

from typing import ClassVar

from django.db import models

from preo.money import Currency, Money


class SandboxRefund(models.Model):
    """One refund that the sandbox took. `amount_minor` moved exactly once, whatever was asked how often.

    `next_result` is what it turns into at `next_at`, if anything; `is_told` once our side has heard of the change.
    """

    key = models.CharField(max_length=100, unique=True)
    payment_reference = models.CharField(max_length=100, db_index=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, choices=Currency.choices)
    result = models.CharField(max_length=10)
    message = models.CharField(max_length=200, blank=True)
    next_result = models.CharField(max_length=10, blank=True)
    next_at = models.DateTimeField(null=True)
    is_told = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="sandbox_refund_positive"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"], name="sandbox_changes_due", condition=models.Q(is_told=False, next_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
