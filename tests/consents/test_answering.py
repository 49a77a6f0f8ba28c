"""The rules of recording what customers answered, and what the database itself refuses."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from consents.choices import AnswerState
from consents.evidence import text_sha256
from consents.models import Consent, ConsentAnswer, ConsentAnswerOrigin
from consents.operations import change_consent, create_consent, create_version
from consents.operations.answering import SKEW, Answer, record_answers
from consents.operations.holding import ConsentGone
from preo.accounts.models import Organization, OrganizationCustomer, StaffUser
from preo.errors import DomainError, InvalidField
from preo.webhooks.models import OutboxEvent
from tests.consents.asking import TEXT, answer, make_asked, make_known, make_next
from tests.factories import NOON

GIVEN, WITHDRAWN = AnswerState.GIVEN, AnswerState.WITHDRAWN
SECOND = timedelta(seconds=1)

each = pytest.mark.parametrize


@pytest.fixture
def asked(ours: Organization) -> Consent:
    return make_asked(ours)


@pytest.fixture
def known(ours: Organization) -> OrganizationCustomer:
    return make_known(ours)


def test_record_answer_keeps_version_words_and_who_recorded_it(
    known: OrganizationCustomer, asked: Consent, staff: StaffUser
) -> None:
    before, now = NOON + timedelta(minutes=5), NOON + timedelta(hours=1)

    recorded = answer(known, asked, language="da", channel="phone", answered_at=before, by=staff, at=now)

    row = ConsentAnswer.objects.get(pk=recorded.pk)
    assert (row.known, row.consent, row.line, row.state, row.version) == (known, asked, asked, GIVEN, 1)
    assert (row.language, row.channel, row.answered_at, row.recorded_by) == ("da", "phone", before, staff)
    assert row.text_sha256 == text_sha256(asked, language="da") != text_sha256(asked, language="en")
    assert not ConsentAnswerOrigin.objects.exists()


def test_record_answer_keeps_where_it_came_from_apart(known: OrganizationCustomer, asked: Consent) -> None:
    recorded = answer(known, asked, ip_address="2001:db8::1", user_agent="A" * 700)

    assert (recorded.origin.ip_address, recorded.origin.user_agent) == ("2001:db8::1", "A" * 500)


def test_record_answer_tells_subscribers_who_answered_what(known: OrganizationCustomer, asked: Consent) -> None:
    recorded = answer(known, asked, ip_address="192.0.2.1")

    event = OutboxEvent.objects.get(type="consent.given")
    assert (event.organization_id, event.occurred_at) == (asked.organization_id, NOON)
    assert event.payload == {
        "id": recorded.pk,
        "organization_id": asked.organization_id,
        "edition_id": None,
        "customer_id": known.customer_id,
        "consent_id": asked.pk,
        "type": "terms",
        "version": 1,
        "state": "given",
        "channel": "web",
        "answered_at": "2026-06-01T12:00:00+00:00",
    }


def test_record_answer_of_a_later_version_is_in_the_line_of_the_first(
    known: OrganizationCustomer, asked: Consent
) -> None:
    later = make_next(make_next(asked))

    recorded = answer(known, later)

    assert (recorded.line_id, recorded.version) == (asked.pk, 3)


@each("language", ["nl", "xx"])
def test_record_answer_refuses_a_language_that_was_not_shown(
    known: OrganizationCustomer, asked: Consent, language: str
) -> None:
    with pytest.raises(InvalidField) as refusal:
        answer(known, asked, language=language)

    assert (refusal.value.field, refusal.value.code) == ("language", "not_shown")


def test_record_answer_takes_a_language_in_which_there_is_a_document_alone(
    known: OrganizationCustomer, ours: Organization
) -> None:
    consent = make_asked(ours, document_url={"pl": "https://ours.example/terms"})

    assert answer(known, consent, language="pl").text_sha256 == text_sha256(consent, language="pl")


def drafted(asked: Consent) -> Consent:
    return create_consent(asked.organization, values={"title": "Draft", "consent_text": TEXT}, by=None, now=NOON)


def superseded(asked: Consent) -> Consent:
    make_next(asked)
    return asked


def disabled(asked: Consent) -> Consent:
    return change_consent(asked, changes={"enabled": False}, by=None, now=NOON)


NOT_IN_FORCE = [
    (drafted, "consent_not_published"),
    (lambda asked: create_version(asked, by=None, now=NOON), "consent_not_published"),
    (superseded, "consent_superseded"),
    (disabled, "consent_disabled"),
]


@each(("become", "code"), NOT_IN_FORCE)
def test_record_answer_refuses_to_agree_to_what_is_not_in_force(
    known: OrganizationCustomer, asked: Consent, become: Any, code: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        answer(known, become(asked))

    assert refusal.value.code == code
    assert not ConsentAnswer.objects.exists()


def test_record_answer_goes_on_with_the_version_before_a_draft(known: OrganizationCustomer, asked: Consent) -> None:
    create_version(asked, by=None, now=NOON)

    assert answer(known, asked).version == 1


@each("become", [superseded, disabled])
def test_record_answer_takes_a_withdrawal_of_whatever_was_once_published(
    known: OrganizationCustomer, asked: Consent, become: Any
) -> None:
    answer(known, asked)

    assert answer(known, become(asked), WITHDRAWN).state == WITHDRAWN


def test_record_answer_refuses_a_withdrawal_of_a_draft(known: OrganizationCustomer, asked: Consent) -> None:
    with pytest.raises(DomainError, match="draft"):
        answer(known, drafted(asked), WITHDRAWN)


def test_record_answer_takes_a_withdrawal_of_what_was_never_given(known: OrganizationCustomer, asked: Consent) -> None:
    """Whoever objects is heard, also where what they object to was agreed to somewhere else."""
    assert answer(known, asked, WITHDRAWN).pk == ConsentAnswer.objects.get().pk


def test_record_answer_again_is_one_more_answer(known: OrganizationCustomer, asked: Consent) -> None:
    first, second = answer(known, asked), answer(known, asked, at=NOON + SECOND)

    assert list(ConsentAnswer.objects.values_list("pk", flat=True)) == [second.pk, first.pk]


@each(
    ("moment", "code"),
    [
        (NOON + SKEW + SECOND, "in_future"),
        (NOON - SECOND, "before_published"),
        (NOON.replace(tzinfo=None), "without_offset"),
    ],
)
def test_record_answer_refuses_a_moment_that_cannot_be(
    known: OrganizationCustomer, asked: Consent, moment: datetime, code: str
) -> None:
    with pytest.raises(InvalidField) as refusal:
        answer(known, asked, answered_at=moment)

    assert (refusal.value.field, refusal.value.code) == ("answered_at", code)


@each("state", [GIVEN, WITHDRAWN])
def test_record_answers_of_before_the_version_was_published_are_refused_among_others(
    known: OrganizationCustomer, asked: Consent, state: str
) -> None:
    values: dict[str, Any] = {"known": known, "consent": asked, "state": state, "language": "en", "channel": "import"}
    good, bad = Answer(**values, answered_at=NOON), Answer(**values, answered_at=NOON - SECOND)

    with pytest.raises(InvalidField) as refusal, transaction.atomic():
        record_answers([good, bad], by=None, now=NOON + SECOND)

    assert (refusal.value.field, refusal.value.code) == ("answered_at", "before_published")
    assert not ConsentAnswer.objects.exists()


def test_record_answer_of_a_moment_ago_is_no_older_than_what_was_published_meanwhile(
    known: OrganizationCustomer, asked: Consent
) -> None:
    assert answer(known, asked, at=NOON - SECOND).answered_at == NOON


def test_record_answer_keeps_when_the_database_took_it(known: OrganizationCustomer, asked: Consent) -> None:
    before = timezone.now() - SKEW

    recorded = answer(known, asked)

    assert before < recorded.created < timezone.now() + SKEW
    assert ConsentAnswer.objects.get().created == recorded.created


def test_record_answer_of_a_clock_that_is_ahead_does_not_outlast_the_next_one(
    known: OrganizationCustomer, asked: Consent
) -> None:
    answer(known, asked, answered_at=NOON + SKEW)

    withdrawn = answer(known, asked, WITHDRAWN, at=NOON + SECOND)

    assert ConsentAnswer.objects.that_hold().get() == withdrawn


def test_record_answer_refuses_a_consent_of_another_organization(
    known: OrganizationCustomer, theirs: Organization
) -> None:
    with pytest.raises(InvalidField) as refusal:
        answer(known, make_asked(theirs))

    assert (refusal.value.field, refusal.value.code) == ("consent_id", "other_organization")


def test_record_answer_refuses_whoever_was_erased(known: OrganizationCustomer, asked: Consent) -> None:
    OrganizationCustomer.objects.filter(pk=known.pk).update(erased_at=NOON)

    with pytest.raises(DomainError) as refusal:
        answer(known, asked)

    assert refusal.value.code == "customer_erased"


def test_record_answer_refuses_what_was_deleted_meanwhile(known: OrganizationCustomer, asked: Consent) -> None:
    Consent.objects.all().delete()

    with pytest.raises(ConsentGone):
        answer(known, asked)


def test_record_answers_is_all_or_nothing(known: OrganizationCustomer, asked: Consent) -> None:
    values: dict[str, Any] = {"known": known, "consent": asked, "state": GIVEN, "channel": "import"}
    good, bad = Answer(language="en", **values), Answer(language="nl", **values)

    with pytest.raises(InvalidField), transaction.atomic():
        record_answers([good, bad], by=None, now=NOON)

    assert not ConsentAnswer.objects.exists()
    assert not OutboxEvent.objects.filter(type="consent.given").exists()


def test_record_answers_of_many_costs_what_one_does(
    ours: Organization, asked: Consent, django_assert_num_queries: Any
) -> None:
    """Who acts, customers held and read, consents held and read, answers, origins, events; and a savepoint's two."""
    for size in (1, 30):
        answers = [
            Answer(
                known=make_known(ours), consent=asked, state=GIVEN, language="en", channel="import",
                ip_address="192.0.2.1",
            )
            for _ in range(size)
        ]  # fmt: skip
        with django_assert_num_queries(10):
            record_answers(answers, by=None, now=NOON)

    assert ConsentAnswerOrigin.objects.count() == OutboxEvent.objects.filter(type="consent.given").count() == 31


