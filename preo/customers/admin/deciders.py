"""Who can carry out an erasure."""

from collections.abc import Iterable, Mapping

from preo.accounts.models import Erasure, Membership
from preo.api.roles import Role

MOST_NAMED = 10


def deciders_of(organization_id: str, *, asked_by: str) -> list[str]:
    """The names of the organization's admins but for the one who asks, the first of them. One query."""
    return _others(_admins([organization_id]).get(organization_id, {}), asked_by)


def deciders_on(erasures: Iterable[Erasure]) -> Mapping[str, list[str]]:
    """The same of each erasure, by its id. One query."""
    erasures = list(erasures)
    admins = _admins([erasure.organization_id for erasure in erasures])
    return {each.pk: _others(admins.get(each.organization_id, {}), each.asked_by_id) for each in erasures}


def _admins(organization_ids: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
    """The name of each by their id, by organization."""
    rows = Membership.objects.filter(organization__in=organization_ids, role=Role.ADMIN, staff_user__is_active=True)
    found: dict[str, dict[str, str]] = {}
    for member in rows.select_related("staff_user").order_by("staff_user__email"):
        found.setdefault(member.organization_id, {})[member.staff_user_id] = str(member.staff_user)
    return found


def _others(admins: Mapping[str, str], asked_by: str) -> list[str]:
    return [name for key, name in admins.items() if key != asked_by][:MOST_NAMED]
