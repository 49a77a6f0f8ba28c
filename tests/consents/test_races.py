"""Two connections at once, each rule with a control that shows what goes wrong without its lock."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connections, transaction

from consents.models import Consent
from consents.operations import ConsentPublished, change_consent, create_consent, publish_consent
from preo.accounts.models import Organization
from preo.errors import DomainError
from tests.factories import NOON
from tests.races import SECONDS, at_once, somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(ours: Organization) -> Consent:
    texts = {"title": "Terms", "consent_text": {"en": "I agree."}}
    return create_consent(ours, values=texts, by=None, now=NOON)


def test_what_is_published_meanwhile_is_not_changed_any_more(draft: Consent) -> None:
    is_published, go_on = Event(), Event()

    def publish() -> None:
        with transaction.atomic():
            publish_consent(draft, by=None, now=NOON)
            is_published.set()
            go_on.wait(SECONDS)
        connections.close_all()

    def change() -> object:
        try:
            return change_consent(draft, changes={"consent_text": {"en": "All of it."}}, by=None, now=NOON)
        except DomainError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(publish)
        is_published.wait(SECONDS)
        second: Future[object] = pool.submit(change)
        was_waiting = somebody_waits()
        go_on.set()
        first.result(SECONDS)
        answer = second.result(SECONDS)

    assert was_waiting
    assert isinstance(answer, ConsentPublished)
    assert Consent.objects.get().consent_text == {"en": "I agree."}


def test_control_without_the_lock_what_is_published_changes(draft: Consent) -> None:
    """Both read the draft before either writes."""
    both_have_read = Barrier(2)

    def write(**values: object) -> bool:
        was_published = Consent.objects.get().published
        both_have_read.wait(SECONDS)
        Consent.objects.update(**values)
        return was_published

    answers = at_once(
        lambda: write(published=True, published_date=NOON), lambda: write(consent_text={"en": "All of it."})
    )

    assert answers == [False, False]
    consent = Consent.objects.get()
    assert (consent.published, consent.consent_text) == (True, {"en": "All of it."})


def test_publishing_at_once_happens_once(draft: Consent) -> None:
    results = at_once(*[lambda: publish_consent(draft, by=None, now=NOON)] * 4)

    assert sum(isinstance(result, ConsentPublished) for result in results) == 3
