"""Holding those who ask to the limits of their organization. Steps of an operation: the transaction is its own."""

import unicodedata
from datetime import datetime
from typing import Any

from django.db.models import F, Sum

from orders.models import Transaction
from preo.accounts.models import Organization, StaffUser
from preo.errors import DomainError, InvalidField
from preo.money import Money
from refunds.limits import ceiling_of, day_of, left_of_day, why_above_ceiling
from refunds.models import RefundDay, RefundRequest
from refunds.states import RefundReason, RefundStatus

GIVES_NOTHING_BACK = (RefundStatus.REJECTED, RefundStatus.INVALID)
"""For good: a failed one can be tried again without being asked for anew."""

_SHOWN = frozenset("LNPS")
"""Letters, numbers, punctuation and symbols, by the first letter of their category in Unicode."""
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""What Unicode counts among those and nobody sees."""


class AboveCeiling(DomainError):
    code = "above_ceiling"
    field = "amount"


class DailyLimitReached(DomainError):
    code = "daily_limit_reached"
    field = "amount"


def terms_of(
    transaction: Transaction,
    *,
    amount: Money,
    before: Money,
    reason: RefundReason,
    comment: str,
    by: StaffUser,
    now: datetime,
) -> dict[str, Any]:
    """The columns of a request that say under which limits it was asked for; the amount counts for today.

    `before` is what `asked_before` says. Locks what `by` asked for today until the transaction ends.
    Raises InvalidField, AboveCeiling, DailyLimitReached.
    Rule: "Second person", "Ceilings", "Daily limit", "Comments" in docs/rules.md.
    """
    order, organization = transaction.order, transaction.order.organization
    role = by.reach.role_on(organization_id=order.organization_id, edition_id=order.edition_id)
    needs_comment = require_comment(organization, reason=reason, comment=comment)
    if why_not := why_above_ceiling(amount, of=organization, role=role, verb="ask for"):
        raise AboveCeiling(why_not)
    _count_for_today(transaction, amount, by=by, now=now)
    return {
        "asked_as": role or "",
        "ceiling_minor": ceiling_of(organization, role),
        "needs_comment": needs_comment,
        "needs_second_approver": (before + amount).minor > organization.refund_second_approver_above_minor,
    }


def asked_before(transaction: Transaction, *, by: StaffUser) -> Money:
    """What `by` asked for of a payment already, without what was rejected or is invalid.

    Holds only while the books of the payment are held.
    """
    own = RefundRequest.objects.filter(transaction=transaction, staff_user=by).exclude(status__in=GIVES_NOTHING_BACK)
    return Money(own.aggregate(total=Sum("amount_minor"))["total"] or 0, transaction.currency)


def require_comment(organization: Organization, *, reason: RefundReason, comment: str) -> bool:
    """Whether the organization wants a comment for this reason. Raises InvalidField where nobody could read one."""
    is_needed = reason in organization.refund_reasons_with_comment
    if is_needed and not any(unicodedata.category(sign)[0] in _SHOWN for sign in set(comment) - _BLANK):
        raise InvalidField("comment", "required", "This reason needs a comment.")
    return is_needed


def _count_for_today(transaction: Transaction, amount: Money, *, by: StaffUser, now: datetime) -> None:
    """Add to what `by` asked for today; whoever else adds to it waits until this is committed or gone."""
    order = transaction.order
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
