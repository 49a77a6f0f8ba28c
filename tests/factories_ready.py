"""An edition in which every check of the healthcheck passes."""

from datetime import datetime, timedelta
from typing import Any

from consents.choices import ConsentType
from consents.models import Consent
from editions.choices import EmailScope, EmailType, TriggerEvent
from editions.models import (
    Category,
    Coupon,
    Edition,
    EmailMessage,
    FeeRule,
    MerchantAccount,
    Option,
    ProductImage,
    SenderDomain,
    Trigger,
    Variant,
)
from editions.models.credentials import SET_AT
from preo.accounts.models import Organization
from preo.encryption import encrypt
from preo.files.models import StoredFile
from preo.public_ids import new
from tests.factories import NOON, make_edition, make_location, make_product, make_vendor

DAY = timedelta(days=1)


def both(text: str) -> dict[str, str]:
    """In English and in Danish, the languages of the edition."""
    return {"en": text, "da": f"{text} på dansk"}


def make_ready_edition(organization: Organization, *, now: datetime = NOON, **others: Any) -> Edition:
    """Two products, one of them a vendor's; English and Danish; starts ten days after `now`. A draft."""
    account = MerchantAccount.objects.create(
        organization=organization,
        name="Main",
        type="stripe",
        supported_currencies=["dkk"],
        credentials=sealed("secret_key", "webhook_secret"),
    )
    SenderDomain.objects.get_or_create(organization=organization, domain="ours.example", defaults={"verified_at": NOON})
    defaults = {
        "is_draft": True,
        "published_at": None,
        "start_date": now + 10 * DAY,
        "end_date": now + 13 * DAY,
        "timezone": "Europe/Copenhagen",
        "enabled_languages": ["en", "da"],
        "tax_type": "vat",
        "default_price_tax_rate": 25,
        "merchant_account": account,
        "fee_rule": FeeRule.objects.create(organization=organization, name="Usual"),
        "email_sender_name": "Summer Days",
        "email_sender_address": "hello@ours.example",
        "email_reply_to": "help@ours.example",
        "meta_title": both("Summer Days"),
        "meta_description": both("Tents and drinks."),
        "meta_image": make_image(organization),
    }
    edition = make_edition(organization, **(defaults | others))
    _furnish(edition, now=now)
    return edition


def sealed(*names: str, **values: str) -> bytes:
    """Credentials as they are kept; those that are only named have some value."""
    known = dict.fromkeys(names, "hidden") | values
    return encrypt(known | {name + SET_AT: NOON.isoformat() for name in known})


def make_image(organization: Organization) -> StoredFile:
    key = new("fil")
    return StoredFile.objects.create(
        organization=organization, file_name="tent.jpg", content_type="image/jpeg", key=key, size=1
    )


def make_ready_message(edition: Edition, type_: EmailType, **others: Any) -> EmailMessage:
    """A message of the edition in both languages."""
    defaults = {"subject": both("Thank you"), "blocks": [{"type": "text", "html": both("<p>Hello</p>")}]}
    return EmailMessage.objects.create(
        organization=edition.organization,
        edition=edition,
        title=type_.label,
        type=type_,
        scope=EmailScope.EDITION,
        **(defaults | others),
    )


def make_ready_product(edition: Edition, **others: Any) -> Any:
    """In a category, at a pickup point, with an image and a description."""
    defaults = {"description": both("Dry and roomy."), "category": edition.categories.first()}
    product = make_product(edition, **(defaults | others))
    product.locations.set(edition.locations.filter(is_draft=False)[:1])
    ProductImage.objects.create(product=product, file=make_image(edition.organization))
    return product


def _furnish(edition: Edition, *, now: datetime) -> None:
    Category.objects.create(edition=edition, name="Sleeping")
    make_location(edition)
    tent = make_ready_product(edition, is_rental=True)
    for size in ("Small", "Large"):
        Variant.objects.create(product=tent, name=size)
    Option.objects.create(product=tent, name="Without pegs", price_mod_minor=-50_00, deposit_mod_minor=-10_00)
    make_ready_product(edition, name="Locker", vendor=make_vendor(edition, edition.organization))
    Coupon.objects.create(edition=edition, code="EARLY", rate_off=10, valid_until=now + DAY)
    receipt = make_ready_message(edition, EmailType.RECEIPT)
    confirmation = make_ready_message(edition, EmailType.REFUND_CONFIRMATION)
    Edition.objects.filter(pk=edition.pk).update(
        transaction_receipt_email=receipt, refund_confirmation_email=confirmation
    )
    edition.refresh_from_db()
    reminder = make_ready_message(edition, EmailType.REMINDER)
    Trigger.objects.create(edition=edition, event=TriggerEvent.ORDER_CONFIRMED, email_message=reminder, is_active=True)
    Consent.objects.create(
        organization=edition.organization,
        edition=edition,
        title="Terms",
        type=ConsentType.TERMS,
        required=True,
        published=True,
        published_date=NOON,
        consent_text=both("I accept the terms."),
    )
