"""Roles, and what a staff user can reach with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import models


class Role(models.TextChoices):
    """Held on an organization or on a single edition; each includes what the ones below it may."""

    ADMIN = "admin", "Admin"
    MANAGER = "manager", "Manager"
    STAFF = "staff", "Staff"
    GUEST = "guest", "Guest"

    @property
    def rank(self) -> int:
        """Higher may more."""
        return _RANKS[self]

    def includes(self, other: "Role") -> bool:
        """Whether this role may all that `other` may."""
        return self.rank >= other.rank


_RANKS = {Role.GUEST: 1, Role.STAFF: 2, Role.MANAGER: 3, Role.ADMIN: 4}


@dataclass(frozen=True, slots=True)
class EditionRole:
    """A role on one edition, and the organization that the edition belongs to."""

    role: Role
    organization_id: str


@dataclass(frozen=True, slots=True)
class Reach:
    """The organizations and single editions that a staff user has a role on, by typed id."""

    organizations: Mapping[str, Role] = field(default_factory=dict)
    editions: Mapping[str, EditionRole] = field(default_factory=dict)

    def organizations_at_least(self, role: Role) -> list[str]:
        return [key for key, held in self.organizations.items() if held.includes(role)]

    def editions_at_least(self, role: Role) -> list[str]:
        return [key for key, held in self.editions.items() if held.role.includes(role)]

    def organizations_within(self, role: Role) -> set[str]:
        """Those on which, or on an edition of which, at least this role is held."""
        of_editions = {held.organization_id for held in self.editions.values() if held.role.includes(role)}
        return {*self.organizations_at_least(role), *of_editions}

    def role_on(self, *, organization_id: str, edition_id: str | None = None) -> Role | None:
        """The higher of the roles on the organization and on the edition; None where there is neither."""
        held = [self.organizations.get(organization_id)]
        if edition_id and edition_id in self.editions:
            held.append(self.editions[edition_id].role)
        return highest_of(held)

    def highest_within(self, organization_id: str) -> Role | None:
        """The highest role on the organization or on any one of its editions."""
        of_editions = [held.role for held in self.editions.values() if held.organization_id == organization_id]
        return highest_of([self.organizations.get(organization_id), *of_editions])

    def of(self, organization_id: str) -> "Reach":
        """What of it is of one organization."""
        held = self.organizations.get(organization_id)
        return Reach(
            organizations={organization_id: held} if held else {},
            editions={key: held for key, held in self.editions.items() if held.organization_id == organization_id},
        )

    def highest(self) -> Role | None:
        """The highest role held anywhere."""
        return highest_of([*self.organizations.values(), *(held.role for held in self.editions.values())])


def highest_of(roles: Iterable[Role | None]) -> Role | None:
    """The highest among them; None where there is none."""
    return max((role for role in roles if role is not None), key=lambda role: role.rank, default=None)
