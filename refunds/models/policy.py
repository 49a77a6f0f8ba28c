"""What an organization lets its people give back. Limits are minor units of the currency of whatever is refunded."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from preo.accounts.models import Organization
from preo.money import Currency

CEILINGS = ("refund_staff_ceiling_minor", "refund_manager_ceiling_minor", "refund_admin_ceiling_minor")
"""By role, the lowest first."""
POLICY = (
    "refund_self_approved_up_to_minor",
    "refund_second_approver_above_minor",
    *CEILINGS,
    "refund_daily_limit_minor",
    "refund_reasons_with_comment",
)
"""The columns of an organization that make its policy."""


class RefundPolicy(Organization):
    """The refund limits of an organization, as a page of their own."""

    class Meta:
        proxy = True
        verbose_name = "refund policy"
        verbose_name_plural = "refund policies"

    @property
    def organization(self) -> Organization:
        """Whose policy it is."""
        return self


def limits_of(organization: Organization) -> dict[str, Any]:
    """Every column of the policy by name; amounts in minor units, None for no limit."""
    return {name: getattr(organization, name) for name in POLICY}


class RefundDay(models.Model):
    """What one staff user has asked for in an organization on one day, where a daily limit holds.

    The day is that of the edition's clocks. Every request adds to the row and so waits for the others of that day.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    staff_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    currency = models.CharField(max_length=3, choices=Currency.choices)
    day = models.DateField()
    asked_minor = models.BigIntegerField()
    limit_minor = models.BigIntegerField(help_text="The limit as of the last request of the day.")

    class Meta:
        ordering = ("-day", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["staff_user", "organization", "currency", "day"], name="refund_day_is_one_row"
            ),
            models.CheckConstraint(
                condition=Q(asked_minor__gte=0, asked_minor__lte=F("limit_minor")), name="refund_day_stays_below_limit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_user_id} on {self.day}"
