"""The words that customers answer to, at hand where an answer is recorded and where one is looked at."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from consents.models import ConsentAnswer
from consents.operations.answering import record_answer
from preo.accounts.models import Customer, OrganizationCustomer
from preo.customers.operations.erasing import ask_for_erasure, carry_out_erasure
from preo.public_ids import new
from tests.backoffice.conftest import Pages
from tests.backoffice.test_customer_actions import answer_to, at, make_consent, page_of
from tests.factories import NOON, make_customer, make_edition_member, make_order

WORDS = {"en": "News by mail.", "da": "Nyheder i posten."}


def words_of(answer):
    customer = answer.known.customer_id
    return f"{reverse('admin:accounts_customer_words', args=[customer])}?answer={answer.pk}"


def answered(known, consent, *, language="en", state="given", now=None):
    return record_answer(
        known, consent, state=state, language=language, channel="web", by=None, now=now or timezone.now()
    )


@pytest.fixture
def freja(edition) -> Customer:
    customer = make_customer(edition.organization, email="freja@example.org", full_name="Freja Lund", locale="da")
    make_order(edition, customer=customer)
    return customer


@pytest.fixture
def known(freja) -> OrganizationCustomer:
    return OrganizationCustomer.objects.get(customer=freja)


def test_recording_shows_the_words_in_every_language(ours, freja, staff, pages: Pages):
    consent = make_consent(ours, consent_text=WORDS, document_url={"en": "https://ours.example/news"})
    make_consent(ours, title="Terms")

    for url in (f"{at('answer', freja)}?consent={consent.pk}", page_of(freja)):
        body = pages(staff).get(url).content.decode()
        for text in (*WORDS.values(), 'href="https://ours.example/news"', '<div class="as-shown" lang="da">'):
            assert text in body


def test_recording_unfolds_the_words_that_were_chosen(ours, freja, staff, pages: Pages):
    consent, other = make_consent(ours, consent_text=WORDS), make_consent(ours, title="Terms", consent_text=WORDS)

    chosen = pages(staff).get(f"{at('answer', freja)}?consent={consent.pk}").content.decode()
    refused = pages(staff).post(at("answer", freja), answer_to(other, state="maybe")).content.decode()

    unfolded = [f'data-consent="{consent.pk}" open', f'data-consent="{other.pk}" open']
    assert [[text in body for text in unfolded] for body in (chosen, refused)] == [[True, False], [False, True]]
    languages = ['data-language="da" open', 'data-language="en" open']
    assert [[text in body for text in languages] for body in (chosen, refused)] == [[True, False], [False, True]]


def test_page_costs_the_same_for_one_and_three_consents(ours, freja, staff, pages: Pages):
    client = pages(staff)
    make_consent(ours)
    client.get(page_of(freja))
    with CaptureQueriesContext(connection) as one:
        client.get(page_of(freja))
    make_consent(ours)
    make_consent(ours)

    with CaptureQueriesContext(connection) as three:
        client.get(page_of(freja))

    assert len(one) == len(three)


def test_each_answer_leads_to_the_words_that_were_shown(ours, freja, known, staff, pages: Pages):
    first = make_consent(ours, consent_text=WORDS)
    answer = answered(known, first, language="da")
    later = {"version": 2, "supersedes": first, "first": first, "consent_text": {"en": "Other words."}}
    withdrawn = answered(known, make_consent(ours, **later), state="withdrawn")

    body = pages(staff).get(page_of(freja)).content.decode()
    shown = [pages(staff).get(words_of(each)).content.decode() for each in (answer, withdrawn)]

    # Also where it says what holds.
    assert [body.count(words_of(each)) for each in (answer, withdrawn)] == [1, 2]
    assert [[text in page for text in (WORDS["da"], WORDS["en"], "Other words.")] for page in shown] == [
        [True, False, False],
        [False, False, True],
    ]
    assert answer.text_sha256 in shown[0]
    assert "isn't what was recorded" not in shown[0]


def test_words_of_an_answer_out_of_reach_are_missing(theirs, ours, edition, freja, known, staff, guest, pages: Pages):
    there = OrganizationCustomer.objects.create(organization=theirs, customer=freja)
    other = make_consent(theirs, consent_text={"en": "Secret words."})
    url = reverse("admin:accounts_customer_words", args=[freja.pk])
    ours_answer, their_answer = answered(known, make_consent(ours)), answered(there, other)
    member = make_edition_member("one@ours.example", edition=edition, role="staff")
    asked = [f"{url}?answer={their_answer.pk}", f"{url}?answer={new('ans')}", f"{url}?answer=x", url]

    assert [pages(staff).get(each).status_code for each in asked] == [404] * len(asked)
    assert [pages(who).get(words_of(ours_answer)).status_code for who in (guest, member)] == [404, 404]


def erased(customer, organization, *, by, decided_by):
    erasure = ask_for_erasure(customer, organization=organization, by=by, reason="By letter.", now=NOON)
    carry_out_erasure(erasure, by=decided_by, now=NOON)
    return Customer.objects.get(known_by__organization=organization, known_by__erased_at__isnull=False)


def test_of_an_erased_customer_nothing_is_recorded(ours, freja, known, manager, admin, pages: Pages):
    consent = make_consent(ours, consent_text=WORDS)
    answer = answered(known, consent, now=NOON - timedelta(days=1))
    stand_in = erased(freja, ours, by=manager, decided_by=admin)
    client = pages(admin)

    body = client.get(page_of(stand_in)).content.decode()
    forms = [client.get(at("answer", stand_in)), client.post(at("answer", stand_in), answer_to(consent))]

    assert [text in body for text in ("Record…", "Nobody is asked any more", WORDS["en"])] == [False, False, False]
    for form in forms:
        assert "This customer was erased, and nothing is recorded" in form.content.decode()
        assert 'name="consent"' not in form.content.decode()
    assert list(ConsentAnswer.objects.all()) == [answer]
    answer.refresh_from_db()
    assert WORDS["en"] in client.get(words_of(answer)).content.decode()


def test_of_an_erased_customer_no_profile_is_edited(ours, freja, manager, admin, pages: Pages):
    stand_in = erased(freja, ours, by=manager, decided_by=admin)

    answer = pages(admin).get(at("edit", stand_in), follow=True)

    assert answer.redirect_chain[-1][0] == page_of(stand_in)
    assert "This customer was erased, and there is no profile to change" in answer.content.decode()
