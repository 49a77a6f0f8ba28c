"""A new edition: of an event that is there, or of a new one."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from editions.admin.edition_page.access import may_create, require
from editions.admin.edition_page.fields import LocalMomentField
from editions.admin.edition_page.grouping import Group, GroupedForm
from editions.admin.edition_page.tabs import url_of
from editions.admin.edition_page.zones import timezone_choices
from editions.choices import CountryCode, Language, TaxType
from editions.models import Edition, Event
from editions.operations.catalog import add_row
from editions.operations.editions import create_edition
from preo.accounts.models import Organization
from preo.api.roles import Role
from preo.errors import DomainError, InvalidField

TEMPLATE = "admin/editions/edition/new.html"
SETTINGS = (
    "start_date",
    "end_date",
    "timezone",
    "default_country_code",
    "default_language",
    "enabled_languages",
    "tax_type",
)


class EventChoice(forms.ModelChoiceField[Event]):
    """Events with their organizations in front, where there are several."""

    names_organizations = False

    def label_from_instance(self, obj: Event) -> str:
        return f"{obj.organization}: {obj}" if self.names_organizations else str(obj)


class NewEditionForm(GroupedForm):
    groups = (
        Group(
            "Event",
            ("event", "new_event", "organization"),
            about="What is run again and again. Choose one that is there, or give a new one a name.",
            is_row=True,
        ),
        Group("Edition", ("name", "start_date", "end_date", "timezone"), about="This one run of the event."),
        Group(
            "Customers",
            ("default_country_code", "enabled_languages", "default_language", "tax_type"),
            about="All of this can be changed later.",
        ),
    )
    event = EventChoice(queryset=Event.objects.none(), required=False, empty_label="A new event")
    new_event = forms.CharField(label="Name of a new event", required=False, max_length=200)
    organization = forms.ModelChoiceField(
        queryset=Organization.objects.none(), required=False, help_text="Whose new event it is."
    )
    name = forms.CharField(max_length=200, help_text="Such as the year. Customers read it behind the event's name.")
    start_date = LocalMomentField(label="Starts")
    end_date = LocalMomentField(label="Ends")
    timezone = forms.ChoiceField(help_text="The dates above are what clocks show there.")
    default_country_code = forms.ChoiceField(label="Country", choices=CountryCode.choices)
    enabled_languages = forms.MultipleChoiceField(choices=Language.choices, widget=forms.CheckboxSelectMultiple)
    default_language = forms.ChoiceField(choices=Language.choices)
    tax_type = forms.ChoiceField(label="Kind of tax", choices=TaxType.choices)

    def __init__(self, user: Any, *, now: datetime, data: Any = None) -> None:
        latest = Edition.objects.visible_to(user, role=Role.MANAGER).order_by("-created", "-id").first()
        super().__init__(data, initial=_usual(latest or Edition()))
        organizations = list(Organization.objects.filter(pk__in=user.reach.organizations_at_least(Role.MANAGER)))
        fields: Any = self.fields
        fields["organization"].queryset = Organization.objects.filter(pk__in=[one.pk for one in organizations])
        if len(organizations) == 1:
            del fields["organization"]
        self.organizations = organizations
        fields["event"].queryset = Event.objects.filter(organization__in=organizations).select_related("organization")
        fields["event"].names_organizations = len(organizations) > 1
        fields["timezone"].choices = timezone_choices(now, chosen=self.initial["timezone"])

    def clean(self) -> dict[str, Any]:
        asked = cast("dict[str, Any]", super().clean())
        if bool(asked.get("event")) == bool(asked.get("new_event")):
            self.add_error("new_event", "Choose an event, or give the new one a name; not both.")
        if len(self.organizations) == 1:
            asked["organization"] = self.organizations[0]
        elif asked.get("new_event") and not asked.get("organization"):
            self.add_error("organization", "Say whose event it is.")
        return asked


def new_edition_view(page: Any, request: HttpRequest) -> HttpResponse:
    """The form, and on POST the edition's own page."""
    require(may_create(request.user))
    form = NewEditionForm(request.user, now=timezone.now(), data=request.POST or None)
    if request.method == "POST" and form.is_valid() and (edition := _create(request, form)):
        messages.success(request, f"{edition} is there, as a draft. The healthcheck says what it needs.")
        return redirect(url_of(edition))
    response: HttpResponse = page.page(request, TEMPLATE, title="New edition", form=form)
    return response


def _usual(edition: Edition) -> dict[str, Any]:
    """What the newest edition is set to, or the model's own defaults; never its dates."""
    return {name: getattr(edition, name) for name in SETTINGS if not name.endswith("_date")}


def _create(request: HttpRequest, form: NewEditionForm) -> Edition | None:
    asked = form.cleaned_data
    by: Any = request.user
    now = timezone.now()
    try:
        with transaction.atomic():
            event = asked["event"] or _new_event(asked, by=by, now=now)
            settings = {name: asked[name] for name in SETTINGS}
            return create_edition(event, name=asked["name"], settings=settings, by=by, now=now)
    except (DomainError, InvalidField) as refusal:
        form.refuse(refusal.field, refusal.detail)
        return None


def _new_event(asked: dict[str, Any], *, by: Any, now: datetime) -> Event:
    return add_row(Event(name=asked["new_event"], organization=asked["organization"]), by=by, now=now)
