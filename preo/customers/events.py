"""What subscribers are told about customers."""

from collections.abc import Iterable
from datetime import datetime

from preo.accounts.models import Customer
from preo.webhooks.outbox import Event, announce_events


def tell(
    customer: Customer, what: str, *, organization_ids: Iterable[str], now: datetime, changed: Iterable[str] = ()
) -> None:
    """Announce `customer.<what>` to each of these organizations: ids and the names of what changed, never values.

    Nobody is told who else is. In one statement.
    """
    facts = {"id": customer.pk} | ({"changed": sorted(changed)} if changed else {})
    announce_events(
        (Event(f"customer.{what}", facts | {"organization_id": key}, key, None) for key in sorted(organization_ids)),
        now=now,
    )
