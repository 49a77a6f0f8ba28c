"""The kinds of rows that the trail tells of: their models, ids and fields."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model

from preo.history import RECORDED
from preo.public_ids import encode, prefix_of


def model_of(kind: str) -> type[Model] | None:
    """The model of a kind such as orders.order; None for one that the product has no longer."""
    try:
        return apps.get_model(kind)
    except (LookupError, ValueError):
        return None


def recorded_kinds() -> list[str]:
    """Every kind that the trail tells of, sorted."""
    return sorted(str(model._meta.label_lower) for model in RECORDED)


def kinds_with(prefix: str) -> list[str]:
    """The kinds of rows whose ids carry this prefix; none for an unknown one."""
    return [str(model._meta.label_lower) for model in RECORDED if prefix_of(model) == prefix]


def typed_id(kind: str, uuid: UUID) -> str:
    """The row's typed id; of a kind that the product has no longer, without its prefix."""
    model = model_of(kind)
    return encode(prefix_of(model) if model else "", uuid)


@cache
def fields_of(kind: str) -> Mapping[str, Any]:
    """The fields of a kind by what the trail calls them: columns by their names, lists of links by theirs."""
    model = model_of(kind)
    if model is None:
        return {}
    columns = {str(field.column): field for field in model._meta.concrete_fields}
    return columns | {field.name: field for field in model._meta.many_to_many}
