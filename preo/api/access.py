"""Who sees which rows: by the organization, or the single edition, that a row belongs to."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import MethodNotAllowed, PermissionDenied
from rest_framework.filters import BaseFilterBackend
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from preo.api.conditional import ConditionalWrites
from preo.api.errors import ParameterNotFound
from preo.api.idempotency import SafeRetries
from preo.api.ordering import OrderingBackend
from preo.api.parameters import known_of, refuse_unknown
from preo.api.roles import Reach, Role
from preo.api.scoping import ScopedQuerySet, reachable
from preo.public_ids import NotAPublicId, parse, prefix_of

M = TypeVar("M", bound=Model)

OUT_OF_REACH = "There is nothing with this id that you can reach."


def find_visible(queryset: ScopedQuerySet[M], user: Any, text: str, *, parameter: str, role: Role = Role.GUEST) -> M:
    """The row that a parameter or body member names; a row out of reach is as missing as one that isn't there.

    Raises ParameterNotFound, a 404 that names the parameter; PermissionDenied for a row on which `role` isn't held.
    """
    require_kind(prefix_of(queryset.model), text, parameter=parameter)
    row = queryset.visible_to(user, role=role).filter(pk=text).first()
    if row is not None:
        return row
    if queryset.visible_to(user).filter(pk=text).exists():
        _require(None, role)
    raise ParameterNotFound(parameter, OUT_OF_REACH)


def find_choosable(queryset: ScopedQuerySet[M], user: Any, text: str, *, parameter: str, role: Role) -> M:
    """The row that a body member names for another row to refer to. Raises ParameterNotFound, as find_visible does."""
    require_kind(prefix_of(queryset.model), text, parameter=parameter)
    row = queryset.choosable_by(user, role=role).filter(pk=text).first()
    if row is None:
        raise ParameterNotFound(parameter, OUT_OF_REACH)
    return row


def require_kind(prefix: str, text: str, *, parameter: str) -> None:
    """Raises ParameterNotFound unless the text is an id of this kind."""
    try:
        parse(prefix, text)
    except NotAPublicId as problem:
        raise ParameterNotFound(parameter, str(problem)) from None


class ScopeRequired(BasePermission):
    """The credential must carry the scope that the viewset names for the action; an action without one is closed."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if view.action is None:
            raise MethodNotAllowed(str(request.method))
        scope = view.scopes.get(view.action)
        if scope is None:
            raise PermissionDenied("This action is closed.", code="closed")
        require_scope(view.staff_user, scope)
        return True


def require_scope(user: Any, scope: str) -> None:
    """Raises PermissionDenied for a credential that lacks the scope."""
    if scope not in user.scopes:
        raise PermissionDenied(f"This credential lacks the scope {scope}.", code="scope_missing")


