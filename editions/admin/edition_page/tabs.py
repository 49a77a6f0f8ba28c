"""The tabs of an edition's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from editions.admin.edition_page.forms import (
    DatesForm,
    GeneralForm,
    LanguagesForm,
    MessagesForm,
    MoneyForm,
    SettingsForm,
    TextsForm,
)
from editions.models import Edition

CATALOG, HISTORY = "catalog", "history"


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the page; one without a form shows something else."""

    name: str
    label: str
    form: type[SettingsForm] | None = None


TABS: Mapping[str, Tab] = {
    tab.name: tab
    for tab in (
        Tab("general", "General", GeneralForm),
        Tab("dates", "Dates", DatesForm),
        Tab("languages", "Languages", LanguagesForm),
        Tab("money", "Money", MoneyForm),
        Tab("texts", "Texts", TextsForm),
        Tab("messages", "Messages", MessagesForm),
        Tab(CATALOG, "Catalog"),
        Tab(HISTORY, "History"),
    )
}


@dataclass(frozen=True, slots=True)
class TabLink:
    """A tab as the page offers it, with how many critical findings are mended there."""

    tab: Tab
    url: str
    is_here: bool
    failures: int


def tab_links(edition: Edition, here: Tab, failures: Mapping[str, int]) -> Sequence[TabLink]:
    """All tabs, in their order."""
    return [TabLink(tab, url_of(edition, tab.name), tab is here, failures.get(tab.name, 0)) for tab in TABS.values()]


def url_of(edition: Edition, tab: str = "general") -> str:
    """The page of an edition, open at a tab."""
    return f"{reverse('admin:editions_edition_change', args=[edition.pk])}?tab={tab}"
