"""Which customers a caller can reach, and with which role: several organizations can know one."""

from typing import Any

from django.db.models import QuerySet

from preo.accounts.models import Customer
from preo.api.access import OrganizationAccessMixin
from preo.api.roles import Role, highest_of


class CustomerAccessMixin(OrganizationAccessMixin):
    """Narrows a viewset of customers to those whom an organization, or a single edition, in reach knows.

    What is shown of them has still to be narrowed: to whoever reached them through one organization, another one is
    none that they know of. Rule: "Whose customer" in docs/rules.md.
    """

    def in_reach(self, queryset: QuerySet[Any], role: Role) -> QuerySet[Any]:
        return queryset.known_within(self.reach, role=role)  # type: ignore[attr-defined, no-any-return]  # of Customer

    def of_organization(self, rows: QuerySet[Any], organization_id: str) -> QuerySet[Any]:
        """Not by what else the organization knows: of an edition in reach, its own customers alone."""
        role = Role(self.min_role_for_list) if self.action in self.lists else Role.GUEST
        return rows.known_within(self.reach.of(organization_id), role=role)  # type: ignore[attr-defined, no-any-return]  # of Customer

    def role_held_on(self, row: Customer) -> Role | None:
        """The highest that is held on an organization that knows the customer, or on an edition they ordered in."""
        reach = self.reach
        knowing = row.known_by.filter(organization_id__in=list(reach.organizations))
        ordered = row.orders.filter(edition_id__in=list(reach.editions)).order_by()
        held = [reach.organizations[key] for key in knowing.values_list("organization_id", flat=True)]
        editions = ordered.values_list("edition_id", flat=True).distinct() if reach.editions else ()
        return highest_of([*held, *(reach.editions[key].role for key in editions)])
