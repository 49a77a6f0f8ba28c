"""What hangs on an edition: how much of each kind there is, and the ways to see it and to add to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import Count, Model, QuerySet, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from editions.models import (
    Category,
    Coupon,
    Edition,
    EmailMessage,
    Location,
    PassDesign,
    Product,
    Trigger,
    VendorParticipation,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A table of rows with an `edition`, by the name that the page has for them."""

    model: type[Model]
    label: str
    one: str
    about: str
    is_of_organization: bool = False
    """Whether a new row belongs to the organization first, and to an edition of it if it should."""


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of row of one edition; addresses are None where there is no such page for who asks."""

    kind: Kind
    count: int
    list_url: str | None
    add_url: str | None


_kinds: list[Kind] = [
    Kind(Category, "Categories", "category", "Headings under which products are shown."),
    Kind(Product, "Products", "product", "What is sold or rented, with its variants, options and images."),
    Kind(Location, "Pickup points", "pickup point", "Where customers collect, and bring things back."),
    Kind(VendorParticipation, "Vendors", "vendor", "Who else sells here."),
    Kind(Coupon, "Coupons", "coupon", "Codes that take something off."),
    Kind(EmailMessage, "E-mail messages", "e-mail message", "What customers of this edition are written."),
    Kind(Trigger, "Triggers", "trigger", "When which of them is sent."),
    Kind(PassDesign, "Pass designs", "pass design", "How passes look in a phone's wallet."),
]


def catalog_kind(kind: Kind) -> Kind:
    """Registers a kind of row that an app above hangs on editions."""
    _kinds.append(kind)
    return kind


def catalog_models() -> Sequence[type[Model]]:
    """The models of all kinds."""
    return [kind.model for kind in _kinds]


def catalog_parts(edition: Edition, site: AdminSite, request: HttpRequest, *, is_open: bool) -> Sequence[Part]:
    """Every kind, in the order in which an edition is set up. One query."""
    counts = _counts(edition)
    return [_part(kind, counts.get(kind.label, 0), edition, site, request, is_open=is_open) for kind in _kinds]


def _counts(edition: Edition) -> dict[str, int]:
    first, *others = (_count(kind, edition) for kind in _kinds)
    return dict(first.union(*others, all=True))


def _count(kind: Kind, edition: Edition) -> QuerySet[Any, Any]:
    rows: Any = kind.model._default_manager.filter(edition=edition).order_by().annotate(kind=Value(kind.label))
    counted: QuerySet[Any, Any] = rows.values("kind").annotate(count=Count("pk")).values_list("kind", "count")
    return counted


def _part(kind: Kind, count: int, edition: Edition, site: AdminSite, request: HttpRequest, *, is_open: bool) -> Part:
    pages = site._registry.get(kind.model)
    may_see = pages is not None and pages.has_view_permission(request)
    may_add = pages is not None and is_open and pages.has_add_permission(request)
    return Part(
        kind,
        count,
        _address(kind, "changelist", {"edition__id__exact": edition.pk}) if may_see else None,
        _address(kind, "add", _owners(kind, edition)) if may_add else None,
    )


def _owners(kind: Kind, edition: Edition) -> dict[str, str]:
    of_edition = {"edition": edition.pk}
    return {"organization": edition.organization_id, **of_edition} if kind.is_of_organization else of_edition


def _address(kind: Kind, page: str, parameters: dict[str, str]) -> str:
    options = kind.model._meta
    return f"{reverse(f'admin:{options.app_label}_{options.model_name}_{page}')}?{urlencode(parameters)}"
