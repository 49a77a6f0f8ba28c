"""What subscribers are told about e-mail messages."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from editions.models import EmailMessage
from preo.webhooks.outbox import announce


def payload(message: EmailMessage) -> dict[str, Any]:
    """The message as subscribers see it: ids, title and kind, without its content."""
    return {
        "id": message.pk,
        "organization_id": message.organization_id,
        "edition_id": message.edition_id,
        "title": message.title,
        "type": message.type,
        "scope": message.scope,
    }


def tell(message: EmailMessage, what: str, *, now: datetime, changed: Iterable[str] = ()) -> None:
    """Announce `email_message.<what>` in the transaction that made it true; `changed` names what it was about.

    Of the platform's own messages there is nobody to tell.
    """
    if not message.organization_id:
        return
    announce(
        f"email_message.{what}",
        payload(message) | ({"changed": sorted(changed)} if changed else {}),
        organization_id=message.organization_id,
        edition_id=message.edition_id,
        now=now,
    )
