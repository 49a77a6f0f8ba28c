"""Editions with much in them, and what is sent to the database meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product as pairs
from typing import Any
from unittest.mock import patch

import psycopg
from django.db import connection

from consents.models import Consent
from editions.choices import EmailScope, EmailType, TriggerEvent
from editions.models import (
    Category,
    Coupon,
    Edition,
    EmailMessage,
    Option,
    PassDesign,
    Product,
    ProductImage,
    Trigger,
    Variant,
)
from preo.accounts.models import Organization
from preo.files.models import StoredFile
from preo.public_ids import new
from tests.factories import make_edition, make_location, make_product, make_vendor


def make_file(organization: Organization) -> StoredFile:
    return StoredFile.objects.create(
        organization=organization, file_name="tent.jpg", content_type="image/jpeg", key=new("fil"), size=1
    )


def make_message(organization: Organization, *, edition: Edition | None = None, **others: Any) -> EmailMessage:
    """A receipt: of the edition where one is given, a template of the organization otherwise."""
    scope = EmailScope.EDITION if edition else EmailScope.TEMPLATE
    defaults = {"title": "Receipt", "subject": {"en": "Thanks"}, "type": EmailType.RECEIPT, "scope": scope}
    return EmailMessage.objects.create(organization=organization, edition=edition, **(defaults | others))


def make_furnished_edition(organization: Organization, **others: Any) -> Edition:
    """With one of everything, two messages, and ids within JSON."""
    edition = make_edition(organization, **others)
    gate, category = make_location(edition), Category.objects.create(edition=edition, name="Tents")
    tent = make_product(edition, category=category, vendor=make_vendor(edition, organization))
    tent.locations.add(gate)
    ProductImage.objects.create(product=tent, file=make_file(organization))
    Variant.objects.create(product=tent, name="Large")
    Option.objects.create(product=tent, name="Pitched", price_mod_minor=50_00)
    Coupon.objects.create(edition=edition, code="EARLY", rate_off=10)
    PassDesign.objects.create(edition=edition, name="Pass", fields=[{"location_id": gate.pk}])
    template, own = make_message(organization), make_message(organization, edition=edition, title="Own")
    Trigger.objects.create(edition=edition, event=TriggerEvent.ORDER_CONFIRMED, email_message=template, is_active=True)
    Consent.objects.create(organization=organization, edition=edition, title="Terms")
    edition.transaction_receipt_email, edition.metadata = own, {"featured": [tent.pk], tent.pk: f"/p/{tent.pk}?x=1"}
    edition.save()
    return edition


def make_large_edition(organization: Organization, *, products: int, **others: Any) -> Edition:
    """So many products, each with 2 variants, 2 options, 2 images and 3 pickup points."""
    edition = make_edition(organization, **others)
    gates, files = [make_location(edition) for _ in range(3)], [make_file(organization) for _ in range(2)]
    made = Product.objects.bulk_create(
        Product(edition=edition, name=f"Tent {number}", price_minor=400_00, description={"en": "A tent. " * 20})
        for number in range(products)
    )
    kinds: Any = (Variant, Option)
    for model in kinds:
        model.objects.bulk_create(model(product=tent, name=name) for tent, name in pairs(made, ("One", "Two")))
    ProductImage.objects.bulk_create(ProductImage(product=tent, file=file) for tent, file in pairs(made, files))
    link = Product.locations.through
    link.objects.bulk_create(link(product=tent, location=gate) for tent, gate in pairs(made, gates))
    return edition


@contextmanager
def statements() -> Iterator[list[str]]:
    """Everything that is sent to the database meanwhile, COPY included."""
    sent: list[str] = []
    copy = psycopg.Cursor.copy

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(sql)
        return execute(sql, params, many, context)

    def noted(cursor: Any, statement: Any, *others: Any) -> Any:
        sent.append(str(statement))
        return copy(cursor, statement, *others)

    # Django's wrappers of statements don't see the driver's COPY.
    with connection.execute_wrapper(note), patch.object(psycopg.Cursor, "copy", noted):
        yield sent
