"""How admins narrow the list of audit events."""

from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from preo.audit.kinds import model_of, recorded_kinds
from preo.audit.models import AuditEvent
from preo.backoffice.scoped_admin import SHOWN_CHOICES, reach_of

Choices = list[tuple[str, str]]


class ColumnFilter(SimpleListFilter):
    """Rows whose column, of the name of the parameter, has the chosen value."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        offered = {str(value) for value, _ in self.lookup_choices}
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(**{str(self.parameter_name): value}) if value in offered else queryset.none()

    def has_output(self) -> bool:
        """Also when somebody asks for what isn't offered: it must narrow the list, not be ignored."""
        return super().has_output() or self.value() is not None


class OrganizationFilter(ColumnFilter):
    """Offered to admins of several."""

    title = "organization"
    parameter_name = "organization_id"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        within = Organization.objects.filter(pk__in=reach_of(request.user).organizations_within(Role.ADMIN))
        return list(within.values_list("pk", "name"))

    def has_output(self) -> bool:
        """See ColumnFilter."""
        return len(self.lookup_choices) > 1 or self.value() is not None


class KindFilter(ColumnFilter):
    title = "kind"
    parameter_name = "object_type"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        return sorted(((kind, kind_in_words(kind)) for kind in recorded_kinds()), key=lambda choice: choice[1])


class PersonFilter(ColumnFilter):
    """Those who work for the organizations in reach, and the actors behind their tokens."""

    title = "person"
    parameter_name = "staff_user_id"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Choices:
        within = list(reach_of(request.user).organizations_within(Role.ADMIN))
        works = Q(memberships__organization__in=within) | Q(robot_of__in=within)
        works |= Q(edition_memberships__edition__organization__in=within)
        people = StaffUser.objects.filter(pk__in=StaffUser.objects.filter(works).values("pk"))
        return [(person.pk, str(person)) for person in people[:SHOWN_CHOICES]]


def kind_in_words(kind: str) -> str:
    """What rows of the kind are called; its name where the product has it no longer."""
    model = model_of(kind)
    return capfirst(str(model._meta.verbose_name)) if model else kind
