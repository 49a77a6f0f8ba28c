"""Which rows a staff user can reach: by the organization, or the single edition, that a row belongs to.

Apart from the viewsets' mixin because models need it before REST framework is loaded.
"""

from typing import Any, ClassVar, Self, TypeVar

from django.db.models import Model, Q, QuerySet

from preo.api.roles import Reach, Role

M = TypeVar("M", bound=Model)


def reachable(
    queryset: QuerySet[M],
    reach: Reach,
    *,
    role: Role,
    organization_field: str,
    edition_field: str | None,
    role_on_shared: Role | None = None,
) -> QuerySet[M]:
    """The rows whose organization, or whose edition, `reach` holds with at least `role`.

    Rows without an organization are among them where everybody holds that role on them.
    """
    within = Q(**{f"{organization_field}__in": reach.organizations_at_least(role)})
    if edition_field:
        within |= Q(**{f"{edition_field}__in": reach.editions_at_least(role)})
    if role_on_shared and role_on_shared.includes(role):
        within |= Q(**{f"{organization_field}__isnull": True})
    return queryset.filter(within)


class ScopedQuerySet(QuerySet[M]):
    """Rows that belong to an organization; a model says by which path."""

    organization_field: ClassVar[str] = "organization_id"
    edition_field: ClassVar[str | None] = None
    role_on_shared: ClassVar[Role | None] = None
    """What everybody holds on rows without an organization; none where those are nobody's."""

    def visible_to(self, user: Any, *, role: Role = Role.GUEST) -> Self:
        """The rows on which the staff user holds at least `role`."""
        return reachable(  # type: ignore[return-value]  # filter() keeps the class
            self,
            user.reach,
            role=role,
            organization_field=self.organization_field,
            edition_field=self.edition_field,
            role_on_shared=self.role_on_shared,
        )

    def choosable_by(self, user: Any, *, role: Role) -> Self:
        """The rows that the staff user may name in what it works on.

        Beside those it sees, what belongs to the organization as a whole, for who holds `role` on an edition of it.
        """
        whole = Q(**{f"{self.organization_field}__in": user.reach.organizations_within(role)})
        if self.edition_field:
            whole &= Q(**{f"{self.edition_field}__isnull": True})
        return self.visible_to(user, role=role) | self.filter(whole)
