"""What an edition's mails have in common: whom they come from, their language, and what they say of the edition."""

from collections.abc import Mapping
from datetime import date, datetime
from email.utils import parseaddr
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.conf import settings

from editions.models import Edition, EmailMessage, SenderDomain
from preo.accounts.models import Customer
from preo.api.fields import image_urls
from preo.files.models import StoredFile
from preo.mail.blocks import image_ids_in
from preo.mail.languages import language_of, tag_of
from preo.mail.letters import Letter, NothingToSend, Sender, as_one_line
from preo.mail.models import OutgoingMail
from preo.mail.rendering import Content, render
from preo.money import Money

SHOWN_SIZE = "optimized"


def letter(mail: OutgoingMail, *, edition: Edition, variables: Mapping[str, Any]) -> Letter:
    """The mail's message with these values. Needs the edition's organization. Raises NothingToSend, NotRenderable."""
    message = EmailMessage.objects.filter(pk=mail.email_message_id).first()
    if message is None:
        raise NothingToSend("The e-mail message was deleted.")
    rendered = render(
        Content(message.subject, message.blocks),
        language=mail.language,
        fallback=edition.default_language,
        variables=variables,
        image_url=_images_of(message).get,
    )
    return Letter(rendered, sender_of(edition))


def sender_of(edition: Edition) -> Sender:
    """The edition's address if its domain is known to be the organization's, or else the platform's.

    Rule: "Sender" in docs/rules.md.
    """
    name = as_one_line(edition.email_sender_name) or as_one_line(edition.organization.name)
    own = edition.email_sender_address
    address = own if own and _is_verified(own, edition) else parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return Sender(name, address, reply_to=edition.email_reply_to)


def language_for(customer: Customer, edition: Edition) -> str:
    """The customer's language where the edition speaks it, or else the edition's own."""
    return language_of(customer.locale, among=edition.enabled_languages, otherwise=edition.default_language)


def edition_variables(edition: Edition) -> dict[str, Any]:
    """What every message can say of where it comes from. Needs `organization` and `event`."""
    return {"organization": {"name": edition.organization.name}, "edition": {"name": edition.full_name}}


def customer_variables(customer: Customer) -> dict[str, Any]:
    """What every message can say of whom it is to."""
    first_name, *_ = customer.full_name.split() or [""]
    return {"customer": {"first_name": first_name, "full_name": customer.full_name, "email": customer.email}}


def amount(minor: int, currency: str, *, language: str) -> str:
    """Minor units as readers of the language expect them."""
    return Money(minor, currency).formatted(tag_of(language))


def amount_if_any(minor: int, currency: str, *, language: str) -> str:
    """Like `amount`, and empty for nothing."""
    return amount(minor, currency, language=language) if minor else ""


def day(moment: datetime, edition: Edition, *, language: str) -> str:
    """The day of a moment where the edition is, in words."""
    return in_words(moment.astimezone(ZoneInfo(edition.timezone)).date(), language=language)


def in_words(day: date, *, language: str) -> str:
    """A day as readers of the language write it."""
    return format_date(day, format="long", locale=tag_of(language))


def _is_verified(address: str, edition: Edition) -> bool:
    domain = address.rpartition("@")[2]
    verified = SenderDomain.objects.filter(organization_id=edition.organization_id, verified_at__isnull=False)
    return verified.filter(domain__iexact=domain).exists()


def _images_of(message: EmailMessage) -> dict[str, str]:
    """Where mail programs find the message's images, by id. One query."""
    ids = image_ids_in(message.blocks)
    rows = StoredFile.objects.filter(organization_id=message.organization_id, pk__in=ids) if ids else []
    return {file.pk: urljoin(settings.PUBLIC_URL, image_urls(file.key, None)[SHOWN_SIZE]) for file in rows}
