"""Consents of an edition, for routes that are about those."""

from consents.models import Consent
from consents.operations import create_consent, publish_consent
from editions.models import Edition
from tests.factories import NOON


def a_consent(edition: Edition, children: int = 1) -> Consent:
    """A draft."""
    values = {"title": "Terms", "edition": edition, "consent_text": {"en": "I agree."}}
    return create_consent(edition.organization, values=values, by=None, now=NOON)


def a_published_consent(edition: Edition, children: int = 1) -> Consent:
    return publish_consent(a_consent(edition), by=None, now=NOON)
