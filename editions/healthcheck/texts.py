"""What checks ask of texts: the languages that one lacks, and names that are there twice."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Model

from editions.choices import Language
from editions.healthcheck.registry import Noted
from editions.models import EmailMessage, Location, Product, Trigger, VendorParticipation

NEEDED = {"heading": "text", "text": "html", "button": "label"}
"""The member of each type of block without which it says nothing."""


def absent(text: Mapping[str, str], languages: Sequence[Language]) -> Sequence[Language]:
    """The languages in which a text is missing or blank."""
    return [language for language in languages if not (text.get(language) or "").strip()]


def languages_missing(message: EmailMessage, languages: Sequence[Language]) -> Sequence[Language]:
    """The languages in which a message has no subject, no content, or a block without its text."""
    if not message.blocks:
        return languages
    texts = [message.subject, *_texts_of(message)]
    return [language for language in languages if any(absent(text, [language]) for text in texts)]


def named(languages: Sequence[Language]) -> str:
    """As a person says them."""
    return ", ".join(language.label for language in languages)


def name_of(row: Model) -> str:
    """What a row is called: never by the id of another, and a vendor not by a code."""
    match row:
        case Trigger():
            return f"{row.get_event_display()}: {row.email_message}"
        case VendorParticipation():
            return str(row.organization)
    return str(row)


def namesakes(rows: Sequence[Product] | Sequence[Location]) -> Iterator[Noted]:
    """The rows whose name another one has too, whatever its case."""
    names = Counter(row.name.strip().casefold() for row in rows)
    return (Noted(row, row.name.strip()) for row in rows if names[row.name.strip().casefold()] > 1)


def _texts_of(message: EmailMessage) -> Iterator[Mapping[str, Any]]:
    for block in message.blocks:
        if member := NEEDED.get(block.get("type", "")):
            yield block.get(member) or {}
