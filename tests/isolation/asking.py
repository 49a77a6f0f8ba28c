"""What a route can be asked that names a row: its parameters, and the members of its body."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from preo.public_ids import encode
from tests.documented import document, operations
from tests.house.routes import Route
from tests.isolation.worlds import World

KINDS = {
    "organization_id": "org",
    "vendor_org_id": "org",
    "edition_id": "edt",
    "event_id": "evt",
    "fee_rule_id": "fee",
    "merchant_account_id": "mac",
    "meta_image_id": "fil",
    "image_id": "fil",
    "transaction_receipt_email_id": "eml",
    "refund_confirmation_email_id": "eml",
    "order_id": "ord",
    "order_ids": "ord",
    "product_ids": "prd",
    "location_ids": "loc",
    "pickup_point_id": "loc",
    "purchase_id": "pur",
    "transaction_id": "trx",
    "customer_id": "usr",
    "duplicate_id": "usr",
    "consent_id": "cns",
    "consent_ids": "cns",
    "has_consent": "cns",
    "staff_user_id": "stf",
}
"""What a parameter or member names."""

ANY = ("org", "edt", "usr", "ord")
"""What is tried where that isn't known."""

PAGING = {"page", "page_size", "cursor", "ordering"}


@dataclass(frozen=True, slots=True)
class Naming:
    """A parameter, or the path of a member of the body, that takes a text."""

    path: tuple[str, ...]
    is_list: bool = False

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def is_id(self) -> bool:
        return self.name in KINDS or self.name.endswith(("_id", "_ids"))

    def put(self, into: Mapping[str, Any], text: str) -> dict[str, Any]:
        """A copy of what is sent, with the text in this place."""
        sent: dict[str, Any] = deepcopy(dict(into))
        place = sent
        for step in self.path[:-1]:
            place = place.setdefault(step, {})
        place[self.name] = [text] if self.is_list else text
        return sent


@cache
def parameters(route: Route) -> list[Naming]:
    """Those of the query that take any text."""
    found = operations()[route.method, route.path].get("parameters", [])
    texts = [one["name"] for one in found if one["in"] == "query" and _is_text(one["schema"])]
    return [Naming((name,)) for name in texts if name not in PAGING]


@cache
def members(route: Route) -> list[Naming]:
    """Those of the body that name rows."""
    content = operations()[route.method, route.path].get("requestBody", {}).get("content", {})
    return [found for one in content.values() for found in _within(one["schema"], ()) if found.is_id]


def strange_texts(naming: Naming, world: World) -> list[tuple[str, str]]:
    """Texts that are of the world, each with one like it that is nobody's."""
    if not naming.is_id:
        return [(min(world.phones), "+4599999999") if "phone" in naming.name else (world.mark, "zq7nobody")]
    kinds = world.kinds
    wanted = [KINDS[naming.name]] if naming.name in KINDS else ANY
    return [(kinds[kind], encode(kind, UUID(int=0))) for kind in wanted if kind in kinds]


def _within(schema: Any, path: tuple[str, ...]) -> Iterator[Naming]:
    for name, inner in _resolved(schema).get("properties", {}).items():
        yield Naming((*path, name), is_list=_resolved(inner).get("type") == "array")
        yield from _within(inner, (*path, name))


def _resolved(schema: Any) -> Any:
    while True:
        if "$ref" in schema:
            schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif len(found := schema.get("allOf", schema.get("oneOf", []))) >= 1:
            schema = found[0]
        else:
            return schema


def _is_text(schema: Any) -> bool:
    schema = _resolved(schema)
    return schema.get("type") == "string" and not schema.get("enum") and not schema.get("format")
