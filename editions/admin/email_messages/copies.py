"""New messages: from nothing, beside another, or adopted by an edition."""

from typing import Any
from urllib.parse import parse_qs

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from editions.choices import EmailType
from editions.models import Edition, EmailMessage
from editions.operations.email_messages import adopt_email_message, create_email_message, duplicate_email_message
from preo.accounts.models import Organization
from preo.api.roles import Role
from preo.errors import DomainError, InvalidField

CHANGE = "admin:editions_emailmessage_change"
ADD = "admin/editions/emailmessage/add.html"


def editions_of(user: Any) -> Any:
    """The open editions whose messages the user may write."""
    rows = Edition.objects.visible_to(user, role=Role.MANAGER).filter(is_archived=False)
    return rows.select_related("event").order_by("-start_date", "-id")


def organizations_of(user: Any) -> Any:
    """The organizations whose templates the user may write; a role on one edition is not enough."""
    return Organization.objects.filter(pk__in=user.reach.organizations_at_least(Role.MANAGER))


def chosen_organization(request: HttpRequest, *, role: Role) -> Organization | None:
    """Whom a form of a message of the platform names; nobody where the role there is too low."""
    user: Any = request.user
    text = request.POST.get("organization", "")
    held = user.reach.organizations.get(text)
    return Organization.objects.get(pk=text) if held and held.includes(role) else None


class NewMessageForm(forms.Form):
    """What a new message is and whose; its content is written on its page."""

    title = forms.CharField(label="Title", max_length=200, help_text="For staff; customers see the subject.")
    type = forms.ChoiceField(label="Type", choices=EmailType.choices)
    edition = forms.ModelChoiceField(
        label="Edition", queryset=Edition.objects.none(), required=False, help_text="Leave it out for a template."
    )
    organization = forms.ModelChoiceField(
        label="Organization", queryset=Organization.objects.none(), required=False, help_text="Whose template it is."
    )

    is_of_platform = forms.BooleanField(
        label="A message of the platform", required=False, help_text="Every organization can read and copy it."
    )

    def __init__(self, user: Any, data: Any = None, *, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        fields: Any = self.fields
        fields["edition"].queryset = editions_of(user)
        fields["organization"].queryset = organizations_of(user)
        if not user.is_superuser:
            del fields["is_of_platform"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        owners = [name for name in ("edition", "organization", "is_of_platform") if cleaned.get(name)]
        if not self.errors and not owners:
            self.add_error("edition", "Choose the edition that sends it, or the organization whose template it is.")
        if "is_of_platform" in owners and len(owners) > 1:
            self.add_error("is_of_platform", "A message of the platform belongs to no edition and no organization.")
        return cleaned


class AdoptForm(forms.Form):
    """Which edition gets a copy."""

    edition = forms.ModelChoiceField(
        # Sent with all that is typed, so that nothing of it is lost.
        label="Edition",
        queryset=Edition.objects.none(),
        widget=forms.Select({"form": "writing"}),
    )

    def __init__(self, message: EmailMessage, user: Any, data: Any = None, *, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        fields: Any = self.fields
        rows = editions_of(user)
        owner = message.organization_id
        fields["edition"].queryset = rows.filter(organization_id=owner) if owner else rows


def add_view(page: Any, request: HttpRequest) -> HttpResponse:
    """First what it is and whose; then its page."""
    user: Any = request.user
    form = NewMessageForm(user, request.POST or None, initial=_initial(request))
    if request.method == "POST" and form.is_valid() and (made := _created(form, user)):
        return redirect(CHANGE, made.pk)
    response: HttpResponse = page.page(request, ADD, title="Add email message", form=form)
    return response


def duplicate_view(page: Any, request: HttpRequest, message: EmailMessage) -> HttpResponse:
    """A copy beside it; one of the platform becomes a template of the organization that was chosen."""
    user: Any = request.user
    organization = message.organization or chosen_organization(request, role=Role.MANAGER)
    if organization is None or not page.may_write(user, organization.pk, message.edition_id):
        raise PermissionDenied
    return _leading_to(
        request,
        message,
        lambda: duplicate_email_message(message, organization=organization, by=user, now=timezone.now()),
    )


def adopt_view(page: Any, request: HttpRequest, message: EmailMessage) -> HttpResponse:
    """A copy in the chosen edition."""
    user: Any = request.user
    form = AdoptForm(message, user, request.POST)
    if not form.is_valid():
        messages.error(request, "Choose the edition that is to have a copy.")
        return redirect(CHANGE, message.pk)
    edition = form.cleaned_data["edition"]
    return _leading_to(
        request, message, lambda: adopt_email_message(message, edition=edition, by=user, now=timezone.now())
    )


def _leading_to(request: HttpRequest, message: EmailMessage, make: Any) -> HttpResponse:
    """To the new message, or back to the old one with what was refused."""
    try:
        made = make()
    except (InvalidField, DomainError) as refusal:
        messages.error(request, refusal.detail)
        return redirect(CHANGE, message.pk)
    messages.success(request, f"This is the copy: {made.title}.")
    return redirect(CHANGE, made.pk)


def _created(form: NewMessageForm, user: Any) -> EmailMessage | None:
    asked = form.cleaned_data
    edition, organization = asked["edition"], asked["organization"]
    try:
        return create_email_message(
            edition.organization if edition else organization,
            edition=edition,
            values={name: asked[name] for name in ("title", "type")},
            by=user,
            now=timezone.now(),
        )
    except InvalidField as problem:
        form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
    except DomainError as refusal:
        form.add_error(None, refusal.detail)
    return None


def _initial(request: HttpRequest) -> dict[str, str]:
    """The edition whose page, or whose list of messages, one comes from."""
    filters = parse_qs(request.GET.get("_changelist_filters", ""))
    listed = filters.get("edition__id__exact", [""])[0]
    return {"edition": request.GET.get("edition") or listed}
