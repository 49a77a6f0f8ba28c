"""What subscribers are told about editions, and about what they are set up with."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from editions.models import Edition
from preo.rows import Row
from preo.webhooks.outbox import announce


def payload(edition: Edition) -> dict[str, Any]:
    """The edition as subscribers see it: ids, name and where it stands."""
    return {
        "id": edition.pk,
        "organization_id": edition.organization_id,
        "event_id": edition.event_id,
        "name": edition.name,
        "slug": edition.slug,
        "is_draft": edition.is_draft,
        "is_archived": edition.is_archived,
    }


def tell(edition: Edition, what: str, *, now: datetime, changed: Iterable[str] = ()) -> None:
    """Announce `edition.<what>` in the transaction that made it true; `changed` names the settings it was about."""
    announce(
        f"edition.{what}",
        payload(edition) | ({"changed": sorted(changed)} if changed else {}),
        organization_id=edition.organization_id,
        edition_id=edition.pk,
        now=now,
    )


def tell_of(row: Row, what: str, *, now: datetime, changed: Iterable[str] = ()) -> None:
    """Announce `product.<what>`, or whatever the row is: which row, and the names of what changed, never values."""
    edition = getattr(row, "edition", None)
    organization_id = edition.organization_id if edition else getattr(row, "organization_id", None)
    ids = {"id": row.pk, "organization_id": organization_id, "edition_id": edition.pk if edition else None}
    kind = str(row._meta.verbose_name).replace(" ", "_")
    announce(
        f"{kind}.{what}",
        ids | {"name": str(row)} | ({"changed": sorted(changed)} if changed else {}),
        organization_id=str(organization_id),
        edition_id=ids["edition_id"],
        now=now,
    )
