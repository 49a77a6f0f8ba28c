"""Consents of an edition, for routes that are about those."""

from typing import Any

from consents.models import Consent, ConsentAnswer
from consents.operations import create_consent, publish_consent
from editions.models import Edition
from preo.accounts.models import Customer
from tests.consents.asking import answer, make_known, make_next
from tests.factories import NOON


def a_consent(edition: Edition, children: int = 1) -> Consent:
    """A draft."""
    values = {"title": "Terms", "edition": edition, "consent_text": {"en": "I agree."}}
    return create_consent(edition.organization, values=values, by=None, now=NOON)


def a_published_consent(edition: Edition, children: int = 1) -> Consent:
    return publish_consent(a_consent(edition), by=None, now=NOON)


def a_consent_with_outdated_answers(edition: Edition, children: int = 1) -> Consent:
    """Published, with a next version, and so many customers who agreed to this one alone."""
    consent = a_published_consent(edition)
    for _ in range(children):
        answer(make_known(edition.organization), consent)
    make_next(consent)
    return consent


def an_answer(customer: Customer) -> dict[str, Any]:
    """What the customer answers to a consent that they answered before."""
    known = ConsentAnswer.objects.filter(known__customer=customer).latest("created")
    return {"consent_id": known.consent_id, "state": "given", "language": "en", "channel": "api"}
