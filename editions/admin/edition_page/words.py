"""What a field of a form says, for people who read it and can't change it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms

from editions.admin.edition_page.fields import LocalMomentField, ObjectField
from editions.choices import Language
from preo.backoffice.forms import RateField
from preo.files.forms import ImageChoice, ImageChoiceField

EMPTY: Sequence[Any] = (None, "", {}, [])
NOTHING = "\u2013"


def words_of(bound: forms.BoundField, value: Any) -> str:
    """A value of the field, as the form would show it."""
    field: Any = bound.field
    if value in EMPTY:
        return NOTHING
    if isinstance(field, forms.ModelChoiceField):
        return _row(field, value)
    if isinstance(field, ImageChoiceField):
        return _names(value) or NOTHING
    if isinstance(field, LocalMomentField):
        return _moment(field.prepare_value(value))
    if isinstance(field, RateField):
        return f"{value} %"
    if isinstance(field, ObjectField):
        return str(field.prepare_value(value))
    if isinstance(value, Mapping):
        return "\n".join(f"{_label_of(language)}: {text}" for language, text in value.items())
    return _chosen(field, value)


def _row(field: Any, value: Any) -> str:
    """Of a row, or of its id."""
    return str(field.queryset.filter(pk=getattr(value, "pk", value)).first() or NOTHING)


def _names(images: Any) -> str:
    """Of images that are chosen now, or of a choice."""
    files: Sequence[Any] = [*images.chosen, *images.uploads] if isinstance(images, ImageChoice) else images
    return ", ".join(file.file_name for file in files)


def _moment(local: datetime) -> str:
    return f"{local:%-d %b %Y, %H:%M}"


def _label_of(language: str) -> str:
    return str(dict(Language.choices).get(language, language))


def _chosen(field: Any, value: Any) -> str:
    labels = _flat(getattr(field, "choices", ()))
    values = value if isinstance(value, list) else [value]
    return ", ".join(str(labels.get(each, each)) for each in values)


def _flat(choices: Any) -> dict[Any, Any]:
    """Choices in groups, without the groups."""
    flat = {}
    for value, label in choices:
        flat.update(dict(label) if isinstance(label, list | tuple) else {value: label})
    return flat
