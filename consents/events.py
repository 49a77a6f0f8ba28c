"""What subscribers are told about the answers to consents."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from consents.models import Consent, ConsentAnswer
from preo.webhooks.outbox import Event, announce_events


def payload(answer: ConsentAnswer) -> dict[str, Any]:
    """Who answered what; not where they were, which is nobody's business."""
    return {
        "id": answer.pk,
        "organization_id": answer.consent.organization_id,
        "edition_id": answer.consent.edition_id,
        "customer_id": answer.known.customer_id,
        "consent_id": answer.consent_id,
        "type": answer.consent.type,
        "version": answer.version,
        "state": answer.state,
        "channel": answer.channel,
        "answered_at": answer.answered_at.isoformat(),
    }


def tell_of_answers(answers: Iterable[ConsentAnswer], *, now: datetime) -> None:
    """Announce `consent.given` or `consent.withdrawn` for each, in the transaction that recorded them."""
    announce_events((_event(answer, answer.consent) for answer in answers), now=now)


def _event(answer: ConsentAnswer, consent: Consent) -> Event:
    return Event(f"consent.{answer.state}", payload(answer), consent.organization_id, consent.edition_id)
