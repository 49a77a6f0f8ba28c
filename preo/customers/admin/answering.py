"""Recording what a customer said to a consent, such as over the phone."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from consents.choices import AnswerChannel, AnswerState
from consents.models import Consent
from consents.operations.answering import record_answer
from editions.choices import Language
from preo.accounts.models import Customer
from preo.customers.admin.consents import agreed_by, known_to
from preo.customers.admin.known import is_erased
from preo.customers.admin.words import Version, version_of
from preo.errors import DomainError, InvalidField

TEMPLATE = "admin/accounts/customer/answer.html"

BY_STAFF = (
    AnswerChannel.PHONE,
    AnswerChannel.IN_PERSON,
    AnswerChannel.EMAIL,
    AnswerChannel.WEB,
    AnswerChannel.APP,
)
"""The other channels are those of systems."""


class AnswerForm(forms.Form):
    """Which consent, what they said, where, and in which language they read or heard it."""

    consent = forms.ChoiceField(error_messages={"invalid_choice": "Choose one of these."})
    state = forms.ChoiceField(label="Answer", choices=AnswerState.choices, widget=forms.RadioSelect)
    channel = forms.ChoiceField(choices=[(channel.value, channel.label) for channel in BY_STAFF])
    language = forms.ChoiceField(help_text="In which they read it, or you read it to them.")

    def __init__(self, data: Any = None, *, askable: Sequence[Consent], customer: Customer, asked_of: str = "") -> None:
        super().__init__(data, initial={"language": customer.locale, "consent": asked_of})
        self.consents = {consent.pk: consent for consent in askable}
        several = len({consent.organization_id for consent in askable}) > 1
        names = {consent.pk: _named(consent, with_organization=several) for consent in askable}
        self.names = names
        fields: Any = self.fields
        unknown = [] if customer.locale in Language.values else [("", "Choose a language")]
        fields["language"].choices = [*unknown, *Language.choices]
        fields["consent"].choices = [("", "Choose a consent"), *names.items()]

    def versions(self) -> list[Version]:
        """What each consent says, which has to be at hand when somebody is asked; the chosen one unfolded."""
        chosen = self["consent"].value()
        return [
            version_of(consent, name=self.names[key], is_open=key == chosen or len(self.consents) == 1)
            for key, consent in self.consents.items()
        ]

    def refuse(self, field: str | None, detail: str) -> None:
        """Shows what the operation said where it belongs."""
        name = "consent" if field == "consent_id" else field
        self.add_error(name if name in self.fields else None, detail)


def answer_view(page: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    """The form by itself; sent, it records the answer and leads back to the customer, or shows why not."""
    customer = page.get_object(request, object_id)
    if customer is None:
        nowhere: HttpResponse = page.nothing_there(request, object_id)
        return nowhere
    askable = agreed_by(customer, request.user).askable
    data = request.POST if request.method == "POST" else None
    form = AnswerForm(data, askable=askable, customer=customer, asked_of=request.GET.get("consent", ""))
    if form.is_valid() and _record(request, customer, form):
        return redirect("admin:accounts_customer_change", customer.pk)
    response: HttpResponse = page.page(
        request, TEMPLATE, title="Record an answer", customer=customer, form=form, is_erased=is_erased(customer)
    )
    return response


def _record(request: HttpRequest, customer: Customer, form: AnswerForm) -> bool:
    """Whether it was recorded; if not, the form says why."""
    user: Any = request.user
    answer = form.cleaned_data
    consent = form.consents[answer["consent"]]
    known = known_to(customer, consent)
    if known is None:
        raise Http404
    try:
        record_answer(
            known,
            consent,
            state=answer["state"],
            language=answer["language"],
            channel=answer["channel"],
            by=user,
            now=timezone.now(),
        )
    except InvalidField as problem:
        form.refuse(problem.field, problem.detail)
        return False
    except DomainError as refusal:
        form.refuse(refusal.field, refusal.detail)
        return False
    words = AnswerState(answer["state"]).label.lower()
    messages.success(request, f"Recorded: {consent.title} is {words}.")
    return True


def _named(consent: Consent, *, with_organization: bool) -> str:
    """With its version, and what else tells it from one of the same title."""
    of = str(consent.edition) if consent.edition_id else str(consent.organization) if with_organization else ""
    return f"{consent.title}, version {consent.version}{f' ({of})' if of else ''}"
