"""What is left of HTML that people write: paragraphs, lists, emphasis and links."""

import re
import secrets
from collections.abc import Container

import nh3

from preo.mail.addresses import is_address, quoted
from preo.mail.liquid import MARKUP

TAGS = {"p", "br", "strong", "em", "u", "a", "ul", "ol", "li"}
DROPPED_WITH_CONTENT = {"script", "style", "iframe", "object", "embed", "noscript", "template", "svg", "math"}


def _quoted(tag: str, attribute: str, value: str) -> str:
    # MJML writes what no address can hold as an escape that only Rust can read.
    return quoted(value)


_AFTER = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags=DROPPED_WITH_CONTENT,
    attributes={"a": {"href"}},
    attribute_filter=_quoted,
    url_schemes={"https", "mailto"},
    url_relative="deny",
)


def clean(html: str) -> str:
    """Rendered HTML with nothing in it but what a text block may have."""
    return _AFTER.clean(html)


def clean_source(html: str, *, address_variables: Container[str]) -> str:
    """The same for HTML with Liquid in it, which stays as it was written where it stands in text or in a link."""
    markups = MARKUP.findall(html)
    # An address, so that it may stand for a link; nobody can write one that is made up anew each time.
    stand_in = f"https://{secrets.token_hex(12)}.invalid/"
    numbers = iter(range(len(markups)))
    restore = re.compile(re.escape(stand_in) + r"([0-9]+)/")

    def restored(text: str) -> str:
        return restore.sub(lambda found: markups[int(found[1])], text)

    def only_addresses(tag: str, attribute: str, value: str) -> str | None:
        return value if is_address(restored(value), variables=address_variables, may_be_mail=True) else None

    covered = MARKUP.sub(lambda _: f"{stand_in}{next(numbers)}/", html)
    cleaned = nh3.clean(
        covered,
        tags=TAGS,
        clean_content_tags=DROPPED_WITH_CONTENT,
        attributes={"a": {"href"}},
        attribute_filter=only_addresses,
        url_schemes={"https", "mailto"},
        url_relative="deny",
        link_rel=None,
    )
    return restored(cleaned)
