"""Whether customers see an edition, and whether staff still work on it."""

from datetime import datetime

from editions import healthcheck
from editions.choices import Severity
from editions.events import tell
from editions.healthcheck import Report
from editions.models import Edition
from editions.operations.locking import lock_edition, require_open
from preo.accounts.models import StaffUser
from preo.errors import DomainError, Problem
from preo.recording import operation


class NotPublishable(DomainError):
    code = "not_publishable"


@operation
def publish_edition(edition: Edition, *, by: StaffUser, now: datetime) -> Edition:
    """Let customers see the edition. Publishing a published one changes nothing.

    Raises EditionArchived; NotPublishable with each critical finding of the healthcheck.
    Rule: "Publishing" in docs/rules.md.
    """
    edition = lock_edition(edition)
    require_open(edition)
    if not edition.is_draft:
        return edition
    _require_healthy(healthcheck.run(edition, now=now))
    edition.published_at = edition.published_at or now
    edition.is_draft = False
    return _move(edition, "published", fields=["is_draft", "published_at"], now=now)


@operation
def unpublish_edition(edition: Edition, *, by: StaffUser, now: datetime) -> Edition:
    """Make it a draft again; when it was first published stays. Raises EditionArchived."""
    edition = lock_edition(edition)
    require_open(edition)
    if edition.is_draft:
        return edition
    edition.is_draft = True
    return _move(edition, "unpublished", fields=["is_draft"], now=now)


@operation
def archive_edition(edition: Edition, *, by: StaffUser, now: datetime) -> Edition:
    """Hide it from staff and customers, and let nobody change it."""
    edition = lock_edition(edition)
    if edition.is_archived:
        return edition
    edition.is_archived = True
    return _move(edition, "archived", fields=["is_archived"], now=now)


@operation
def unarchive_edition(edition: Edition, *, by: StaffUser, now: datetime) -> Edition:
    """Bring it back as it was; a published one is open to customers again."""
    edition = lock_edition(edition)
    if not edition.is_archived:
        return edition
    edition.is_archived = False
    return _move(edition, "unarchived", fields=["is_archived"], now=now)


def _move(edition: Edition, what: str, *, fields: list[str], now: datetime) -> Edition:
    edition.modified = now
    edition.save(update_fields=[*fields, "modified"])
    tell(edition, what, now=now)
    return edition


def _require_healthy(report: Report) -> None:
    if report.can_publish:
        return
    found = healthcheck.failures(report, at_least=Severity.CRITICAL)
    what = "1 critical finding keeps" if len(found) == 1 else f"{len(found)} critical findings keep"
    raise NotPublishable(
        f"{what} this edition from being published.",
        problems=[Problem("is_draft", one.check_id, f"{one.message} {one.suggestion}") for one in found],
    )
