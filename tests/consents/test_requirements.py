"""What must be agreed to before an order, and before marketing is sent."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consents.choices import AnswerState, ConsentType
from consents.models import Consent
from consents.operations import change_consent, create_consent
from consents.requirements import may_be_sent_marketing, missing_consents
from editions.models import Edition
from preo.accounts.models import Organization, OrganizationCustomer
from tests.consents.asking import TEXT, answer, make_asked, make_known, make_next
from tests.factories import NOON, make_edition, make_product, make_vendor

WITHDRAWN = AnswerState.WITHDRAWN
HOUR = timedelta(hours=1)


@pytest.fixture
def known(ours: Organization) -> OrganizationCustomer:
    return make_known(ours)


def missing(edition: Edition, known: OrganizationCustomer, **others: Any) -> list[str]:
    (found,) = missing_consents(edition, customers=[known.customer_id], **others).values()
    return [consent.title for consent in found]


def test_missing_consents_are_what_is_asked_of_everybody_and_in_the_edition(
    ours: Organization, theirs: Organization, edition: Edition, known: OrganizationCustomer
) -> None:
    make_vendor(edition, theirs)
    make_asked(ours, title="Everywhere", order=2)
    make_asked(ours, title="Here", edition=edition, order=1)
    make_asked(ours, title="Vendor", vendor_org=theirs, order=3)
    make_asked(ours, title="Elsewhere", edition=make_edition(ours))
    make_asked(ours, title="Optional", required=False)
    make_asked(theirs, title="Theirs")

    assert missing(edition, known) == ["Here", "Everywhere", "Vendor"]


def test_missing_consents_leave_out_a_vendor_that_takes_part_in_another_edition(
    ours: Organization, theirs: Organization, edition: Edition, known: OrganizationCustomer
) -> None:
    make_vendor(make_edition(ours), theirs)
    make_asked(ours, vendor_org=theirs)

    assert missing(edition, known) == []


def test_missing_consents_of_products_count_for_who_buys_one(
    ours: Organization, edition: Edition, known: OrganizationCustomer
) -> None:
    tent, locker, drink = (make_product(edition) for _ in range(3))
    make_asked(ours, title="Tents", products=[tent, locker])

    assert missing(edition, known) == []
    assert missing(edition, known, product_ids=[drink.pk]) == []
    assert missing(edition, known, product_ids=[drink.pk, locker.pk, tent.pk]) == ["Tents"]


def test_missing_consents_leave_out_what_is_not_in_force(
    ours: Organization, edition: Edition, known: OrganizationCustomer
) -> None:
    values = {"title": "Draft", "required": True, "consent_text": TEXT}
    create_consent(ours, values=values, by=None, now=NOON)
    change_consent(make_asked(ours, title="Disabled"), changes={"enabled": False}, by=None, now=NOON)

    assert missing(edition, known) == []


def test_missing_consents_are_over_once_given_and_back_once_withdrawn(
    ours: Organization, edition: Edition, known: OrganizationCustomer
) -> None:
    consent = make_asked(ours)

    answer(known, consent)
    assert missing(edition, known) == []

    answer(known, consent, WITHDRAWN, at=NOON + HOUR)
    assert missing(edition, known) == ["Terms"]


def test_missing_consents_ask_again_for_the_next_version(
    ours: Organization, edition: Edition, known: OrganizationCustomer
) -> None:
    consent = make_asked(ours)
    answer(known, consent)

    later = make_next(consent)
    (found,) = missing_consents(edition, customers=[known.customer_id])[known.customer_id]
    assert found == later

    answer(known, later)
    assert missing(edition, known) == []


def test_missing_consents_of_many_cost_one_query(ours: Organization, edition: Edition) -> None:
    terms, rules = make_asked(ours), make_asked(ours, title="Rules", edition=edition)
    people = [make_known(ours) for _ in range(20)]
    for one in people[:5]:
        answer(one, terms)
    customers = [one.customer_id for one in people]

    with CaptureQueriesContext(connection) as captured:
        found = missing_consents(edition, customers=customers)

    assert len(captured) == 1
    assert {key: [row.pk for row in rows] for key, rows in found.items()} == {
        one.customer_id: [rules.pk] if place < 5 else [terms.pk, rules.pk] for place, one in enumerate(people)
    }


def test_missing_consents_of_nobody_are_none(ours: Organization, edition: Edition) -> None:
    make_asked(ours)

    assert missing_consents(edition, customers=[]) == {}


@pytest.fixture
def marketing(ours: Organization) -> Consent:
    return make_asked(ours, type=ConsentType.MARKETING, required=False)


def test_may_be_sent_marketing_who_agreed_last(ours: Organization, marketing: Consent) -> None:
    agreed, withdrew, silent, came_back = (make_known(ours) for _ in range(4))
    answer(agreed, marketing)
    for one in (withdrew, came_back):
        answer(one, marketing, at=NOON)
        answer(one, marketing, WITHDRAWN, at=NOON + HOUR)
    answer(came_back, marketing, at=NOON + 2 * HOUR)

    found = may_be_sent_marketing(
        marketing, customers=[one.customer_id for one in (agreed, withdrew, silent, came_back)]
    )

    assert found == {agreed.customer_id, came_back.customer_id}


def test_may_be_sent_marketing_goes_by_any_version(ours: Organization, marketing: Consent) -> None:
    known = make_known(ours)
    answer(known, marketing)

    assert may_be_sent_marketing(make_next(marketing), customers=[known.customer_id]) == {known.customer_id}


def test_may_be_sent_marketing_nobody_but_who_is_asked_about(ours: Organization, marketing: Consent) -> None:
    answer(make_known(ours), marketing)

    assert may_be_sent_marketing(marketing, customers=[make_known(ours).customer_id]) == set()


def test_may_be_sent_marketing_is_about_marketing_alone(ours: Organization) -> None:
    with pytest.raises(ValueError, match="no consent to marketing"):
        may_be_sent_marketing(make_asked(ours), customers=[])
