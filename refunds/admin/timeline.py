"""The life of a refund as one list in the order of time, in the words of whoever has to answer a customer."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.urls import reverse

from preo.audit.actors import Actors, actors_of
from preo.audit.steps import Step, steps_in
from preo.mail.models import OutgoingMail
from preo.mail.states import MailStatus
from refunds.gateways import is_paid_by_hand
from refunds.messages import CONFIRMATION
from refunds.messages.alerts import WORDS, AlertKind
from refunds.models import ProviderEvent, RefundAttempt, RefundRequest
from refunds.states import RefundStatus

Details = Sequence[tuple[str, str]]


class Tone(StrEnum):
    """How the list tints a moment."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened. `says` is in somebody else's words; `details` are for whoever looks closer."""

    at: datetime
    what: str
    says: str = ""
    details: Details = ()
    tone: Tone = Tone.PLAIN
    more: tuple[str, str] | None = None
    """What else there is to read, and its address."""


@dataclass(slots=True)
class Story:
    """What is told of the refund's own moves, and which attempt they are at."""

    refund: RefundRequest
    attempts: Mapping[int, RefundAttempt]
    actors: Actors
    number: int = 0
    row: dict[str, Any] = field(default_factory=dict)
    """The refund's columns as they were then."""
    moments: list[Moment] = field(default_factory=list)

    @property
    def provider(self) -> str:
        return self.refund.transaction.service.capitalize()


def timeline_of(refund: RefundRequest) -> list[Moment]:
    """Everything that happened to the refund, oldest first. Needs `transaction`.

    The history of the database has the times of its own moves and of mails, which is why their order is right also
    where a worker looked at its clock long before. At most six queries, and two more for one of a mass refund.
    """
    mails = list(OutgoingMail.objects.filter(about=refund.pk))
    steps = steps_in([refund, *mails])
    attempts = {row.number: row for row in refund.attempts.all()}
    story = Story(refund, attempts, actors_of(step.event for step in steps))
    for step in steps:
        if isinstance(step.subject, RefundRequest):
            _tell(story, step)
    moments = [*story.moments, *_of_mails(steps), *map(_of_event, refund.provider_events.all()), *_of_batch(refund)]
    return sorted([*moments, *_of_silence(story)], key=lambda moment: moment.at)


def failed_late(moments: Iterable[Moment]) -> bool:
    """Whether the last thing that became of the refund is that it came back after it was paid."""
    ends = [moment.what for moment in moments if moment.tone != Tone.PLAIN]
    return bool(ends) and ends[-1] == CAME_BACK


def called_off(moments: Iterable[Moment]) -> bool:
    """Whether the last thing that became of the refund is that it was called off."""
    ends = [moment.what for moment in moments if moment.tone != Tone.PLAIN]
    return bool(ends) and ends[-1].endswith(CALLED_OFF)


CAME_BACK = "It came back: it was paid, and failed after all"
CALLED_OFF = "called it off"

Words = Callable[[Story, str, Any], Moment]


def _tell(story: Story, step: Step) -> None:
    """Adds what one row of the refund's history says; what moved nothing is told where a person did it."""
    before = story.row.get("status")
    story.row |= step.after
    after = story.row.get("status")
    if after == RefundStatus.PROCESSING != before:
        story.number += 1
    told = _MOVES.get((before, after)) or (_asked_to_call_off if _operation(step) == "cancel_refund" else None)
    if told is not None:
        story.moments.append(told(story, story.actors.name(step.event), step))


def _operation(step: Step) -> str:
    return step.event.operation


def _moment(step: Step, what: str, *, says: str = "", tone: Tone = Tone.PLAIN, details: Details = ()) -> Moment:
    of_request = [("Request", step.event.request_id)] if step.event.request_id else []
    return Moment(step.event.created, what, says, [*details, *of_request], tone)


def _asked(story: Story, who: str, step: Step) -> Moment:
    refund = story.refund
    role = f", as {refund.asked_as}," if refund.asked_as else ""
    what = f"{who}{role} asked for {refund.amount.formatted()}: {refund.get_reason_display().lower()}"
    return _moment(step, what, says=refund.comment)


def _approved(story: Story, who: str, step: Step) -> Moment:
    if _operation(step) == "approve_refund":
        return _moment(step, f"{who} approved it")
    return _moment(step, "Approved as it was asked for, within the limits of the organization")


def _rejected(story: Story, who: str, step: Step) -> Moment:
    return _moment(step, f"{who} rejected it", says=story.row.get("rejection_reason", ""), tone=Tone.BAD)


def _started(story: Story, who: str, step: Step) -> Moment:
    what = f"Attempt {story.number} went to {story.provider}"
    if is_paid_by_hand(story.refund.transaction):
        what = "It went to whoever pays it by hand"
    attempt = story.attempts.get(story.number)
    if attempt is None:
        return _moment(step, what)
    details = [("Key", attempt.key)]
    if attempt.asked:
        details.append(("Asked about", _times(attempt.asked)))
    return _moment(step, what, details=details)


def _waits(story: Story, who: str, step: Step) -> Moment:
    if is_paid_by_hand(story.refund.transaction):
        return _moment(step, "It waits for somebody to pay it and confirm that")
    return _answered(story, step, f"{story.provider} took it on, and says later what became of it")


def _paid(story: Story, who: str, step: Step) -> Moment:
    if _operation(step) == "confirm_refund":
        return _answered(story, step, f"{who} confirmed that it was paid by hand", tone=Tone.GOOD)
    return _answered(story, step, f"{story.provider} paid it back", tone=Tone.GOOD)


