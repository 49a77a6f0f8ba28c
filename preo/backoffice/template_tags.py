"""How the admin's pages print money, states and ages."""

from datetime import datetime
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.template import Library
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from preo.money import Money

register = Library()


@register.filter
def money(minor: int | None, currency: str) -> str:
    """Minor units as a person reads them; empty for no amount."""
    return "" if minor is None else Money(minor, currency).formatted()


@register.simple_tag
def pill(value: str, label: str) -> SafeString:
    """A state in words, tinted by its value."""
    return format_html('<span class="pill pill-{}">{}</span>', value, label)


@register.filter
def age(moment: datetime) -> SafeString:
    """How long ago, in the largest unit; the moment itself on hovering."""
    words = timesince(moment, timezone.now(), depth=1)
    exact = f"{moment:%-d %b %Y, %H:%M} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, words)


@register.inclusion_tag("backoffice/tabs.html")
def tabs(changelist: ChangeList) -> dict[str, Any]:
    """The choices of the list filter that is shown above its list in place of beside it."""
    spec = next(spec for spec in changelist.filter_specs if getattr(spec, "is_tabs", False))
    return {"label": spec.title, "choices": list(spec.choices(changelist))}


@register.simple_tag
def state(row: Any) -> SafeString:
    """The status of a row, as a pill."""
    return pill(row.status, row.get_status_display())
