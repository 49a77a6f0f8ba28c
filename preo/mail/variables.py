"""What a message can say of whom it is about: names documented by the apps above, and samples made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ITEM = "[]"
"""Stands in a name for any item of a list: `order.lines[].name` is the name of a line."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One name that Liquid knows in messages of a type; `example` is text, a number or, for a list, its items."""

    name: str
    description: str
    example: Any
    is_address: bool = False
    """Whether a button may lead to it."""


def example_of(variables: Sequence[Variable]) -> dict[str, Any]:
    """The examples as a rendered message would get them, nested by the dots in their names."""
    whole: dict[str, Any] = {}
    for variable in variables:
        if ITEM not in variable.name:
            *path, last = variable.name.split(".")
            place = whole
            for part in path:
                place = place.setdefault(part, {})
            place[last] = variable.example
    return whole


def value_of(variables: Mapping[str, Any], name: str) -> Any:
    """The value under a dotted name; None where any part of it is missing."""
    value: Any = variables
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
