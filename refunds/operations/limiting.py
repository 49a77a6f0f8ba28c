"""Holding those who ask to the limits of their organization. Steps of an operation: the transaction is its own."""

from datetime import datetime
from typing import Any

from django.db.models import F

from orders.models import Order
from preo.accounts.models import StaffUser
from preo.errors import DomainError, InvalidField
from preo.money import Money
from refunds.limits import ceiling_of, day_of, left_of_day, why_above_ceiling
from refunds.models import RefundDay
from refunds.states import RefundReason


class AboveCeiling(DomainError):
    code = "above_ceiling"
    field = "amount"


class DailyLimitReached(DomainError):
    code = "daily_limit_reached"
    field = "amount"


def terms_of(
    order: Order, *, amount: Money, reason: RefundReason, comment: str, by: StaffUser, now: datetime
) -> dict[str, Any]:
    """The columns of a request that say under which limits it was asked for; the amount counts for today.

    Locks what `by` asked for today until the transaction ends. Raises InvalidField, AboveCeiling, DailyLimitReached.
    Rule: "Ceilings", "Daily limit", "Comments" in docs/rules.md.
    """
    organization = order.organization
    role = by.reach.role_on(organization_id=order.organization_id, edition_id=order.edition_id)
    needs_comment = reason in organization.refund_reasons_with_comment
    if needs_comment and not comment.strip():
        raise InvalidField("comment", "required", f"For {reason} a comment is needed.")
    if why_not := why_above_ceiling(amount, of=organization, role=role, verb="ask for"):
        raise AboveCeiling(why_not)
    _count_for_today(order, amount, by=by, now=now)
    return {
        "asked_as": role or "",
        "ceiling_minor": ceiling_of(organization, role),
        "needs_comment": needs_comment,
        "needs_second_approver": amount.minor > organization.refund_second_approver_above_minor,
    }


def _count_for_today(order: Order, amount: Money, *, by: StaffUser, now: datetime) -> None:
    """Add to what `by` asked for today; whoever else adds to it waits until this is committed or gone."""
    limit = order.organization.refund_daily_limit_minor
    if limit is None:
        return
    of_day: dict[str, Any] = {
        "organization": order.organization,
        "currency": amount.currency,
        "day": day_of(order.edition, now),
    }
    first = RefundDay(staff_user=by, **of_day, asked_minor=0, limit_minor=limit)
    RefundDay.objects.bulk_create([first], ignore_conflicts=True)
    rows = RefundDay.objects.filter(staff_user=by, **of_day, asked_minor__lte=limit - amount.minor)
    if not rows.update(asked_minor=F("asked_minor") + amount.minor, limit_minor=limit):
        left = Money(left_of_day(by, **of_day, limit_minor=limit), amount.currency)
        raise DailyLimitReached(f"You can ask for {left} more today; this is {amount}.")
