"""Rows that are edited on the page of the row that they are part of."""

from typing import Any, TypeVar

from django import forms
from django.contrib.admin import TabularInline
from django.db.models import Model
from django.http import HttpRequest

from preo.backoffice.editable_form import ShapesForm

C = TypeVar("C", bound=Model)
P = TypeVar("P", bound=Model)


class PartForm(ShapesForm):
    """One line of a table, in which the column's title is the label of each field."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.widget.attrs.setdefault("aria-label", field.label or name.capitalize())


class PartFormSet(forms.BaseInlineFormSet[Any, Any, Any]):
    """A part that isn't the row's is refused, whether it was deleted meanwhile or is another row's."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        part: Any = self.model
        form.fields[part._meta.pk.name].queryset = self.get_queryset()
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = f"Delete {form.instance}".strip()

    def clean(self) -> None:
        if any(form.instance._state.adding for form in self.initial_forms):
            raise forms.ValidationError("One of these was deleted meanwhile. Open the page again.", code="gone")


class PartInline(TabularInline[C, P]):
    """Whoever may change the row may add, change and remove its parts; the row's operation writes them."""

    form = PartForm
    formset = PartFormSet
    extra = 1

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        """Without Django's search for all that refers to a part, sold by the million: the operation knows."""
        formset: Any = super().get_formset(request, obj, **options)
        formset.form.hand_clean_DELETE = lambda _: None
        return formset

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True
