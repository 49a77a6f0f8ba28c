"""What the organizations in reach know of a customer; others' rows would tell where else somebody buys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from preo.accounts.models import Customer, OrganizationCustomer
from preo.api.roles import Role
from preo.backoffice.scoped_admin import reach_of
from preo.money import Money


@dataclass(frozen=True, slots=True)
class Known:
    """A customer at one organization, and the duplicates that were merged into them there."""

    row: OrganizationCustomer
    merged: Sequence[OrganizationCustomer]
    may_manage: bool

    @property
    def spent(self) -> str:
        """A sum for each currency."""
        sums = [Money(minor, currency).formatted() for currency, minor in sorted(self.row.total_spent_minor.items())]
        return ", ".join(sums)


def known_within(customer: Customer, user: Any) -> list[Known]:
    """By the name of the organization; nothing for who works for single editions alone. One query."""
    within = user.reach.organizations_at_least(Role.STAFF)
    rows = customer.known_by.filter(organization_id__in=within).select_related("organization")
    found = list(rows.order_by("organization__name", "organization_id", "created", "id"))
    managed = set(user.reach.organizations_at_least(Role.MANAGER))
    return [
        Known(row, _merged_into(row, found), row.organization_id in managed) for row in found if not row.merged_from_id
    ]


def known_to_manager(request: HttpRequest, customer: Customer) -> OrganizationCustomer:
    """The customer at the organization that the address names, for a manager of it.

    Raises Http404 where the organization is out of reach or knows no such customer, PermissionDenied below a manager.
    """
    asked = request.GET.get("organization", "")
    reach = reach_of(request.user)
    if asked not in reach.organizations_at_least(Role.STAFF):
        raise Http404
    known = customer.known_by.filter(organization_id=asked, merged_from=None).select_related("organization").first()
    if known is None:
        raise Http404
    if asked not in reach.organizations_at_least(Role.MANAGER):
        raise PermissionDenied
    known.customer = customer
    return known


def _merged_into(row: OrganizationCustomer, found: Sequence[OrganizationCustomer]) -> list[OrganizationCustomer]:
    return [other for other in found if other.merged_from_id and other.organization_id == row.organization_id]
