"""Answers while something else happens, each rule with a control that shows what goes wrong without its lock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connections, transaction

from consents.choices import AnswerState
from consents.evidence import text_sha256
from consents.models import Consent, ConsentAnswer, ConsentAnswerOrigin
from consents.operations import change_consent, create_version, publish_consent
from consents.operations.answering import ConsentDisabled, CustomerErased
from consents.operations.versions import ConsentSuperseded
from preo.accounts.models import Organization, OrganizationCustomer
from preo.errors import DomainError
from tests.consents.asking import answer, make_asked, make_known
from tests.factories import NOON
from tests.races import SECONDS, at_once, somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(ours: Organization) -> Consent:
    return make_asked(ours)


@pytest.fixture
def known(ours: Organization) -> OrganizationCustomer:
    return make_known(ours)


def while_it_lasts(first: Callable[[], object], second: Callable[[], object]) -> tuple[bool, object]:
    """Whether `second` had to wait for the transaction in which `first` was done, and what became of it then."""
    is_done, go_on = Event(), Event()

    def hold() -> None:
        with transaction.atomic():
            first()
            is_done.set()
            go_on.wait(SECONDS)
        connections.close_all()

    def attempt() -> object:
        try:
            return second()
        except DomainError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        holding = pool.submit(hold)
        is_done.wait(SECONDS)
        attempted = pool.submit(attempt)
        was_waiting = somebody_waits()
        go_on.set()
        holding.result(SECONDS)
        return was_waiting, attempted.result(SECONDS)


def test_what_was_just_replaced_is_not_agreed_to(asked: Consent, known: OrganizationCustomer) -> None:
    draft = create_version(asked, by=None, now=NOON)

    was_waiting, answered = while_it_lasts(
        lambda: publish_consent(draft, by=None, now=NOON), lambda: answer(known, asked)
    )

    assert was_waiting
    assert isinstance(answered, ConsentSuperseded)
    assert not ConsentAnswer.objects.exists()


def test_what_is_being_agreed_to_is_replaced_afterwards(asked: Consent, known: OrganizationCustomer) -> None:
    draft = create_version(asked, by=None, now=NOON)

    was_waiting, published = while_it_lasts(
        lambda: answer(known, asked), lambda: publish_consent(draft, by=None, now=NOON)
    )

    assert was_waiting
    assert published == Consent.objects.in_force().get() == draft
    assert ConsentAnswer.objects.get().version == 1


def test_control_without_the_lock_what_was_just_replaced_is_agreed_to(
    asked: Consent, known: OrganizationCustomer
) -> None:
    draft = create_version(asked, by=None, now=NOON)
    is_checked, is_published = Event(), Event()

    def agree() -> ConsentAnswer:
        row = Consent.objects.in_force().get(pk=asked.pk)
        is_checked.set()
        is_published.wait(SECONDS)
        values = {"state": AnswerState.GIVEN, "language": "en", "channel": "web"}
        values["text_sha256"] = text_sha256(row, language="en")
        return ConsentAnswer.objects.create(
            known=known, consent=row, line=row, version=row.version, answered_at=NOON, **values
        )

    def publish() -> None:
        is_checked.wait(SECONDS)
        publish_consent(draft, by=None, now=NOON)
        is_published.set()

    at_once(agree, publish)

    assert not Consent.objects.in_force().filter(pk=ConsentAnswer.objects.get().consent_id).exists()


def test_a_later_version_that_is_being_disabled_is_not_agreed_to(asked: Consent, known: OrganizationCustomer) -> None:
    """Its row is another than the one that is locked for the line."""
    later = publish_consent(create_version(asked, by=None, now=NOON), by=None, now=NOON)

    was_waiting, answered = while_it_lasts(
        lambda: change_consent(later, changes={"enabled": False}, by=None, now=NOON), lambda: answer(known, later)
    )

    assert was_waiting
    assert isinstance(answered, ConsentDisabled)


def test_whoever_is_being_erased_leaves_no_address_behind(asked: Consent, known: OrganizationCustomer) -> None:
    def erase() -> None:
        OrganizationCustomer.objects.filter(pk=known.pk).update(erased_at=NOON)
        ConsentAnswerOrigin.objects.filter(answer__known=known).delete()

    was_waiting, answered = while_it_lasts(erase, lambda: answer(known, asked, ip_address="192.0.2.1"))

    assert was_waiting
    assert isinstance(answered, CustomerErased)
    assert not ConsentAnswerOrigin.objects.exists()


def test_answers_at_once_all_stay_and_the_newest_holds(asked: Consent, known: OrganizationCustomer) -> None:
    given, withdrawn = AnswerState.GIVEN, AnswerState.WITHDRAWN

    answers = at_once(*[lambda state=state: answer(known, asked, state) for state in (given, withdrawn) * 3])

    recorded = [row.pk for row in answers if isinstance(row, ConsentAnswer)]
    assert len(recorded) == 6
    assert {row.pk for row in ConsentAnswer.objects.all()} == set(recorded)
    assert ConsentAnswer.objects.that_hold().get().pk == max(recorded)
