"""The filter of the list of consents."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from consents.models import Consent


class StandingFilter(SimpleListFilter):
    """By what is asked now, what is being written and what is over."""

    title = "status"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("in_force", "In force"),
            ("draft", "Draft"),
            ("disabled", "Disabled"),
            ("superseded", "Superseded"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Consent]) -> QuerySet[Consent]:
        rows: Any = queryset
        match self.value():
            case "in_force":
                rows = rows.in_force()
            case "draft":
                rows = rows.filter(published=False)
            case "disabled":
                rows = rows.not_superseded().filter(published=True, enabled=False)
            case "superseded":
                rows = rows.filter(Q(superseded_by__published=True))
            case str():
                rows = rows.none()
        return rows  # type: ignore[no-any-return]  # of the model's own class
