"""Two connections at once, each rule with a control that shows what goes wrong without its lock."""

from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event

import pytest
from django.db import IntegrityError, ProgrammingError, connections, transaction

from consents.models import Consent
from consents.operations import (
    ConsentPublished,
    VersionInPreparation,
    arrange_consents,
    change_consent,
    create_consent,
    create_version,
    publish_consent,
)
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


def test_control_without_the_lock_the_database_alone_keeps_what_is_published(draft: Consent) -> None:
    """Both read a draft before either writes; nobody would be told what to do instead."""
    both_have_read, is_published = Barrier(2), Event()

    def publish() -> bool:
        was_published = Consent.objects.get().published
        both_have_read.wait(SECONDS)
        Consent.objects.update(published=True, published_date=NOON)
        is_published.set()
        return was_published

    def change() -> bool:
        was_published = Consent.objects.get().published
        both_have_read.wait(SECONDS)
        is_published.wait(SECONDS)
        with pytest.raises(ProgrammingError, match="A published consent is frozen"):
            Consent.objects.update(consent_text={"en": "All of it."})
        return was_published

    assert at_once(publish, change) == [False, False]


def test_publishing_at_once_happens_once(draft: Consent) -> None:
    results = at_once(*[lambda: publish_consent(draft, by=None, now=NOON)] * 4)

    assert sum(isinstance(result, ConsentPublished) for result in results) == 3


def test_of_versions_made_at_once_there_is_one(draft: Consent) -> None:
    consent = publish_consent(draft, by=None, now=NOON)

    results = at_once(*[lambda: create_version(consent, by=None, now=NOON)] * 3)

    assert sum(isinstance(result, VersionInPreparation) for result in results) == 2
    assert Consent.objects.filter(supersedes=consent).count() == 1


def test_control_without_the_lock_only_the_constraint_keeps_versions_apart(draft: Consent) -> None:
    consent = publish_consent(draft, by=None, now=NOON)
    both_have_looked = Barrier(2)

    def insert() -> object:
        was_there = Consent.objects.filter(supersedes=consent).exists()
        both_have_looked.wait(SECONDS)
        line = {"version": 2, "supersedes": consent, "first": consent}
        Consent.objects.create(organization=consent.organization, title="Terms", **line)
        return was_there

    results = at_once(insert, insert)

    assert sorted(map(type, results), key=str) == [bool, IntegrityError]


@pytest.fixture
def rows(ours: Organization) -> list[str]:
    """The ids of four consents in their order."""
    return [create_consent(ours, values={"title": "Terms"}, by=None, now=NOON).pk for _ in range(4)]


def orders_of(rows: list[str]) -> list[list[str]]:
    """Two wishes that change different rows."""
    first, second, third, fourth = rows
    return [[second, first, third, fourth], [first, second, fourth, third]]


def test_rearranging_at_once_leaves_one_of_the_orders(ours: Organization, rows: list[str]) -> None:
    results = at_once(*[partial(arrange_consents, ours, order=order, by=None, now=NOON) for order in orders_of(rows)])

    assert not any(isinstance(result, Exception) for result in results)
    assert list(Consent.objects.values_list("pk", flat=True)) in orders_of(rows)


def test_control_without_the_lock_the_order_is_nobodys(rows: list[str]) -> None:
    """Both look at the order before either changes what differs from its own."""
    both_have_looked = Barrier(2)

    def arrange(order: list[str]) -> None:
        found = dict(Consent.objects.values_list("pk", "order"))
        both_have_looked.wait(SECONDS)
        for place, pk in enumerate(order):
            if found[pk] != place:
                Consent.objects.filter(pk=pk).update(order=place)

    at_once(*[partial(arrange, order) for order in orders_of(rows)])

    assert list(Consent.objects.values_list("pk", flat=True)) not in orders_of(rows)
