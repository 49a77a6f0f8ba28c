"""Everything that an edition's page shows, gathered for its template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.safestring import SafeString

from editions import healthcheck
from editions.admin.edition_page.access import may_duplicate, may_edit
from editions.admin.edition_page.actions import Action, actions_for
from editions.admin.edition_page.catalog import Part, catalog_parts
from editions.admin.edition_page.health import Health, arranged, failures_by_tab
from editions.admin.edition_page.history import history_of
from editions.admin.edition_page.moves import Move, possible_moves
from editions.admin.edition_page.saving import Attempt
from editions.admin.edition_page.standing import date_pill, visibility_pill
from editions.admin.edition_page.tabs import CATALOG, HISTORY, Tab, TabLink, tab_links
from editions.models import Edition
from preo.audit.trail import Entry


@dataclass(frozen=True, slots=True)
class EditionPage:
    """What the template shows. `attempt` holds the form of the open tab, if the tab has one."""

    edition: Edition
    pills: Sequence[SafeString]
    tab: Tab
    links: Sequence[TabLink]
    health: Health
    moves: Sequence[Move]
    may_edit: bool
    may_duplicate: bool
    actions: Sequence[Action] = ()
    attempt: Attempt | None = None
    parts: Sequence[Part] = ()
    trail: Sequence[Entry] = ()


def edition_page(
    edition: Edition, tab: Tab, *, request: HttpRequest, site: AdminSite, now: datetime, attempt: Attempt | None
) -> EditionPage:
    """A number of queries that doesn't grow with the edition. `attempt` is what became of a form that was sent."""
    user: Any = request.user
    health = arranged(healthcheck.run(edition, now=now))
    allowed = may_edit(user, edition)
    is_open = allowed and not edition.is_archived
    if attempt is None and tab.form:
        attempt = Attempt(tab.form(edition, user=user, now=now))
    return EditionPage(
        edition=edition,
        pills=(visibility_pill(edition), date_pill(edition)),
        tab=tab,
        links=tab_links(edition, tab, failures_by_tab(health, edition)),
        health=health,
        moves=possible_moves(edition) if allowed else (),
        may_edit=is_open,
        may_duplicate=may_duplicate(user, edition),
        actions=actions_for(edition, user),
        attempt=attempt,
        parts=catalog_parts(edition, site, request, is_open=is_open) if tab.name == CATALOG else (),
        trail=history_of(edition) if tab.name == HISTORY else (),
    )
