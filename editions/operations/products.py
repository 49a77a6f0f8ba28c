"""Products by their codes in another system."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from editions.models import Edition, Product
from preo.recording import operation


@dataclass(frozen=True, slots=True)
class ForeignProduct:
    """What another system says of a product; the price is in minor units of the edition's currency."""

    name: str
    price_minor: int


def known_products(edition: Edition, *, codes: Collection[str]) -> dict[str, str]:
    """Ids of the edition's products by their external codes."""
    return dict(
        Product.objects.filter(edition=edition, external_id__in=codes).order_by().values_list("external_id", "id")
    )


@operation
def find_or_create_products(
    edition: Edition, *, wanted: Mapping[str, ForeignProduct], now: datetime
) -> tuple[dict[str, str], int]:
    """Ids by external code, and how many products are new. New ones are drafts; known ones stay as they are."""
    known = known_products(edition, codes=wanted.keys())
    unknown = [
        Product(
            edition=edition,
            external_id=code,
            name=product.name,
            price_minor=product.price_minor,
            is_draft=True,
            created=now,
            modified=now,
        )
        for code, product in wanted.items()
        if code not in known
    ]
    Product.objects.bulk_create(unknown)
    return known | {product.external_id or "": product.pk for product in unknown}, len(unknown)