class OrganizationParameter(BaseFilterBackend):
    """Narrows to the organization that the path or, for lists, the query names."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        name = view.organization_param_name
        text = view.kwargs.get(name) or request.query_params.get(name)
        if text is None:
            return queryset
        require_kind("org", text, parameter=name)
        held = view.reach.highest_within(text)
        if held is None:
            raise ParameterNotFound(name, OUT_OF_REACH)
        if not view.detail:
            _require(held, view.role_for_action)
        return view.of_organization(queryset, text)  # type: ignore[no-any-return]  # of the mixin

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": view.organization_param_name,
                "in": "query",
                "description": "Only rows of this organization (`org_…`).",
                "schema": {"type": "string"},
            }
        ]


class OrganizationAccessMixin(SafeRetries, ConditionalWrites):
    """Narrows a viewset to what the staff user can reach.

    A list has the rows of all organizations where the role suffices; `organization_id` narrows it to one. Any other
    action finds a row that the user can see at all (404 otherwise) and checks the role on the row's own organization
    or edition (403). Rule: the published description of this mixin, on the consents page.
    """

    organization_filter_field: ClassVar[str] = "organization_id"
    organization_param_name: ClassVar[str] = "organization_id"
    min_role_for_list: ClassVar[str] = "staff"
    edition_filter_field: ClassVar[str | None] = None
    role_on_shared: ClassVar[Role | None] = None
    """What everybody holds on rows without an organization; none where those are nobody's."""
    lists: ClassVar[Collection[str]] = ("list",)
    """Actions over all the rows on which the role for lists is held."""
    min_roles: ClassVar[Mapping[str, str]] = {}
    scopes: ClassVar[Mapping[str, str]] = {}
    action_parameters: ClassVar[Mapping[str, Collection[str]]] = {}
    ordering_columns: ClassVar[Mapping[str, str]] = {}
    default_ordering: ClassVar[str] = "-created"
    filter_backends = (OrganizationParameter, DjangoFilterBackend, OrderingBackend)
    permission_classes = (IsAuthenticated, ScopeRequired)
    lookup_field = "id"
    lookup_value_regex = "[^/]+"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(request, known_of(self))
        if self.is_about_a_collection:
            _require(self.reach.highest(), self.role_for_action)

    def read(self, serializer: type[Serializer[Any]]) -> dict[str, Any]:
        """The body, held against its serializer. Raises ValidationError."""
        body = serializer(data=self.request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def get_queryset(self) -> QuerySet[Any]:
        rows = self.rows()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        return self.in_reach(rows, Role(self.min_role_for_list) if self.action in self.lists else Role.GUEST)

    def rows(self) -> QuerySet[Any]:
        """The override point for what an action loads with its rows; who sees which is decided around it."""
        return super().get_queryset()

    def get_object(self) -> Any:
        """The row that the path names. A wrong kind of id, a row out of reach and no row are all a 404."""
        parameter = self.lookup_url_kwarg or self.lookup_field
        require_kind(prefix_of(self.get_queryset().model), self.kwargs[parameter], parameter=parameter)
        return super().get_object()

    def check_object_permissions(self, request: Request, obj: Model) -> None:
        super().check_object_permissions(request, obj)
        _require(self.role_held_on(obj), self.role_for_action)

    def role_held_on(self, row: Any) -> Role | None:
        """The override point for rows of which more than one organization or edition decides."""
        edition = _follow(row, self.edition_filter_field) if self.edition_filter_field else None
        organization = _follow(row, self.organization_filter_field)
        if organization is None:
            return self.role_on_shared
        return self.reach.role_on(organization_id=organization, edition_id=edition)

    def of_organization(self, rows: QuerySet[Any], organization_id: str) -> QuerySet[Any]:
        """What is one organization's of rows that are in reach; an override point like role_held_on."""
        return rows.filter(**{self.organization_filter_field: organization_id})

    def visible(self, rows: ScopedQuerySet[M], text: str, *, member: str) -> M:
        """The row that a member of the body names. Raises ParameterNotFound, as find_visible does."""
        return find_visible(rows, self.request.user, text, parameter=member)

    def require_role(self, organization_id: str, edition_id: str | None, *, role: Role) -> None:
        """Raises PermissionDenied when the role on the organization and the edition is too low."""
        _require(self.reach.role_on(organization_id=organization_id, edition_id=edition_id), role)

    @property
    def role_for_action(self) -> Role:
        """The lowest role that may do what is asked."""
        return Role(self.min_roles.get(self.action, self.min_role_for_list))

    @property
    def is_about_a_collection(self) -> bool:
        """Whether the action reads something of our own without a row; a list is empty, and a body names its row."""
        return self.detail is False and self.action != "list" and self.request.method != "POST"

    @property
    def staff_user(self) -> Any:
        """Who asks; preo.api knows the class only by what it asks of it."""
        return self.request.user

    @property
    def reach(self) -> Reach:
        return self.staff_user.reach  # type: ignore[no-any-return]  # see staff_user

    def in_reach(self, queryset: QuerySet[Any], role: Role) -> QuerySet[Any]:
        """The rows on which at least `role` is held; an override point like role_held_on."""
        return reachable(
            queryset,
            self.reach,
            role=role,
            organization_field=self.organization_filter_field,
            edition_field=self.edition_filter_field,
            role_on_shared=self.role_on_shared,
        )


def _require(held: Role | None, role: Role) -> None:
    if held is None or not held.includes(role):
        raise PermissionDenied(f"This needs the role {role} or higher.", code="role_too_low")


def _follow(row: Model, path: str) -> Any:
    value: Any = row
    for step in path.split("__"):
        value = getattr(value, step)
    return value
