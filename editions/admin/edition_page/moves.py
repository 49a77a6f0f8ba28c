"""Publishing and archiving, each over a page that says what it will do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from editions import healthcheck
from editions.admin.edition_page.access import may_edit, require
from editions.admin.edition_page.health import arranged
from editions.admin.edition_page.tabs import url_of
from editions.models import Edition
from editions.operations.publishing import archive_edition, publish_edition, unarchive_edition, unpublish_edition
from preo.errors import DomainError

TEMPLATE = "admin/editions/edition/confirm.html"


@dataclass(frozen=True, slots=True)
class Move:
    """A step that an edition can take, in the words of its button, its question and its result."""

    name: str
    verb: str
    question: str
    consequence: str
    done: str
    is_possible: Callable[[Edition], bool]
    carry_out: Callable[..., Edition]
    needs_health: bool = False

    @property
    def url_name(self) -> str:
        return f"admin:editions_edition_{self.name}"


MOVES: Mapping[str, Move] = {
    move.name: move
    for move in (
        Move(
            "publish",
            "Publish",
            "Publish {}?",
            "Customers see the edition and can order in it from now on.",
            "{} is published.",
            lambda edition: edition.is_draft and not edition.is_archived,
            publish_edition,
            needs_health=True,
        ),
        Move(
            "unpublish",
            "Unpublish",
            "Make {} a draft again?",
            "Customers don't see the edition until it is published again. Orders and refunds stay as they are.",
            "{} is a draft again.",
            lambda edition: not edition.is_draft and not edition.is_archived,
            unpublish_edition,
        ),
        Move(
            "archive",
            "Archive",
            "Archive {}?",
            "Nobody can change the edition or its catalog, and customers don't see it. Orders stay, and so do refunds.",
            "{} is archived.",
            lambda edition: not edition.is_archived,
            archive_edition,
        ),
        Move(
            "unarchive",
            "Unarchive",
            "Bring {} back?",
            "The edition is what it was before, and can be changed again.",
            "{} is back.",
            lambda edition: edition.is_archived,
            unarchive_edition,
        ),
    )
}


def possible_moves(edition: Edition) -> list[Move]:
    """What can be done with the edition as it is now."""
    return [move for move in MOVES.values() if move.is_possible(edition)]


def move_view(page: Any, request: HttpRequest, edition: Edition, move: Move) -> HttpResponse:
    """Asks first; on POST does it, and leads back to the edition. A refusal comes back on the page that asked."""
    require(may_edit(request.user, edition))
    if not move.is_possible(edition):
        messages.warning(request, f"{edition} is not what it was when you opened the page. Look again.")
        return redirect(url_of(edition))
    refusal = _carry_out(request, edition, move) if request.method == "POST" else None
    if request.method == "POST" and refusal is None:
        messages.success(request, move.done.format(edition))
        return redirect(url_of(edition))
    health = arranged(healthcheck.run(edition, now=timezone.now())) if move.needs_health else None
    response: HttpResponse = page.page(
        request,
        TEMPLATE,
        title=move.question.format(edition),
        edition=edition,
        edition_url=url_of(edition),
        move=move,
        refusal=refusal,
        health=health,
        is_possible=health is None or health.report.can_publish,
    )
    return response


def _carry_out(request: HttpRequest, edition: Edition, move: Move) -> DomainError | None:
    try:
        move.carry_out(edition, by=request.user, now=timezone.now())
    except DomainError as refusal:
        return refusal
    return None
