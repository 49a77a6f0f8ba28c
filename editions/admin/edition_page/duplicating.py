"""A copy of an edition: what it is called, what would go along, and then the copy itself."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from editions.admin.edition_page.access import may_duplicate, require
from editions.admin.edition_page.grouping import Group, GroupedForm
from editions.admin.edition_page.tabs import url_of
from editions.choices import EmailTemplateMode
from editions.models import Edition, Event
from editions.operations.duplicate import duplicate_edition, preview_duplicate
from preo.errors import DomainError, InvalidField

TEMPLATE = "admin/editions/edition/duplicate.html"


class DuplicateForm(GroupedForm):
    groups = (
        Group("The copy", ("name", "slug", "event")),
        Group("What goes along", ("email_template_mode", "with_memberships")),
    )
    name = forms.CharField(max_length=200)
    slug = forms.SlugField(
        max_length=200, required=False, help_text="Its name in addresses. Without one it is made from the name."
    )
    event = forms.ModelChoiceField(queryset=Event.objects.none(), required=False, empty_label="No event")
    email_template_mode = forms.ChoiceField(
        label="E-mail messages",
        choices=[
            (EmailTemplateMode.COPY, "Copy them, to be changed apart from these"),
            (EmailTemplateMode.SHARE, "Share them: a change shows in both editions"),
        ],
        widget=forms.RadioSelect,
    )
    with_memberships = forms.BooleanField(
        label="Copy who works for this edition alone", required=False, help_text="With the roles that they have here."
    )

    def __init__(self, edition: Edition, data: Any = None) -> None:
        initial = {
            "name": f"{edition.name} (copy)"[:200],
            "event": edition.event_id,
            "email_template_mode": EmailTemplateMode.COPY,
        }
        super().__init__(data, initial=initial)
        fields: Any = self.fields
        fields["event"].queryset = Event.objects.filter(organization_id=edition.organization_id)

    @property
    def choice(self) -> str:
        """What decides how much is copied. Needs a valid form."""
        return f"{self.cleaned_data['email_template_mode']}-{self.cleaned_data['with_memberships']}"

    @property
    def asked(self) -> dict[str, Any]:
        """What the operations take. Needs a valid form."""
        mode = EmailTemplateMode(self.cleaned_data["email_template_mode"])
        return {**self.cleaned_data, "email_template_mode": mode}


def duplicate_view(page: Any, request: HttpRequest, edition: Edition) -> HttpResponse:
    """First the form, then what would be copied, then the copy's own page."""
    require(may_duplicate(request.user, edition))
    form = DuplicateForm(edition, request.POST or None)
    is_asked = request.method == "POST" and form.is_valid()
    if is_asked and request.POST.get("confirmed") == form.choice and (copy := _copy(request, edition, form)):
        messages.success(request, f"{copy} is there, as a draft. You are looking at it.")
        return redirect(url_of(copy))
    response: HttpResponse = page.page(
        request,
        TEMPLATE,
        title=f"Duplicate {edition}",
        edition=edition,
        edition_url=url_of(edition),
        form=form,
        counts=_counts(edition, form) if is_asked else None,
    )
    return response


def _counts(edition: Edition, form: DuplicateForm) -> Mapping[str, int] | None:
    """How many rows of each kind would be copied, without the kinds that there are none of."""
    try:
        found = preview_duplicate(edition, **form.asked)
    except InvalidField as refusal:
        form.refuse(refusal.field, refusal.detail)
        return None
    return {kind.replace("_", " "): count for kind, count in found.items() if count}


def _copy(request: HttpRequest, edition: Edition, form: DuplicateForm) -> Edition | None:
    by: Any = request.user
    try:
        return duplicate_edition(edition, **form.asked, by=by, now=timezone.now())
    except (DomainError, InvalidField) as refusal:
        form.refuse(refusal.field, refusal.detail)
        return None
