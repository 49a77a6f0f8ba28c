"""What the address of a document must be, so that every browser opens it and nobody is misled by how it looks."""

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_domain_name

WITHIN = (".localhost", ".local", ".internal")
"""Names that lead everybody somewhere else, or nowhere (RFC 6761, RFC 6762)."""

_is_https = URLValidator(schemes=["https"])
# What RFC 3986 lets an address be written with, but for the quote, and a percent sign that stands for something.
_PLAIN = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&()*+,;=]|%[0-9A-Fa-f]{2})*")


def wrong_with(address: str) -> Iterator[tuple[str, str]]:
    """Codes and sentences; nothing for an address that will do."""
    try:
        _is_https(address)
        parts = urlsplit(address)
        port = parts.port
    except ValidationError:
        yield "not_https", "A document is at a complete address with https://."
        return
    except ValueError:
        port = 0
    # Also what only looks like a host to a person: https://known.example\\@other.example.
    if "@" in parts.netloc:
        yield "with_credentials", "An address has no name or password in it."
    if port == 0:
        yield "not_a_port", "A port is a number from 1 to 65535."
    yield from _unlike_an_address(address, parts)


def _unlike_an_address(address: str, parts: SplitResult) -> Iterator[tuple[str, str]]:
    if not parts.netloc.isascii():
        yield "host_not_ascii", "Write a host with letters of other alphabets as browsers send it, with xn--."
    if not _PLAIN.fullmatch(address):
        yield (
            "unsafe_character",
            "An address has no blanks, quotes, angle brackets, or letters beyond a to z: write %20 and the like.",
        )
    if not _is_public(parts.hostname or ""):
        yield "not_public", "A document is where every customer finds it: at a domain, and no number or local name."


def _is_public(host: str) -> bool:
    try:
        validate_domain_name(host)
    except ValidationError:
        return False
    return not f".{host.rstrip('.')}".endswith(WITHIN)
