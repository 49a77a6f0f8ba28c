"""The rows that a body names for a consent to be asked of, among those that the caller can reach."""

from collections.abc import Mapping, Sequence
from typing import Any

from editions.models import Edition, Product
from preo.accounts.models import Organization
from preo.api.access import OUT_OF_REACH, find_visible, require_kind
from preo.api.errors import ParameterNotFound
from preo.errors import InvalidField

TARGETS = frozenset({"edition_id", "vendor_org_id", "product_ids"})
"""The members that say whom a consent is asked of."""


def with_rows(asked: Mapping[str, Any], *, organization_id: str, user: Any) -> dict[str, Any]:
    """What was asked by the names of the model's fields, with rows in place of their ids.

    Raises ParameterNotFound, a 404 that names the member; InvalidField for what is no vendor of the organization.
    """
    values = {name: value for name, value in asked.items() if name not in TARGETS}
    if "edition_id" in asked:
        values["edition"] = _edition(asked["edition_id"], user=user)
    if "vendor_org_id" in asked:
        values["vendor_org"] = _vendor(asked["vendor_org_id"], organization_id=organization_id)
    if "product_ids" in asked:
        values["products"] = _products(asked["product_ids"], user=user)
    return values


def _edition(text: str | None, *, user: Any) -> Edition | None:
    rows: Any = Edition.objects.select_related("organization", "event")
    return find_visible(rows, user, text, parameter="edition_id") if text else None


def _vendor(text: str | None, *, organization_id: str) -> Organization | None:
    """A vendor is another organization, of which the caller knows no more than that it takes part."""
    if not text:
        return None
    require_kind("org", text, parameter="vendor_org_id")
    vendors = Organization.objects.filter(participations__edition__organization=organization_id, pk=text)
    if (vendor := vendors.first()) is None:
        detail = "This vendor takes part in none of the organization's editions."
        raise InvalidField("vendor_org_id", "not_a_vendor", detail)
    return vendor


def _products(ids: Sequence[str], *, user: Any) -> list[Product]:
    for text in ids:
        require_kind("prd", text, parameter="product_ids")
    found = list(Product.objects.visible_to(user).filter(pk__in=ids).select_related("edition"))
    if len(found) < len(set(ids)):
        raise ParameterNotFound("product_ids", OUT_OF_REACH)
    return found
