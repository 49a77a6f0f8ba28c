"""Recording what customers answered: evidence, which stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from consents.choices import AnswerState
from consents.events import tell_of_answers
from consents.evidence import shown, text_sha256
from consents.models import Consent, ConsentAnswer, ConsentAnswerOrigin
from consents.operations.holding import ConsentGone
from consents.operations.versions import ConsentNotPublished, ConsentSuperseded
from editions.choices import Language
from preo.accounts.models import Customer, OrganizationCustomer, StaffUser
from preo.errors import DomainError, InvalidField
from preo.public_ids import decode
from preo.recording import operation

SKEW = timedelta(minutes=1)
"""How far the clock of whoever asked the customer may be ahead of ours."""

LONGEST_AGENT = 500


class ConsentDisabled(DomainError):
    code = "consent_disabled"
    field = "consent_id"


class CustomerErased(DomainError):
    code = "customer_erased"


class CustomerUnknown(DomainError):
    code = "customer_unknown"
    field = "consent_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one customer said to one version of a consent. Without `answered_at`, an aware moment, it is now."""

    known: OrganizationCustomer
    consent: Consent
    state: str
    language: str
    channel: str
    answered_at: datetime | None = None
    ip_address: str | None = None
    user_agent: str = ""


def require_known(customer: Customer, *, at: str) -> OrganizationCustomer:
    """The customer as the organization of this id knows them. Raises CustomerUnknown."""
    known = OrganizationCustomer.objects.filter(customer=customer, organization=at, merged_from=None).first()
    if known is None:
        raise CustomerUnknown("The organization of this consent does not know this customer.")
    return known


def record_answer(
    known: OrganizationCustomer,
    consent: Consent,
    *,
    state: str,
    language: str,
    channel: str,
    answered_at: datetime | None = None,
    ip_address: str | None = None,
    user_agent: str = "",
    by: StaffUser | None,
    now: datetime,
) -> ConsentAnswer:
    """One answer; see record_answers."""
    answer = Answer(
        known=known,
        consent=consent,
        state=state,
        language=language,
        channel=channel,
        answered_at=answered_at,
        ip_address=ip_address,
        user_agent=user_agent,
    )
    (recorded,) = record_answers([answer], by=by, now=now)
    return recorded


@operation
def record_answers(answers: Sequence[Answer], *, by: StaffUser | None, now: datetime) -> list[ConsentAnswer]:
    """Record what customers answered, all of it or nothing, in as many statements for a thousand as for one.

    The newest of a customer's answers to the versions of a consent holds, whichever is recorded last. The same answer
    again is one more answer. That `by` is staff is the caller's check. Raises ConsentNotPublished; for what is agreed
    to also ConsentSuperseded and ConsentDisabled; CustomerErased, ConsentGone, InvalidField.
    Rule: "Answers" in docs/rules.md.
    """
    erased = _hold_customers(answers)
    consents = _hold_consents(answers)
    rows = []
    for answer in answers:
        consent = consents.get(answer.consent.pk)
        _require_sound(answer, consent, erased=erased)
        rows.append(_row(answer, consent, by=by, now=now))
    ConsentAnswer.objects.bulk_create(rows)
    ConsentAnswerOrigin.objects.bulk_create(_origins(answers, rows))
    tell_of_answers(rows, now=now)
    return rows


def _hold_customers(answers: Sequence[Answer]) -> Mapping[str, datetime | None]:
    """Keep whoever is recorded from being erased until the answer is there; when they were, as things are now."""
    ids = {answer.known.pk for answer in answers}
    _lock_shared("accounts_organizationcustomer", ids)
    return dict(OrganizationCustomer.objects.filter(pk__in=ids).values_list("pk", "erased_at"))


def _hold_consents(answers: Sequence[Answer]) -> Mapping[str, Any]:
    """The consents as they are now, each with `is_superseded`.

    Whoever publishes, disables or deletes a version holds the first one of its line (see hold_consent), so that until
    this transaction ends what is in force now stays so.
    """
    _lock_shared("consents_consent", {answer.consent.line_id for answer in answers})
    later = Consent.objects.filter(supersedes=OuterRef("pk"), published=True)
    rows = Consent.objects.annotate(is_superseded=Exists(later))
    return rows.in_bulk({answer.consent.pk for answer in answers})


def _lock_shared(table: str, ids: set[str]) -> None:
    """Others may share the lock, and nobody changes the rows. In the order of the ids."""
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT FROM {name} WHERE id = ANY(%s) ORDER BY id FOR SHARE",  # a name of ours
            [[decode(key)[1] for key in ids]],
        )


def _require_sound(answer: Answer, consent: Any, *, erased: Mapping[str, datetime | None]) -> None:
    """Raises what record_answers does."""
    if consent is None or answer.known.pk not in erased:
        raise ConsentGone("This was deleted meanwhile.")
    if erased[answer.known.pk]:
        raise CustomerErased("This customer was erased, and nothing is recorded of them any more.")
    if answer.known.organization_id != consent.organization_id:
        raise InvalidField("consent_id", "other_organization", "This belongs to another organization.")
    _require_asked(consent, state=answer.state)
    if not any(shown(consent, language=answer.language)):
        named = dict(Language.choices).get(answer.language, answer.language[:20])
        raise InvalidField("language", "not_shown", f"This version has no text or document in {named}.")


def _require_asked(consent: Any, *, state: str) -> None:
    """Whoever withdraws may do so of any version; to agree there must be somebody who asks.

    Raises ConsentNotPublished, ConsentSuperseded, ConsentDisabled.
    """
    if not consent.published:
        raise ConsentNotPublished("This is a draft, which nobody is asked.")
    if state != AnswerState.GIVEN:
        return
    if consent.is_superseded:
        raise ConsentSuperseded("A later version has taken the place of this one; show that, and record its answer.")
    if not consent.enabled:
        raise ConsentDisabled("This is disabled, so that nobody is asked.")


def _row(answer: Answer, consent: Any, *, by: StaffUser | None, now: datetime) -> ConsentAnswer:
    return ConsentAnswer(
        known=answer.known,
        consent=consent,
        line_id=consent.line_id,
        state=answer.state,
        version=consent.version,
        text_sha256=text_sha256(consent, language=answer.language),
        language=answer.language,
        channel=answer.channel,
        answered_at=_moment(answer.answered_at, since=consent.published_date, now=now),
        recorded_by=by,
    )


def _moment(answered_at: datetime | None, *, since: datetime, now: datetime) -> datetime:
    """Raises InvalidField."""
    if answered_at is None:
        # What was published while this was on its way is answered as soon as it could be.
        return max(now, since)
    if answered_at.tzinfo is None:
        raise InvalidField("answered_at", "without_offset", "Give the offset from UTC too, such as Z or +02:00.")
    if answered_at > now + SKEW:
        raise InvalidField("answered_at", "in_future", "This has not come yet.")
    if answered_at < since:
        detail = f"This version was published on {since.astimezone(UTC):%-d %B %Y at %H:%M:%S} UTC, after that."
        raise InvalidField("answered_at", "before_published", detail)
    # An answer from a clock ahead of ours must not stand against the one that the customer gives a moment later.
    return max(min(answered_at, now), since)


def _origins(answers: Sequence[Answer], rows: Sequence[ConsentAnswer]) -> list[ConsentAnswerOrigin]:
    return [
        ConsentAnswerOrigin(answer=row, ip_address=answer.ip_address, user_agent=answer.user_agent[:LONGEST_AGENT])
        for answer, row in zip(answers, rows, strict=True)
        if answer.ip_address or answer.user_agent
    ]
