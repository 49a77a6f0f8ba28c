"""Who may do what with an edition in the admin."""

from typing import Any

from django.core.exceptions import PermissionDenied

from editions.models import Edition
from preo.api.roles import Role
from preo.backoffice.scoped_admin import reach_of


def may_edit(user: Any, edition: Edition) -> bool:
    """Managers of the organization, or of this edition alone."""
    held = reach_of(user).role_on(organization_id=edition.organization_id, edition_id=edition.pk)
    return held is not None and held.includes(Role.MANAGER)


def may_create(user: Any) -> bool:
    """Managers of any organization."""
    return bool(reach_of(user).organizations_at_least(Role.MANAGER))


def may_duplicate(user: Any, edition: Edition) -> bool:
    """Managers of the organization: a copy is an edition more."""
    return edition.organization_id in reach_of(user).organizations_at_least(Role.MANAGER)


def require(allowed: bool) -> None:
    """Raises PermissionDenied."""
    if not allowed:
        raise PermissionDenied
