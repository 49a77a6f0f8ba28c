"""Forms whose fields stand in groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from django import forms
from django.db.models import Model


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that are shown together under a heading."""

    title: str
    names: Sequence[str]
    about: str = ""
    is_row: bool = False
    """Beside each other, where there is room."""
    kinds: Mapping[str, type[Model]] = field(default_factory=dict)
    """What its fields choose rows from, by name, for whoever has to add one first."""


class GroupedForm(forms.Form):
    """A form that shows its fields in groups, and beside them what an operation refused."""

    groups: ClassVar[Sequence[Group]]

    def shown_groups(self) -> Iterator[tuple[Group, list[forms.BoundField], list[tuple[str, str]]]]:
        for group in self.groups:
            yield group, [self[name] for name in group.names if name in self.fields], self.links_of(group)

    def links_of(self, group: Group) -> list[tuple[str, str]]:
        """The override point: what else to do about a group, by name and address."""
        return []

    def refuse(self, field: str | None, sentence: str) -> None:
        """Shows a refusal beside the field that it is about, or above the form."""
        name = (field or "").partition(".")[0]
        known = (name, name.removesuffix("_id"))
        self.add_error(next((each for each in known if each in self.fields), None), sentence)
