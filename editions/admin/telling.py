"""Triggers, pass designs and sender domains for staff."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import action, display
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from editions.admin.rows import EditionRowAdmin, OrganizationRowAdmin, acting_of
from editions.choices import PassFact
from editions.models import PassDesign, SenderDomain, Trigger
from editions.operations.sender_domains import remove_domain, verify_domain
from preo.backoffice.editable_form import EditableForm
from preo.backoffice.forms import ColorField
from preo.backoffice.template_tags import pill
from preo.files.forms import ImageChoiceField, tick_stored

WAITS = "The platform verifies it; until then no edition can send from it."


class TriggerForm(EditableForm):
    def prepare(self) -> None:
        self.fields["is_active"].label = "On"
        self.fields["delay_minutes"].label = "Delay in minutes"
        self.fields["delay_minutes"].help_text = "60 for an hour, 1440 for a day; 0 for at once."
        self.fields["email_message"].help_text = "A message of the edition, or a template of the organization."


@admin.register(Trigger)
class TriggerAdmin(EditionRowAdmin[Trigger]):
    form = TriggerForm
    related = (*EditionRowAdmin.related, "email_message")
    list_display = ("event", "message", "delay", "active", "edition")
    list_filter = (*EditionRowAdmin.list_filter, "is_active")
    search_fields = ("email_message__title",)
    search_help_text = "Part of a message's title."
    fieldsets = ((None, {"fields": ("event", "email_message", "delay_minutes", "is_active")}),)

    def choices(self, request: HttpRequest, name: str, rows: QuerySet[Any], *, owner: Any) -> QuerySet[Any]:
        own = Q(edition=owner) | Q(edition=None, organization=owner.organization_id)
        found: QuerySet[Any] = rows.model._default_manager.filter(own)
        return found

    def name_of(self, row: Trigger) -> str:
        return f"{row.get_event_display()}: {row.email_message.title}"

    @display(description="Message", ordering="email_message__title")
    def message(self, trigger: Trigger) -> str:
        return trigger.email_message.title

    @display(description="Delay", ordering="delay_minutes")
    def delay(self, trigger: Trigger) -> str:
        days, minutes = divmod(trigger.delay_minutes, 24 * 60)
        hours, minutes = divmod(minutes, 60)
        parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if count]
        return " ".join(parts) or "at once"

    @display(description="Status", ordering="is_active")
    def active(self, trigger: Trigger) -> SafeString:
        return pill("published", "On") if trigger.is_active else pill("draft", "Off")


class PassDesignForm(EditableForm):
    background_color = ColorField()
    foreground_color = ColorField(label="Text color")
    label_color = ColorField()
    image = ImageChoiceField(label="Logo", required=False)
    facts = forms.MultipleChoiceField(
        label="What the pass says", required=False, choices=PassFact.choices, widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        fields: Any = self.fields
        fields["image"].offer(self.owner.organization, chosen=[self.instance.logo] if self.instance.logo else [])
        for name in ("background_color", "foreground_color", "label_color"):
            self.initial.setdefault(name, getattr(self.instance, name))
        self.initial["facts"] = [line["key"] for line in self.instance.fields if _is_fact(line)]

    def field_for(self, name: str) -> str | None:
        return "image" if name == "logo" else super().field_for(name)


@admin.register(PassDesign)
class PassDesignAdmin(EditionRowAdmin[PassDesign]):
    form = PassDesignForm
    related = (*EditionRowAdmin.related, "logo")
    list_display = ("name", "colors", "edition")
    search_fields = ("name",)
    search_help_text = "Part of a name."
    fieldsets = (
        (None, {"fields": ("name", "facts")}),
        ("Look", {"fields": ("background_color", "foreground_color", "label_color", "image")}),
    )

    def prepared(self, request: HttpRequest, row: PassDesign, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        own = {name: value for name, value in changes.items() if name not in ("image", "facts")}
        if "image" in changes:
            stored = changes["image"].stored(row.edition.organization, **acting_of(request))
            tick_stored(request, name="image", files=stored)
            own["logo"] = stored[0] if stored else None
        if "facts" in changes:
            others = [line for line in row.fields if not _is_fact(line)]
            own["fields"] = [*({"key": key} for key in changes["facts"]), *others]
        if row._state.adding:
            row.logo, row.fields = own.get("logo"), own.get("fields", [])
        return own

    def told(self, row: PassDesign, name: str) -> tuple[str, Any]:
        if name == "image":
            return "Logo", str(row.logo or "")
        if name == "facts":
            labels = dict(PassFact.choices)
            return "What the pass says", ", ".join(str(labels[line["key"]]) for line in row.fields if _is_fact(line))
        return super().told(row, name)

    @display(description="Colors")
    def colors(self, design: PassDesign) -> str:
        return f"{design.background_color}, {design.foreground_color}, {design.label_color}"


def _is_fact(line: Any) -> bool:
    return isinstance(line, Mapping) and line.get("key") in PassFact.values


@admin.register(SenderDomain)
class SenderDomainAdmin(OrganizationRowAdmin[SenderDomain]):
    """An organization adds and removes its domains; the platform's superusers verify those of everybody."""

    list_display = ("domain", "standing", "organizer")
    search_fields = ("domain",)
    search_help_text = "Part of a domain."
    fieldsets = ((None, {"fields": ("domain", "verified_at")}),)
    readonly_fields = ("verified_at",)
    actions = ("verify",)

    def get_fieldsets(self, request: HttpRequest, obj: SenderDomain | None = None) -> Any:
        return ((None, {"fields": ("domain", "verified_at") if obj else ("domain",)}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SenderDomain]:
        if self.has_verify_permission(request):
            return self.model._default_manager.select_related(*self.related)
        return super().get_queryset(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) or self.has_verify_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: SenderDomain | None = None) -> bool:
        return super().has_view_permission(request, obj) or self.has_verify_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: SenderDomain | None = None) -> bool:
        """Nobody changes a domain: another one is another row, which must be verified anew."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: SenderDomain | None = None) -> bool:
        return self.has_change_permission(request) if obj is None else super().why_not_edit(request, obj) is None

    def has_verify_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def why_not_edit(self, request: HttpRequest, row: SenderDomain) -> str | None:
        return "Verified." if row.verified_at else WAITS

    def remove(self, request: HttpRequest, row: SenderDomain) -> None:
        remove_domain(row, **acting_of(request))

    @action(description="Verify selected", permissions=["verify"])
    def verify(self, request: HttpRequest, queryset: QuerySet[SenderDomain]) -> None:
        waiting = list(queryset.filter(verified_at=None))
        for domain in waiting:
            verify_domain(domain, **acting_of(request))
        messages.success(request, f"{len(waiting)} verified.")

    @display(description="Status", ordering="verified_at")
    def standing(self, domain: SenderDomain) -> SafeString:
        if domain.verified_at is None:
            return pill("draft", "Not verified")
        return format_html("{}<small>{}</small>", pill("published", "Verified"), f"{domain.verified_at:%-d %b %Y}")
