"""Consents that customers are asked, and what they answer, for tests."""

from datetime import datetime
from typing import Any

from consents.choices import AnswerChannel, AnswerState, ConsentType
from consents.models import Consent, ConsentAnswer
from consents.operations import create_consent, create_version, publish_consent
from consents.operations.answering import record_answer
from editions.choices import Language
from preo.accounts.models import Customer, Organization, OrganizationCustomer
from tests.factories import NOON, make_customer

TEXT = {"en": "I agree.", "da": "Jeg accepterer."}


def make_asked(organization: Organization, **values: Any) -> Consent:
    """Published and in force: required terms, unless told otherwise; in English alone for editions and products."""
    text = {"en": TEXT["en"]} if {"edition", "products"} & values.keys() else TEXT
    defaults = {"title": "Terms", "type": ConsentType.TERMS, "required": True, "consent_text": text}
    draft = create_consent(organization, values=defaults | values, by=None, now=NOON)
    return publish_consent(draft, by=None, now=NOON)


def make_next(consent: Consent) -> Consent:
    """The next version, in force."""
    return publish_consent(create_version(consent, by=None, now=NOON), by=None, now=NOON)


def make_known(organization: Organization, *, customer: Customer | None = None, **values: Any) -> OrganizationCustomer:
    """A customer as the organization knows one; a new one unless given, in which case it comes to know this one."""
    if customer:
        return OrganizationCustomer.objects.create(organization=organization, customer=customer, **values)
    return OrganizationCustomer.objects.select_related("customer").get(customer=make_customer(organization))


def answer(
    known: OrganizationCustomer, consent: Consent, state: str = AnswerState.GIVEN, *, at: datetime = NOON, **others: Any
) -> ConsentAnswer:
    """On the website, in English."""
    defaults: dict[str, Any] = {"language": Language.EN, "channel": AnswerChannel.WEB, "by": None, "now": at}
    return record_answer(known, consent, state=state, **(defaults | others))
