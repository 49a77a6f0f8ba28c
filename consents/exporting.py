"""Answers as tables: one writer for the API and the command."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from consents.evidence import shown
from consents.models import ConsentAnswer
from consents.models.answers import ConsentAnswerQuerySet
from preo.accounts.models import Customer

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
OUTDATED_COLUMNS = (
    "customer_id",
    "full_name",
    "email",
    "phone_number",
    "locale",
    "consent_id",
    "version",
    "answered_at",
    "language",
    "channel",
)


def answer_rows(answers: ConsentAnswerQuerySet) -> Iterator[tuple[object, ...]]:
    """In their order, under ANSWER_COLUMNS, each with the words that were shown; moments in UTC. One query."""
    for answer in answers.in_full().iterator(chunk_size=AT_ONCE):
        yield _answer(answer)


def outdated_rows(answers: Any) -> Iterator[tuple[object, ...]]:
    """Whom to ask again and what they agreed to, in the order of `answers`, under OUTDATED_COLUMNS. One query."""
    for answer in answers.select_related("known__customer").iterator(chunk_size=AT_ONCE):
        yield (*_customer(answer.known.customer), answer.consent_id, answer.version, *_manner(answer))


def _answer(answer: Any) -> tuple[object, ...]:
    consent, origin, person = answer.consent, getattr(answer, "origin", None), answer.recorded_by
    moment, language, channel = _manner(answer)
    return (
        *(answer.pk, answer.known.customer_id, consent.organization_id, consent.edition_id),
        *(consent.pk, consent.title, consent.type, answer.version, answer.state),
        *(moment, language, channel, *shown(consent, language=answer.language), answer.text_sha256),
        *(origin and origin.ip_address, origin and origin.user_agent),
        *(person and person.email, _text(answer.created)),
    )


def _customer(customer: Customer) -> tuple[str, ...]:
    return customer.pk, customer.full_name, customer.email, customer.phone_number, customer.locale


def _manner(answer: ConsentAnswer) -> tuple[str, str, str]:
    return _text(answer.answered_at), answer.language, answer.channel


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