def test_record_answers_of_nobody_is_nothing(ours: Organization) -> None:
    assert record_answers([], by=None, now=NOON) == []


CHANGES = [
    "UPDATE consents_consentanswer SET state = 'withdrawn'",
    "UPDATE consents_consentanswer SET answered_at = now()",
    "DELETE FROM consents_consentanswer",
    "TRUNCATE consents_consentanswer CASCADE",
    "UPDATE consents_consentanswerorigin SET ip_address = NULL",
    "DELETE FROM consents_consentanswerorigin",
    "TRUNCATE consents_consentanswerorigin",
    """UPDATE consents_consent SET consent_text = '{"en": "All of it."}'""",
]


LOOKING_AWAY = (
    "SET LOCAL pgtrigger.ignore = '{consents_consentanswer:answer_stays_as_it_is,"
    "consents_consentanswerorigin:origin_stays_as_it_is,consents_consent:published_consent_is_frozen}'"
)
"""What the triggers' library lets a session say."""


@each("statement", CHANGES)
def test_the_database_refuses_to_change_an_answer(known: OrganizationCustomer, asked: Consent, statement: str) -> None:
    recorded = answer(known, asked, ip_address="192.0.2.1")

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{LOOKING_AWAY}; {statement}")

    row = ConsentAnswer.objects.select_related("origin").get()
    assert (row.pk, row.state, row.answered_at) == (recorded.pk, GIVEN, NOON)
    assert row.origin.ip_address == "192.0.2.1"


