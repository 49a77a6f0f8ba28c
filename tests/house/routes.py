"""Every route below /v1, as the resolver has it: what the house tests walk."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, get_resolver

from preo.public_ids import encode, prefix_of

_ARGUMENT = re.compile(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>")
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path; `action` is empty where the view is no viewset."""

    method: str
    path: str
    view: Any
    action: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def has_id(self) -> bool:
        return "{" in self.path

    @property
    def is_list(self) -> bool:
        return self.action == "list"

    @property
    def is_streamed(self) -> bool:
        return self.action in getattr(self.view, "streams", ())

    @property
    def scope(self) -> str | None:
        return getattr(self.view, "scopes", {}).get(self.action)

    def url(self, text: str = "") -> str:
        """With every argument filled in by `text`."""
        return re.sub(r"\{\w+\}", lambda _: text, self.path)

    def missing_id(self) -> str:
        """An id of the right kind that no row has."""
        return encode(prefix_of(self.view.queryset.model), UUID(int=0))


def routes() -> list[Route]:
    """In the order of the resolver."""
    return [route for route in _below(get_resolver().url_patterns, "/") if route.path.startswith("/v1")]


def _below(patterns: Iterable[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        path = prefix + _ARGUMENT.sub(r"{\1\2}", str(pattern.pattern).removeprefix("^").removesuffix("$"))
        if isinstance(pattern, URLResolver):
            yield from _below(pattern.url_patterns, path)
        else:
            yield from _at(path, pattern.callback)


def _at(path: str, callback: Any) -> Iterator[Route]:
    view = getattr(callback, "cls", None) or getattr(callback, "view_class", None) or callback
    actions = getattr(callback, "actions", None) or {name: "" for name in METHODS if hasattr(view, name)}
    for method, action in (actions or {"get": ""}).items():
        if method in METHODS:
            yield Route(method.upper(), path, view, action)
