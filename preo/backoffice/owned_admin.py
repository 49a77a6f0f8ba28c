"""Admin pages of rows that belong to an edition or an organization: who may change them, and what they may refer to."""

from typing import Any, ClassVar, TypeVar, cast
from urllib.parse import parse_qs

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.utils.http import urlencode

from preo.api.roles import Role
from preo.backoffice.scoped_admin import ScopedAdmin, holds_anywhere, reach_of, visible_rows

M = TypeVar("M", bound=Model)

FOR_MANAGERS = "Managers and admins can change this."


class OwnedAdmin(ScopedAdmin[M]):
    """Rows that belong to an owner, an edition or an organization, which a new row gets from the address.

    The owner never changes. What a form offers comes from the owner's own rows.
    """

    edit_role: ClassVar[Role] = Role.MANAGER
    owner_field: ClassVar[str] = "edition"
    owner_path: ClassVar[str] = ""
    """From the owner to its organization; empty where the owner is the organization."""
    can_add: ClassVar[bool] = True
    can_remove: ClassVar[bool] = True

    def choices(self, request: HttpRequest, name: str, rows: QuerySet[Any], *, owner: Any) -> QuerySet[Any]:
        """The override point: which rows a field offers. By default those of the same owner, or of its organization."""
        columns = {field.name for field in rows.model._meta.get_fields()}
        every: QuerySet[Any] = rows.model._default_manager.all()
        if self.owner_field in columns:
            return every.filter(**{self.owner_field: owner})
        if self.owner_path and "organization" in columns:
            return every.filter(organization=getattr(owner, self.owner_path))
        return rows

    def owners(self, request: HttpRequest) -> QuerySet[Any]:
        """The editions or organizations that the user may add rows to."""
        owner: Any = self.model._meta.get_field(self.owner_field).related_model
        if not self.owner_path:
            within = reach_of(request.user).organizations_at_least(self.edit_role)
            return cast(QuerySet[Any], owner._default_manager.filter(pk__in=within))
        return visible_rows(owner, request.user, role=self.edit_role)

    def currency(self, row: M) -> str:
        """That of its owner."""
        return str(getattr(getattr(row, self.owner_field), "currency", ""))

    def why_not_edit(self, request: HttpRequest, row: M) -> str | None:
        """In words why the user can't change the row, or nothing."""
        owner = getattr(row, self.owner_field)
        of_edition = {"organization_id": getattr(owner, f"{self.owner_path}_id", None), "edition_id": owner.pk}
        ids = of_edition if self.owner_path else {"organization_id": owner.pk}
        held = reach_of(request.user).role_on(**ids)
        return None if held and held.includes(self.edit_role) else FOR_MANAGERS

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._holds(request, self.role)

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self._holds(request, self.role)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.can_add and self._holds(request, self.edit_role)

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self._holds(request, self.edit_role) if obj is None else self.why_not_edit(request, obj) is None

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return self.can_remove and self.has_change_permission(request, obj)

    def _holds(self, request: HttpRequest, role: Role) -> bool:
        """On anything; where rows belong to organizations, a role on an edition is none."""
        if self.owner_path:
            return holds_anywhere(request.user, role)
        return bool(reach_of(request.user).organizations_at_least(role))

    def chosen_owner(self, request: HttpRequest) -> Any:
        """Whom the address names, or the filter of the list one came from; the only one there is; or nobody yet."""
        if named := request.GET.get(self.owner_field):
            owner = self._owner(request, named)
            if owner is None:
                raise Http404
            return owner
        if filtered := self._filtered_owner(request):
            return self._owner(request, filtered)
        few = list(self.owners(request)[:2])
        return few[0] if len(few) == 1 else None

    def _owner(self, request: HttpRequest, text: str) -> Any:
        """The one with this id, if the user may add rows to it."""
        owners = self.owners(request)
        try:
            return owners.filter(pk=owners.model._meta.pk.to_python(text)).first()
        except ValidationError:
            return None

    def _filtered_owner(self, request: HttpRequest) -> str | None:
        filters = parse_qs(request.GET.get("_changelist_filters", ""))
        named = [text for text in filters.get(f"{self.owner_field}__id__exact", []) if text]
        return named[0] if named else None

    def offer(self, request: HttpRequest) -> dict[str, Any]:
        offered = [(owner, f"?{urlencode({self.owner_field: owner.pk})}") for owner in self.owners(request)]
        is_closed = self._filtered_owner(request) is not None
        return {"kind": self.owner_field, "offered": offered, "is_closed": is_closed}
