"""The views of the back office, as the resolver has them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

from preo.public_ids import PublicIdField

ROOT = "/admin/"
APART = {
    "login": "where one signs in",
    "logout": "signs out",
    "password_change": "one's own",
    "password_change_done": "one's own",
    "jsi18n": "words of Django",
    "autocomplete": "has a test of its own",
    "view_on_site": "leads to other sites, of which there are none",
}
"""Views that have no rows, and why."""


@dataclass(frozen=True)
class Page:
    """One view; `model` is whose it is, and none of the overview."""

    address: str
    name: str
    model: Any

    @property
    def has_id(self) -> bool:
        return "{id}" in self.address

    @property
    def is_list(self) -> bool:
        return self.name.endswith("_changelist")

    @property
    def is_telling(self) -> bool:
        """Whether it shows a row, and is no question before something is done."""
        return self.name.endswith(("_change", "_history"))

    @property
    def kind(self) -> str:
        """Of the ids of its rows; empty where they have none of ours."""
        key = self.model._meta.pk if self.model else None
        return key.prefix if isinstance(key, PublicIdField) else ""


def pages() -> list[Page]:
    """Each that is about rows of ours, or about none."""
    models = {f"{ROOT}{model._meta.app_label}/{model._meta.model_name}/": model for model in admin.site._registry}
    found = [
        Page(address, str(pattern.name), next((models[path] for path in models if address.startswith(path)), None))
        for address, pattern in _below(get_resolver().url_patterns, "/")
        if address.startswith(ROOT) and pattern.name not in APART and "(?P" not in address
    ]
    return [page for page in found if (page.kind and page.name != "None") or not page.has_id]


def autocompletes() -> list[dict[str, str]]:
    """What every field is looked up with that offers rows while one types."""
    return [
        {"app_label": model._meta.app_label, "model_name": str(model._meta.model_name), "field_name": field}
        for model, page in admin.site._registry.items()
        for field in page.autocomplete_fields
    ]


def _below(patterns: Iterable[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = f"{prefix}{pattern.pattern}"
        for argument in ("<path:object_id>", "<str:object_id>", "<id>"):
            path = path.replace(argument, "{id}")
        if isinstance(pattern, URLResolver):
            yield from _below(pattern.url_patterns, path)
        else:
            yield path, pattern
