"""Answers as tables: one writer for the API and the command."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from consents.evidence import shown
from consents.models.answers import ConsentAnswerQuerySet

AT_ONCE = 2000
"""How many rows are fetched together, and so held at once."""

ANSWER_COLUMNS = (
    "answer_id",
    "customer_id",
    "organization_id",
    "edition_id",
    "consent_id",
    "title",
    "type",
    "version",
    "state",
    "answered_at",
    "language",
    "channel",
    "text",
    "document_url",
    "text_sha256",
    "ip_address",
    "user_agent",
    "recorded_by",
    "recorded_at",
)
OUTDATED_SOURCES = {
    "customer_id": "known__customer_id",
    "full_name": "known__customer__full_name",
    "email": "known__customer__email",
    "phone_number": "known__customer__phone_number",
    "locale": "known__customer__locale",
    "consent_id": "consent_id",
    "version": "version",
    "answered_at": "answered_at",
    "language": "language",
    "channel": "channel",
}
OUTDATED_COLUMNS = tuple(OUTDATED_SOURCES)


def answer_rows(answers: ConsentAnswerQuerySet) -> Iterator[tuple[object, ...]]:
    """In their order, under ANSWER_COLUMNS, each with the words that were shown; moments in UTC. One query."""
    for answer in answers.in_full().iterator(chunk_size=AT_ONCE):
        yield _answer(answer)


def outdated_rows(answers: Any) -> Iterator[tuple[object, ...]]:
    """Whom to ask again and what they agreed to, in the order of `answers`, under OUTDATED_COLUMNS. One query."""
    rows = answers.values_list(*OUTDATED_SOURCES.values())
    for row in rows.iterator(chunk_size=AT_ONCE):
        yield tuple(_text(cell) if isinstance(cell, datetime) else cell for cell in row)


def _answer(answer: Any) -> tuple[object, ...]:
    consent, origin, person = answer.consent, getattr(answer, "origin", None), answer.recorded_by
    return (
        *(answer.pk, answer.known.customer_id, consent.organization_id, consent.edition_id),
        *(consent.pk, consent.title, consent.type, answer.version, answer.state),
        *(_text(answer.answered_at), answer.language, answer.channel),
        *(*shown(consent, language=answer.language), answer.text_sha256),
        *(origin and origin.ip_address, origin and origin.user_agent),
        *(person and person.email, _text(answer.created)),
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
