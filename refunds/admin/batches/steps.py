"""Approving, pausing, resuming and cancelling a mass refund, each over a page that says what it will do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from preo.errors import DomainError
from refunds import batch_policy
from refunds.admin.batches.standing import standings
from refunds.admin.batches.words import chosen
from refunds.models import RefundBatch, RefundBatchItem
from refunds.operations import batches
from refunds.states import BatchStatus

TEMPLATE = "admin/refunds/refundbatch/step.html"
PAGE = "admin:refunds_refundbatch_change"


@dataclass(frozen=True, slots=True)
class Step:
    """What can be done with a mass refund, in the words of its button, its question and its result."""

    name: str
    verb: str
    question: str
    consequence: str
    done: str
    states: frozenset[BatchStatus]
    why_not: Callable[..., str | None]
    carry_out: Callable[..., RefundBatch]
    takes_name: bool = False
    is_quiet: bool = False
    is_final: bool = False

    @property
    def url_name(self) -> str:
        return f"admin:refunds_refundbatch_{self.name}"

    def is_next(self, batch: RefundBatch) -> bool:
        """Whether the state allows it, whoever asks."""
        return batch.status in self.states


STEPS: Mapping[str, Step] = {
    step.name: step
    for step in (
        Step(
            "approve",
            "Approve",
            "Approve this mass refund?",
            "The money goes back to the customers, one refund a line. What a provider has taken can't be taken back.",
            "The mass refund is approved and under way.",
            frozenset({BatchStatus.PLANNED}),
            batch_policy.why_not_approve,
            batches.approve_batch,
            takes_name=True,
        ),
        Step(
            "resume",
            "Resume",
            "Go on with this mass refund?",
            "It goes on where it was paused.",
            "The mass refund goes on.",
            frozenset({BatchStatus.PAUSED}),
            batch_policy.why_not_resume,
            batches.resume_batch,
        ),
        Step(
            "pause",
            "Pause",
            "Pause this mass refund?",
            "Nothing more is sent to a provider until somebody resumes it. What is with a provider already finishes.",
            "The mass refund is paused.",
            frozenset({BatchStatus.RUNNING}),
            batch_policy.why_not_pause,
            batches.pause_batch,
            is_quiet=True,
        ),
        Step(
            "withdraw",
            "Cancel",
            "Cancel this mass refund?",
            "Nothing of it was reserved, and no money has moved. It stays in the list, to be read.",
            "The mass refund is cancelled.",
            frozenset({BatchStatus.PLANNING, BatchStatus.PLANNED}),
            batch_policy.why_not_cancel,
            batches.withdraw_batch,
            is_quiet=True,
            is_final=True,
        ),
        Step(
            "cancel",
            "Cancel the rest",
            "Cancel the rest of this mass refund?",
            "Whatever is not with a provider yet is called off for good, also what you would pay by hand and haven't; "
            "what it had reserved is free again. What is with a provider finishes by itself, and what went back stays "
            "with the customers.",
            "The rest of the mass refund is cancelled.",
            frozenset({BatchStatus.RUNNING, BatchStatus.PAUSED}),
            batch_policy.why_not_cancel,
            batches.cancel_batch,
            is_quiet=True,
            is_final=True,
        ),
    )
}


class NameForm(forms.Form):
    """The edition's name, typed by whoever approves, so that nobody approves the wrong one in passing."""

    edition_name = forms.CharField(
        label="Name of the edition",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Type the name of the edition."},
    )


def step_view(page: Any, request: HttpRequest, batch: RefundBatch, step: Step) -> HttpResponse:
    """Asks first; on POST does it, and leads back to the mass refund. A refusal comes back on the page that asked."""
    why_not = step.why_not(batch, by=request.user)
    if not step.is_next(batch) or (why_not and request.method == "POST"):
        messages.warning(request, why_not or "It is not what it was when you opened the page. Look again.")
        return redirect(PAGE, batch.pk)
    form = NameForm(request.POST if request.method == "POST" else None) if step.takes_name else forms.Form({})
    if request.method == "POST" and form.is_valid() and _carry_out(request, batch, step, form):
        messages.success(request, step.done)
        return redirect(PAGE, batch.pk)
    response: HttpResponse = page.page(
        request,
        TEMPLATE,
        title=step.question,
        batch=batch,
        step=step,
        why_not=why_not,
        form=form,
        standing=standings([batch])[batch.pk],
        chosen=chosen(batch),
        shared=RefundBatchItem.objects.shared_by(batch).count() if step.takes_name else 0,
    )
    return response


def _carry_out(request: HttpRequest, batch: RefundBatch, step: Step, form: forms.Form) -> bool:
    """Whether it was done; if not, the form says why."""
    try:
        step.carry_out(batch, **form.cleaned_data, by=request.user, now=timezone.now())
    except DomainError as refusal:
        field = getattr(refusal, "field", None)
        form.add_error(field if field in form.fields else None, refusal.detail)
        return False
    return True
