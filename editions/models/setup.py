"""What is loaded with an edition so that its healthcheck needs no further query."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Prefetch

from editions.models.catalog import Location, Product, ProductImage, VendorParticipation
from editions.models.messages import SenderDomain, Trigger

RELATED = (
    "organization",
    "event",
    "merchant_account",
    "transaction_receipt_email",
    "refund_confirmation_email",
)

_images = ProductImage.objects.filter(product=OuterRef("pk"))
_pickups = Location.objects.filter(products=OuterRef("pk")).order_by()
_domains = SenderDomain.objects.filter(organization=OuterRef("organization")).verified()

_lookups: list[str | Prefetch[Any]] = [
    Prefetch(
        "products",
        Product.objects.annotate(has_image=Exists(_images), pickup_point_ids=ArraySubquery(_pickups.values("pk"))),
    ),
    "products__variants",
    "products__options",
    "locations",
    Prefetch("vendors", VendorParticipation.objects.select_related("organization")),
    "coupons",
    Prefetch("triggers", Trigger.objects.select_related("email_message")),
]


def load_with_setup(*lookups: str | Prefetch[Any]) -> None:
    """For apps above editions: what the checks of theirs read. Each lookup costs a query a batch."""
    _lookups.extend(lookups)


def with_setup(editions: Any) -> Any:
    """The editions with `verified_domains` and everything else that checks read; a query for each lookup."""
    domains = ArraySubquery(_domains.values("domain"))
    return editions.select_related(*RELATED).annotate(verified_domains=domains).prefetch_related(*_lookups)
