"""All versions of one consent: how each stands, who published it, what was answered, what it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import Count, Q

from consents.admin.comparing import Difference, differences
from consents.choices import AnswerState
from consents.models import Consent
from preo.audit.actors import actors_of
from preo.audit.models import AuditEvent
from preo.public_ids import decode

MOST_COMPARED = 20
"""Versions, the newest ones, whose changes are told."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version as staff see it; `changes` is None where it isn't compared with the one before."""

    consent: Consent
    standing: tuple[str, str]
    published_by: str
    given: int
    withdrawn: int
    changes: list[Difference] | None


def versions_of(consent: Consent) -> list[Version]:
    """The newest first. As many queries for many as for one."""
    rows: list[Any] = list(_line_of(consent))
    publishers = _publishers(rows)
    changes = _changes(rows)
    return [
        Version(row, standing_of(row), publishers.get(row.pk, ""), row.given, row.withdrawn, changes.get(row.pk))
        for row in rows
    ]


def standing_of(consent: Consent) -> tuple[str, str]:
    """How it stands, as the value and the words of a pill."""
    if not consent.published:
        return "draft", "Draft"
    if is_superseded(consent):
        return "superseded", "Superseded"
    return ("published", "In force") if consent.enabled else ("disabled", "Disabled")


def is_superseded(consent: Consent) -> bool:
    """Whether a later version has taken its place, so that nobody is asked for it whatever is set."""
    later: Consent | None = getattr(consent, "superseded_by", None)
    return bool(consent.published and later and later.published)


def _line_of(consent: Consent) -> Any:
    of_line = Consent.objects.filter(Q(pk=consent.line_id) | Q(first=consent.line_id)).order_by("-version")
    counts = {
        "given": Count("answers", filter=Q(answers__state=AnswerState.GIVEN)),
        "withdrawn": Count("answers", filter=Q(answers__state=AnswerState.WITHDRAWN)),
    }
    related = of_line.with_later().select_related("edition__event", "vendor_org").prefetch_related("products")
    return related.annotate(**counts)


def _publishers(rows: Sequence[Consent]) -> dict[str, str]:
    """Who published each, by its id; the trail knows."""
    ids = {decode(row.pk)[1]: row.pk for row in rows}
    events = AuditEvent.objects.filter(object_uuid__in=ids, object_type=Consent._meta.label_lower)
    published = list(events.filter(changes__published__1=True).order_by("created", "id"))
    actors = actors_of(published)
    return {ids[event.object_uuid]: actors.name(event) for event in published}


def _changes(rows: Sequence[Consent]) -> Mapping[str, list[Difference]]:
    newest = list(pairwise(rows))[:MOST_COMPARED]
    return {after.pk: differences(before, after) for after, before in newest}