def test_the_database_lets_go_of_where_an_answer_came_from_once_the_customer_is_erased(
    known: OrganizationCustomer, asked: Consent
) -> None:
    answer(known, asked, ip_address="192.0.2.1")
    other = answer(make_known(asked.organization), asked, ip_address="192.0.2.2")
    OrganizationCustomer.objects.filter(pk=known.pk).update(erased_at=timezone.now())

    ConsentAnswerOrigin.objects.filter(answer__known=known).delete()

    assert ConsentAnswerOrigin.objects.get().answer == other
    assert ConsentAnswer.objects.count() == 2


WRONG = {
    "version": {"version": 2},
    "text_sha256": {"text_sha256": "a" * 63 + "G"},
    "other words": {"text_sha256": "a" * 64},
    "words of another language": {"language": "da"},
    "a language without words": {"language": "pl", "text_sha256": sha256(b"\0").hexdigest()},
    "before it was published": {"answered_at": NOON - SECOND},
    "state": {"state": "maybe"},
    "channel": {"channel": "pigeon"},
}


def make_row(known: OrganizationCustomer, consent: Consent, **others: Any) -> ConsentAnswer:
    """As nothing but the database would hold it."""
    values: dict[str, Any] = {"state": GIVEN, "version": consent.version, "language": "en", "channel": "web"}
    values |= {"answered_at": NOON, "line_id": consent.line_id}
    values["text_sha256"] = text_sha256(consent, language=values["language"])
    return ConsentAnswer.objects.create(known=known, consent=consent, **(values | others))


