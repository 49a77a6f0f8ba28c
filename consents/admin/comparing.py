"""What changed between two versions of a consent, word by word."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain

from consents.models import Consent
from editions.choices import Language

SAME, TAKEN, ADDED = "same", "taken", "added"
SHOWN_AROUND = 40
"""Words, blanks and signs that are shown of what stayed, before and after a change."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that stayed, were taken away or were added."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed of one part of a consent."""

    name: str
    pieces: list[Piece]


def differences(before: Consent, after: Consent) -> list[Difference]:
    """Of title, whom and how, and of the text and document in each language; parts that stayed are left out."""
    return [
        Difference(name, pieces_of(old, new))
        for name, old, new in chain(_of_settings(before, after), _of_texts(before, after))
        if old != new
    ]


def pieces_of(before: str, after: str) -> list[Piece]:
    """The words of both, in the order of a reader; of a long part that stayed, what is around a change."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    steps = SequenceMatcher(None, old, new).get_opcodes()
    found: list[Piece] = []
    taken, added = "", ""
    for place, (kind, *(old_from, old_to, new_from, new_to)) in enumerate(steps):
        words = old[old_from:old_to]
        if kind == "equal" and "".join(words).strip():
            found += _changed(taken, added)
            taken, added = "", ""
            shown = _shortened(words, is_first=place == 0, is_last=place == len(steps) - 1)
            found.append(Piece(SAME, "".join(shown)))
        else:
            # A blank between two changes belongs to both.
            taken, added = taken + "".join(words), added + "".join(new[new_from:new_to])
    return found + _changed(taken, added)


def _changed(taken: str, added: str) -> list[Piece]:
    return [Piece(kind, text) for kind, text in ((TAKEN, taken), (ADDED, added)) if text]


def _shortened(words: list[str], *, is_first: bool, is_last: bool) -> list[str]:
    head, tail = (0 if is_first else SHOWN_AROUND), (0 if is_last else SHOWN_AROUND)
    if len(words) <= head + tail + 1:
        return words
    return [*words[:head], " … " if head else "… ", *words[len(words) - tail :]]


def _of_settings(before: Consent, after: Consent) -> Iterator[tuple[str, str, str]]:
    yield "Title", before.title, after.title
    yield "Required", _yes(before.required), _yes(after.required)
    yield "Asked of", asked_of(before), asked_of(after)


def _of_texts(before: Consent, after: Consent) -> Iterator[tuple[str, str, str]]:
    parts: Mapping[str, str] = {"consent_text": "text", "document_url": "document"}
    for code, language in Language.choices:
        for field, part in parts.items():
            yield f"{language} {part}", getattr(before, field).get(code, ""), getattr(after, field).get(code, "")


def _yes(is_so: bool) -> str:
    return "Yes" if is_so else "No"


def asked_of(consent: Consent) -> str:
    """In words: one edition, vendor, products, or everybody."""
    products = sorted(product.name for product in consent.products.all())
    return str(consent.edition or consent.vendor_org or ", ".join(products) or "Everybody")
