"""What is loaded with an edition so that its healthcheck needs no further query."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Prefetch

from editions.models.catalog import Location, Option, Product, ProductImage, Variant, VendorParticipation
from editions.models.messages import SenderDomain, Trigger

RELATED = (
    "organization",
    "event",
    "merchant_account",
    "transaction_receipt_email",
    "refund_confirmation_email",
)

UNREAD = ("created", "modified")

Lookup = Callable[[], Prefetch[Any]]

_further: list[Lookup] = []


def load_with_setup(lookup: Lookup) -> None:
    """For apps above editions: what the checks of theirs read. It costs a query a batch."""
    _further.append(lookup)


def with_setup(editions: Any) -> Any:
    """The editions with `verified_domains` and everything else that checks read; a query for each lookup."""
    domains = SenderDomain.objects.filter(organization=OuterRef("organization")).verified()
    return (
        editions.select_related(*RELATED)
        .annotate(verified_domains=ArraySubquery(domains.values("domain")))
        .prefetch_related(*_catalog(), *_selling(), *(lookup() for lookup in _further))
    )


def _catalog() -> Sequence[Prefetch[Any]]:
    """Rows by the thousand: without what no check reads, and in bare lists where a query set would cost too much."""
    images = ProductImage.objects.filter(product=OuterRef("pk"))
    points = Location.objects.filter(products=OuterRef("pk")).order_by().values("pk")
    products = Product.objects.annotate(has_image=Exists(images), pickup_point_ids=ArraySubquery(points))
    return [
        Prefetch("products", products.defer(*UNREAD)),
        Prefetch("products__variants", Variant.objects.defer(*UNREAD), to_attr="variant_list"),
        Prefetch("products__options", Option.objects.defer(*UNREAD), to_attr="option_list"),
    ]


def _selling() -> Sequence[Prefetch[Any]]:
    return [
        Prefetch("locations"),
        Prefetch("vendors", VendorParticipation.objects.select_related("organization")),
        Prefetch("coupons"),
        Prefetch("triggers", Trigger.objects.select_related("email_message")),
    ]
