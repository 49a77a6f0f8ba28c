"""What an organization lets somebody give back: at once, in a day, and without anybody else."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import F, Q

from editions.models import Edition
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from preo.money import Money
from refunds.models import RefundDay
from refunds.models.policy import CEILINGS
from refunds.states import RefundReason

CEILING_COLUMNS = dict(zip((Role.STAFF, Role.MANAGER, Role.ADMIN), CEILINGS, strict=True))
"""By role; see `ceiling_of` for what holds."""
_PEOPLE = {Role.ADMIN: "Admins", Role.MANAGER: "Managers"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person may ask for now in one currency; None where nothing limits it."""

    role: Role | None
    ceiling: Money | None
    left_today: Money | None
    self_approved_up_to: Money | None
    second_person_above: Money
    reasons_with_comment: frozenset[RefundReason]

    @property
    def most(self) -> Money | None:
        """The largest refund that can be asked for now."""
        known = [money for money in (self.ceiling, self.left_today) if money is not None]
        return min(known, key=lambda money: money.minor, default=None)

    @property
    def why_not(self) -> str | None:
        """Why nothing at all can be asked for."""
        if self.ceiling is not None and not self.ceiling:
            return f"{people(self.role)} can't ask for refunds here."
        return (
            "Nothing is left of what you can ask for in a day." if self.left_today == Money(0, self.currency) else None
        )

    @property
    def currency(self) -> str:
        return self.second_person_above.currency

    @property
    def sentences(self) -> list[str]:
        """The same in words, for whoever is about to ask."""
        return [*self._on_amounts(), *self._on_approval()]

    def _on_amounts(self) -> Iterator[str]:
        ceiling, left = self.ceiling, self.left_today
        if left is not None and (ceiling is None or left <= ceiling):
            yield f"You can give back {left.formatted()} more today."
        elif ceiling is not None:
            today = f", and at most {left.formatted()} in all during the rest of today" if left is not None else ""
            yield f"You can give back at most {ceiling.formatted()} at once{today}."

    def _on_approval(self) -> Iterator[str]:
        alone, own = self.self_approved_up_to, self._own_up_to()
        if alone:
            yield f"Up to {alone.formatted()} nobody has to approve; above that it waits for a manager or admin."
        else:
            yield "Every request waits until a manager or admin approves it."
        if own:
            yield f"You can approve your own up to {own.formatted()}; above that somebody else must."
        elif own is not None:
            yield "That must be somebody other than you."
        if alone or own:
            yield "What you asked for of the same payment before counts with it."

    def _own_up_to(self) -> Money | None:
        """What a manager can approve of what they asked for themselves; None for whoever approves nothing."""
        if self.role is None or not self.role.includes(Role.MANAGER):
            return None
        return self.second_person_above


def limits_for(by: StaffUser, *, edition: Edition, currency: str, now: datetime) -> Limits:
    """What `by` may ask for in the edition. Needs its organization; one query where a daily limit holds."""
    organization = edition.organization
    role = by.reach.role_on(organization_id=organization.pk, edition_id=edition.pk)
    return Limits(
        role=role,
        ceiling=_money(ceiling_of(organization, role), currency),
        left_today=_money(_left_today(by, edition, currency, now), currency),
        self_approved_up_to=_money(organization.refund_self_approved_up_to_minor, currency),
        second_person_above=Money(organization.refund_second_approver_above_minor, currency),
        reasons_with_comment=frozenset(map(RefundReason, organization.refund_reasons_with_comment)),
    )


def ceiling_of(organization: Organization, role: Role | None) -> int | None:
    """The most, in minor units, that a role can ask for or approve at once; whoever holds less has that of staff.

    Where a role has none of its own, that of the next role above holds: nobody may more than who stands above.
    """
    rank = max((role or Role.STAFF).rank, Role.STAFF.rank)
    ceilings = [getattr(organization, column) for held, column in CEILING_COLUMNS.items() if held.rank >= rank]
    return min((ceiling for ceiling in ceilings if ceiling is not None), default=None)


def within_ceiling_of(role: Role) -> Q:
    """Refunds of at most what the role can ask for or approve at once; see `ceiling_of`."""
    within = Q()
    for held, column in CEILING_COLUMNS.items():
        if held.includes(role):
            path = f"organization__{column}"
            within &= Q(**{f"{path}__isnull": True}) | Q(**{f"{path}__gte": F("amount_minor")})
    return within


def why_never(organization: Organization, role: Role | None, *, verb: str) -> str | None:
    """In words why somebody of this role can `verb` no refund at all, or nothing."""
    return f"{people(role)} can't {verb} refunds here." if ceiling_of(organization, role) == 0 else None


def why_above_ceiling(
    amount: Money, *, of: Organization, role: Role | None, verb: str, what: str = "this"
) -> str | None:
    """In words why somebody of this role can't `verb` so much at once, or nothing."""
    ceiling = ceiling_of(of, role)
    if ceiling is None or amount.minor <= ceiling:
        return None
    return f"{people(role)} can {verb} up to {Money(ceiling, amount.currency)} at once; {what} is {amount}."


def people(role: Role | None) -> str:
    """Those who hold the role."""
    return _PEOPLE.get(role, "Staff") if role else "Staff"


def day_of(edition: Edition, now: datetime) -> date:
    """The day that it is on the edition's clocks."""
    return now.astimezone(ZoneInfo(edition.timezone)).date()


def left_of_day(by: StaffUser, *, organization: Organization, currency: str, day: date, limit_minor: int) -> int:
    """Minor units that `by` may still ask for on a day of this limit."""
    rows = RefundDay.objects.filter(staff_user=by, organization=organization, currency=currency, day=day)
    asked = rows.values_list("asked_minor", flat=True).first() or 0
    return max(limit_minor - asked, 0)


def _left_today(by: StaffUser, edition: Edition, currency: str, now: datetime) -> int | None:
    limit = edition.organization.refund_daily_limit_minor
    if limit is None:
        return None
    day = day_of(edition, now)
    return left_of_day(by, organization=edition.organization, currency=currency, day=day, limit_minor=limit)


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)
