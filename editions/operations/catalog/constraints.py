"""The constraints of the catalog's tables in sentences, for those that only the database can hold."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from preo.errors import InvalidField

TAKEN: Mapping[str, tuple[str, str]] = {
    "vendor_takes_part_once": ("organization", "This vendor takes part in the edition already."),
    "vendor_code_is_unique_in_edition": ("vendor_code", "Another vendor of the edition has this code."),
    "external_product_is_known_once": ("external_id", "Another product of the edition has this external id."),
    "coupon_code_is_unique_in_edition": ("code", "The edition has a coupon with this code already."),
    "sender_domain_is_named_once": ("domain", "The organization has this domain already."),
    "image_is_once_in_a_gallery": ("images", "An image is in a gallery once."),
}
"""By the name of the constraint: the field it is about, and what is wrong."""


@contextmanager
def explained() -> Iterator[None]:
    """Turns a taken name into an InvalidField. Two who take it at the same moment meet only in the database."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = str(getattr(getattr(error.__cause__, "diag", None), "constraint_name", None))
        if name not in TAKEN:
            raise
        field, detail = TAKEN[name]
        raise InvalidField(field, "taken", detail) from None
