"""At which organizations in reach a customer buys; others would tell where else somebody buys."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from preo.accounts.models import Customer, OrganizationCustomer
from preo.api.roles import Role
from preo.backoffice.scoped_admin import reach_of
from preo.customers.story import Buying, buying_of
from preo.public_ids import NotAPublicId, parse


@dataclass(frozen=True, slots=True)
class Known:
    """What a customer bought at one organization, and whether the user manages what it keeps of them."""

    buying: Buying
    may_manage: bool


def rows_within(customer: Customer, user: Any) -> list[OrganizationCustomer]:
    """Also those of duplicates that were merged in, oldest first. One query."""
    rows = customer.known_by.filter(organization_id__in=user.reach.organizations_at_least(Role.STAFF))
    return list(rows.select_related("organization").order_by("created", "id"))


def known_within(customer: Customer, user: Any) -> list[Known]:
    """By the name of the organization. Three queries."""
    managed = set(user.reach.organizations_at_least(Role.MANAGER))
    return [Known(buying, buying.organization.pk in managed) for buying in buying_of(customer, user=user)]


def merged_into(customer_id: str, user: Any) -> Customer | None:
    """Who stayed when an organization in reach merged the customer of that id into them, whom it knows still."""
    try:
        parse("usr", customer_id)
    except NotAPublicId:
        return None
    within = user.reach.organizations_at_least(Role.STAFF)
    rows = OrganizationCustomer.objects.filter(merged_from=customer_id, organization_id__in=within, erased_at=None)
    merged = rows.select_related("customer").order_by("created", "id").first()
    return merged.customer if merged else None


def is_erased(customer: Customer) -> bool:
    """Whether it is who stands in for an erased one, which no two organizations share."""
    return customer.known_by.exclude(erased_at=None).exists()


def known_to_manager(request: HttpRequest, customer: Customer) -> OrganizationCustomer:
    """The customer at the organization that the address names, for a manager of it.

    Raises Http404 where the organization is out of reach or knows no such customer, PermissionDenied below a manager.
    """
    asked = request.GET.get("organization", "")
    reach = reach_of(request.user)
    if asked not in reach.organizations_at_least(Role.STAFF):
        raise Http404
    rows = customer.known_by.filter(organization_id=asked, merged_from=None, erased_at=None)
    known = rows.select_related("organization").first()
    if known is None:
        raise Http404
    if asked not in reach.organizations_at_least(Role.MANAGER):
        raise PermissionDenied
    known.customer = customer
    return known