def _failed(story: Story, who: str, step: Step) -> Moment:
    if _operation(step) in ("cancel_refund", "cancel_batch"):
        return _answered(story, step, f"{who} {CALLED_OFF}", tone=Tone.BAD, is_quoted=False)
    if _operation(step) == "record_answer":
        return _answered(story, step, f"{story.provider} {CALLED_OFF}", tone=Tone.BAD)
    return _answered(story, step, f"{story.provider} did not carry it out", tone=Tone.BAD)


def _came_back(story: Story, who: str, step: Step) -> Moment:
    return _answered(story, step, CAME_BACK, tone=Tone.BAD)


def _tried_again(story: Story, who: str, step: Step) -> Moment:
    return _moment(step, f"{who} let it be tried again")


def _invalid(story: Story, who: str, step: Step) -> Moment:
    says = str((story.row.get("service_response") or {}).get("message", ""))
    return _moment(step, "It can't be paid any more", says=says, tone=Tone.BAD)


def _asked_to_call_off(story: Story, who: str, step: Step) -> Moment:
    return _moment(step, f"{who} asked {story.provider} to call it off")


def _answered(story: Story, step: Step, what: str, *, tone: Tone = Tone.PLAIN, is_quoted: bool = True) -> Moment:
    """With the provider's words and reference, as they were then."""
    response = story.row.get("service_response") or {}
    reference = str(response.get("reference") or "")
    details = [("Reference", reference)] if reference else []
    return _moment(step, what, says=str(response.get("message") or "") if is_quoted else "", tone=tone, details=details)


_MOVES: Mapping[tuple[str | None, str | None], Words] = {
    (None, RefundStatus.REQUESTED): _asked,
    (RefundStatus.REQUESTED, RefundStatus.READY): _approved,
    (RefundStatus.REQUESTED, RefundStatus.REJECTED): _rejected,
    (RefundStatus.REQUESTED, RefundStatus.INVALID): _invalid,
    (RefundStatus.READY, RefundStatus.PROCESSING): _started,
    (RefundStatus.READY, RefundStatus.INVALID): _invalid,
    (RefundStatus.PROCESSING, RefundStatus.AWAITING_GATEWAY): _waits,
    (RefundStatus.PROCESSING, RefundStatus.PROCESSED): _paid,
    (RefundStatus.PROCESSING, RefundStatus.FAILED): _failed,
    (RefundStatus.AWAITING_GATEWAY, RefundStatus.PROCESSED): _paid,
    (RefundStatus.AWAITING_GATEWAY, RefundStatus.FAILED): _failed,
    (RefundStatus.PROCESSED, RefundStatus.FAILED): _came_back,
    (RefundStatus.FAILED, RefundStatus.READY): _tried_again,
}
"""Each move of the refund in words; the table of legal moves is refunds.states.MOVES."""


def _of_batch(refund: RefundRequest) -> Iterator[Moment]:
    """Who asked for the mass refund and who approved it: this one began only after both."""
    batch = refund.batch
    if batch is None:
        return
    through = "through a mass refund"
    more = ("The mass refund", reverse("admin:refunds_refundbatch_change", args=[batch.pk]))
    why = refund.get_reason_display().lower()
    asked = f"{refund.staff_user} asked for {refund.amount.formatted()} {through}: {why}"
    yield Moment(batch.created, asked, refund.comment, more=more)
    if refund.approved_at:
        yield Moment(refund.approved_at, f"{refund.approved_by} approved it {through}", more=more)


def _of_event(event: ProviderEvent) -> Moment:
    what = f"{event.provider.capitalize()} told of it: {event.type or 'an event'}"
    details = [("Event", event.event_id), ("What came of it", event.status_words)]
    return Moment(event.received_at, what, event.message, details)


def _of_silence(story: Story) -> Iterator[Moment]:
    """While nobody knows what became of the newest attempt, that it was asked about."""
    attempt = story.attempts.get(story.number)
    if attempt and attempt.asked and story.refund.status == RefundStatus.PROCESSING and story.moments:
        what = f"{story.provider} has not said yet what became of it; asked {_times(attempt.asked)}"
        next_at = f"{attempt.ask_at:%-d %b %Y, %H:%M} UTC" if attempt.ask_at else "nobody will ask again"
        yield Moment(story.moments[-1].at, what, details=[("Next", next_at)])


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


_TOLD = {
    MailStatus.QUEUED: "is on its way",
    MailStatus.SENT: "was sent",
    MailStatus.FAILED: "could not be sent",
}


def _of_mails(steps: Iterable[Step]) -> Iterator[Moment]:
    """One for each thing that became of mails that were queued together: staff are told together."""
    together: dict[tuple[str, datetime, str], list[tuple[datetime, Any]]] = {}
    for step in steps:
        mail: Any = step.subject
        if isinstance(mail, OutgoingMail) and _is_told(step):
            alike = together.setdefault((mail.kind, mail.created, step.after["status"]), [])
            alike.append((step.event.created, mail))
    for (kind, _, status), found in together.items():
        says = found[0][1].error if status == MailStatus.FAILED else ""
        addresses = ", ".join(sorted(mail.to_address for _, mail in found))
        last = max(at for at, _ in found)
        yield Moment(last, f"{_letter(kind)} {_TOLD[MailStatus(status)]}", says, [("To", addresses)])


def _is_told(step: Step) -> bool:
    """Sending is told once it is done, and putting off not at all."""
    before, after = step.before.get("status"), step.after.get("status")
    return after in (MailStatus.SENT, MailStatus.FAILED) or (before is None and after == MailStatus.QUEUED)


def _letter(kind: str) -> str:
    if kind == CONFIRMATION:
        return "The confirmation to the customer"
    if kind in WORDS:
        return f"The letter to staff, “{WORDS[AlertKind(kind)].title}”,"
    return "A mail"
