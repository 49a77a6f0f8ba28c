"""The form of a row that staff edit: whose row it is, in which state it was opened, and what an operation refused."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import Model, QuerySet

from preo.errors import Problem

CHANGED_SINCE = (
    "Somebody else changed this after you opened it, so nothing was saved. "
    "Open it again to see what it is now; what you typed is still below."
)

Narrow = Callable[[str, QuerySet[Any]], QuerySet[Any]]


class ShapesForm(forms.ModelForm[Any]):
    """Checks shapes alone: what goes with what, and every constraint, is the operation's to refuse in its own words."""

    def _post_clean(self) -> None:
        # Django checks a row's constraints along with its fields, and says the names of those that don't hold.
        row: Any = self.instance
        row.validate_constraints = lambda **_: None
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        del row.validate_constraints


class EditableForm(ShapesForm):
    """A row with whose it is; what the operation refused is shown at the fields."""

    opened = forms.CharField(required=False, widget=forms.HiddenInput)
    """When the row had last been changed as the form was opened."""

    owner_field: ClassVar[str]
    owner: ClassVar[Any]
    """What the row belongs to, an edition or an organization; it never changes."""
    narrow: ClassVar[Narrow]
    """The rows that a field may offer."""
    refused: ClassVar[Sequence[Problem]] = ()
    """What the operation said no to, when this form was sent a moment ago."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.is_new:
            setattr(self.instance, self.owner_field, self.owner)
        else:
            self.initial["opened"] = state_of(self.instance)
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
                field.queryset = type(self).narrow(name, field.queryset)
        self.prepare()

    def prepare(self) -> None:
        """The override point for what a field offers or says in this row's case."""

    @property
    def is_new(self) -> bool:
        return bool(self.instance._state.adding)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for problem in self.refused:
            self.add_error(self.field_for(problem.field), problem.detail)
        if not self.is_new and not self.refused and self.opened_state != state_of(self.instance):
            raise forms.ValidationError(CHANGED_SINCE, code="stale")
        return cleaned

    @property
    def opened_state(self) -> str:
        return str(self.cleaned_data.get("opened", ""))

    def changes(self) -> dict[str, Any]:
        """What was typed, by the names of the fields: of a new row everything, otherwise what differs from the row."""
        names = self.cleaned_data if self.is_new else self.changed_data
        return {name: self.cleaned_data[name] for name in names if name != "opened"}

    def field_for(self, name: str) -> str | None:
        """The field that shows what an operation says of `name`, which may be a path or the API's word for it."""
        first = name.partition(".")[0]
        known = (name, first, f"{first}_minor", first.removesuffix("_id"))
        return next((field for field in known if field in self.fields), None)


def state_of(row: Model) -> str:
    """What tells one state of a row from a later one."""
    modified: Any = getattr(row, "modified", None)
    return modified.isoformat() if modified else ""
