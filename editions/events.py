"""What subscribers are told about editions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from editions.models import Edition
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
