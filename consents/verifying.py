"""Holds what was recorded of answers against the versions that they name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Count

from consents.evidence import text_sha256
from consents.models import Consent, ConsentAnswer

AT_ONCE = 1000
"""How many groups are held at once."""

LIKE_ONE_ANOTHER = ("consent_id", "line_id", "version", "language", "text_sha256")
"""Answers that agree in these are right together or wrong together."""


@dataclass(frozen=True, slots=True)
class Group:
    """So many answers that say the same of what was shown, and what of that isn't so; empty where all is."""

    said: Mapping[str, Any]
    count: int
    wrong: str

    def __str__(self) -> str:
        answers = "1 answer" if self.count == 1 else f"{self.count} answers"
        return f"{self.said['consent_id']}, {self.said['language']}: {self.wrong} of {answers}"


def verified() -> Iterator[Group]:
    """All answers there are, in groups; in two queries for each thousand of these. Changes nothing."""
    groups = ConsentAnswer.objects.order_by(*LIKE_ONE_ANOTHER).values(*LIKE_ONE_ANOTHER).annotate(count=Count("pk"))
    remaining = groups.iterator(chunk_size=AT_ONCE)
    while some := list(islice(remaining, AT_ONCE)):
        consents = Consent.objects.in_bulk({said["consent_id"] for said in some})
        for said in some:
            yield Group(said, said["count"], _wrong(said, consents[said["consent_id"]]))


def _wrong(said: Mapping[str, Any], consent: Consent) -> str:
    found = {
        "the SHA-256 is not of this text": said["text_sha256"] != text_sha256(consent, language=said["language"]),
        "the version is another": said["version"] != consent.version,
        "the first version is another": said["line_id"] != consent.line_id,
        "it is not published": not consent.published,
    }
    return "; ".join(wrong for wrong, is_so in found.items() if is_so)
