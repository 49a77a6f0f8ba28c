"""Rows that are edited on the page of the row that they are part of."""

from typing import Any, TypeVar

from django import forms
from django.contrib.admin import TabularInline
from django.db.models import Model
from django.http import HttpRequest

C = TypeVar("C", bound=Model)
P = TypeVar("P", bound=Model)


class PartForm(forms.ModelForm[Any]):
    """One line of a table, in which the column's title is the label of each field."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.widget.attrs.setdefault("aria-label", field.label or name.capitalize())

    def validate_constraints(self) -> None:
        """The operation's to refuse, as for the row itself."""


class PartInline(TabularInline[C, P]):
    """Whoever may change the row may add, change and remove its parts; the row's operation writes them."""

    form = PartForm
    extra = 1

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True
