"""Consents, and answers to them, for tests."""

from typing import Any

from consents.choices import AnswerChannel, AnswerState
from consents.evidence import text_sha256
from consents.models import Consent, ConsentAnswer
from consents.operations import create_consent, create_version, publish_consent
from preo.accounts.models import Organization, OrganizationCustomer
from tests.factories import NOON, make_customer

TEXT = {"en": "I agree."}


def make_draft(organization: Organization, **values: Any) -> Consent:
    return create_consent(organization, values={"title": "Terms", "consent_text": TEXT} | values, by=None, now=NOON)


def make_published(organization: Organization, **values: Any) -> Consent:
    return publish_consent(make_draft(organization, **values), by=None, now=NOON)


def make_next(consent: Consent) -> Consent:
    """A draft of the version after this one."""
    return create_version(consent, by=None, now=NOON)


def make_answered(consent: Consent) -> ConsentAnswer:
    """Somebody has given the consent."""
    known = OrganizationCustomer.objects.get(customer=make_customer(consent.organization))
    return ConsentAnswer.objects.create(
        known=known,
        consent=consent,
        line_id=consent.line_id,
        state=AnswerState.GIVEN,
        version=consent.version,
        text_sha256=text_sha256(consent, language="en"),
        language="en",
        channel=AnswerChannel.WEB,
        answered_at=max(NOON, consent.published_date or NOON),
    )