@each("others", WRONG.values(), ids=WRONG)
def test_the_database_refuses_an_answer_that_cannot_be(
    known: OrganizationCustomer, asked: Consent, others: dict[str, Any]
) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        make_row(known, asked, **others)

    assert make_row(known, asked)


def test_the_database_refuses_an_answer_of_a_time_to_come(known: OrganizationCustomer, asked: Consent) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        make_row(known, asked, answered_at=timezone.now() + SKEW + timedelta(seconds=30))

    assert make_row(known, asked, answered_at=timezone.now() + SKEW - timedelta(seconds=30))


def test_the_database_says_itself_when_it_took_an_answer(known: OrganizationCustomer, asked: Consent) -> None:
    made = make_row(known, asked, created=NOON)

    assert ConsentAnswer.objects.get(pk=made.pk).created > timezone.now() - SKEW


@each(
    "texts",
    [
        {"consent_text": {"en": "Ja, jeg \u00f8nsker \u20ac 5 \U0001f600 \\x00 \"'\n%s {0}"}},
        {"consent_text": {}, "document_url": {"en": "https://ours.example/terms"}},
        {"consent_text": {"en": "A"}, "document_url": {"en": "https://ours.example/terms"}},
    ],
)
def test_the_database_and_the_operation_hash_alike(
    known: OrganizationCustomer, ours: Organization, texts: dict[str, Any]
) -> None:
    asked = make_asked(ours, **texts)

    assert answer(known, asked).text_sha256 == text_sha256(asked, language="en")


def test_the_database_refuses_an_answer_to_what_is_not_asked_or_not_of_its_organization(
    known: OrganizationCustomer, asked: Consent, theirs: Organization
) -> None:
    later = create_version(asked, by=None, now=NOON)
    wrong: list[Callable[[], object]] = [
        lambda: make_row(known, later),
        lambda: make_row(make_known(theirs), asked),
    ]
    wrong.append(lambda: make_row(known, make_next(make_asked(asked.organization)), line_id=asked.pk))

    for make in wrong:
        with pytest.raises(DatabaseError), transaction.atomic():
            make()
