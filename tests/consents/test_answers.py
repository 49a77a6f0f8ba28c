"""Which answers hold, and which were given to words that are no longer asked."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from consents.answers import answers_in_force, answers_of, outdated
from consents.choices import AnswerState
from consents.evidence import text_sha256
from consents.models import Consent, ConsentAnswer
from consents.operations import change_consent
from preo.accounts.models import Organization, OrganizationCustomer
from preo.public_ids import decode
from tests.consents.asking import answer, make_asked, make_known, make_next
from tests.factories import NOON

WITHDRAWN = AnswerState.WITHDRAWN
HOUR = timedelta(hours=1)


@pytest.fixture
def asked(ours: Organization) -> Consent:
    return make_asked(ours)


@pytest.fixture
def known(ours: Organization) -> OrganizationCustomer:
    return make_known(ours)


def make_merged(known: OrganizationCustomer) -> OrganizationCustomer:
    """Another row of the same customer: of a duplicate that was merged into this one."""
    duplicate = make_known(known.organization)
    merged_from = duplicate.customer_id
    OrganizationCustomer.objects.filter(pk=duplicate.pk).update(customer=known.customer, merged_from=merged_from)
    return OrganizationCustomer.objects.select_related("customer").get(pk=duplicate.pk)


def test_that_hold_is_the_newest_by_when_it_was_said(known: OrganizationCustomer, asked: Consent) -> None:
    newest = answer(known, asked, WITHDRAWN, at=NOON + HOUR)
    answer(known, asked, answered_at=NOON, at=NOON + 2 * HOUR)

    assert answers_of(known.customer_id).that_hold().get() == newest


def test_that_hold_takes_the_last_of_those_of_one_moment(known: OrganizationCustomer, asked: Consent) -> None:
    answer(known, asked)

    assert answer(known, asked, WITHDRAWN) == answers_of(known.customer_id).that_hold().get()


def test_that_hold_is_one_for_all_versions_of_a_consent(known: OrganizationCustomer, asked: Consent) -> None:
    answer(known, asked)
    newest = answer(known, make_next(asked))

    assert ConsentAnswer.objects.that_hold().get() == newest


def test_that_hold_counts_what_a_merged_customer_said(known: OrganizationCustomer, asked: Consent) -> None:
    answer(known, asked)
    newest = answer(make_merged(known), asked, WITHDRAWN, at=NOON + HOUR)

    assert answers_of(known.customer_id).that_hold().get() == newest


def test_that_hold_keeps_customers_apart(ours: Organization, asked: Consent) -> None:
    answers = {answer(make_known(ours), asked).pk for _ in range(2)}

    assert set(ConsentAnswer.objects.that_hold().values_list("pk", flat=True)) == answers


def test_answers_in_force_are_one_for_each_consent_in_one_query(
    ours: Organization, known: OrganizationCustomer, asked: Consent, django_assert_num_queries: Any
) -> None:
    merged = make_merged(known)
    marketing = make_asked(ours, title="News", type="marketing", required=False, order=1)
    expected = [answer(known, asked, at=NOON + HOUR).pk, answer(merged, marketing).pk]
    answer(merged, asked)
    answer(make_known(ours), asked)

    with django_assert_num_queries(1):
        held = [(row.pk, row.consent.title) for row in answers_in_force([known.pk, merged.pk])]

    assert held == list(zip(expected, ["Terms", "News"], strict=True))


def test_outdated_are_those_who_agreed_to_an_earlier_version(ours: Organization, asked: Consent) -> None:
    stale, renewed, withdrawn, silent = (make_known(ours) for _ in range(4))
    first = [answer(one, asked) for one in (stale, renewed, withdrawn)]
    assert not outdated(asked).exists()
    later = make_next(asked)
    answer(renewed, later)
    answer(withdrawn, asked, WITHDRAWN)
    answer(silent, later)

    assert list(outdated(asked)) == list(outdated(later)) == first[:1]


def test_outdated_are_nobody_where_nothing_is_asked(known: OrganizationCustomer, asked: Consent) -> None:
    answer(known, asked)
    change_consent(make_next(asked), changes={"enabled": False}, by=None, now=NOON)

    assert not outdated(asked).exists()


def test_outdated_leaves_out_whoever_was_erased(known: OrganizationCustomer, asked: Consent) -> None:
    answer(known, asked)
    make_next(asked)

    OrganizationCustomer.objects.update(erased_at=NOON)

    assert not outdated(asked).exists()


def test_outdated_counts_what_a_merged_customer_agreed_to(known: OrganizationCustomer, asked: Consent) -> None:
    answer(known, asked)
    answer(make_merged(known), make_next(asked))

    assert not outdated(asked).exists()


CROWD = """
    INSERT INTO accounts_customer (id, full_name, email, phone_number, locale, metadata)
    SELECT gen_random_uuid(), '', n || '@example.org', '', 'en', '{}' FROM generate_series(1, 3000) n;
    INSERT INTO accounts_organizationcustomer (id, organization_id, customer_id, order_count, total_spent_minor)
    SELECT gen_random_uuid(), %(organization)s, id, 0, '{}' FROM accounts_customer WHERE email LIKE '%%@example.org'
        AND full_name = '';
    INSERT INTO consents_consentanswer
        (id, known_id, consent_id, line_id, state, version, text_sha256, language, channel, answered_at)
    SELECT gen_random_uuid(), known.id, %(consent)s, %(consent)s, 'given', 1, %(sha256)s, 'en', 'web', moment
    FROM accounts_organizationcustomer known, generate_series('2026-06-02'::timestamptz, '2026-06-03', '1 day') moment;
    ANALYZE accounts_organizationcustomer, consents_consentanswer, consents_consent, accounts_customer;
"""


@pytest.fixture
def crowd(asked: Consent) -> Consent:
    """3,000 customers who each agreed twice."""
    with connection.cursor() as cursor:
        ids = {"organization": decode(asked.organization_id)[1], "consent": decode(asked.pk)[1]}
        cursor.execute(CROWD, ids | {"sha256": text_sha256(asked, language="en")})
    return asked


def plan_of(rows: Any) -> str:
    return str(rows.explain())


def test_what_holds_of_one_customer_is_read_from_the_index(crowd: Consent) -> None:
    known = OrganizationCustomer.objects.first()
    assert known

    plan = plan_of(answers_in_force([known.pk]))

    assert "answer_that_holds" in plan
    assert "Seq Scan on consents_consentanswer" not in plan


def test_a_page_of_outdated_answers_is_read_from_the_index(crowd: Consent) -> None:
    make_next(crowd)

    plan = plan_of(outdated(crowd)[:100])

    assert "Index Scan using answer_of_line" in plan or "Index Only Scan using answer_of_line" in plan
    assert "Seq Scan on consents_consentanswer" not in plan
    assert outdated(crowd).count() == 3000
