"""Taking in what a provider sends: verified, kept as it came, and left for a job to look at."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import structlog
from django.views.decorators.debug import sensitive_variables
from procrastinate.contrib.django import app

from editions.models import MerchantAccount
from editions.models.credentials import credentials_of
from preo.encryption import NotReadable
from preo.payments.gateway import CredentialsMissing, NotSigned, ReceivedEvent
from preo.payments.registry import PROVIDERS
from preo.public_ids import NotAPublicId, parse
from preo.recording import operation
from refunds.models import ProviderEvent

HEAR_EVENTS = "refunds.hear_events"
"""The job that looks at what came; named here, because tasks import operations and not the other way."""

LONGEST_ID, LONGEST_TYPE = 200, 100

log = structlog.get_logger(__name__)


class SignatureInvalid(Exception):
    """A delivery that nobody vouches for; it doesn't say why."""


def receive_delivery(body: bytes, *, provider: str, account_id: str, headers: Mapping[str, str], now: datetime) -> None:
    """Keep the events of a delivery that the account's provider signed; nothing else happens yet.

    Raises SignatureInvalid, which is the same whatever is wrong, so that nobody learns which accounts there are; the
    log has the reason. Rule: "Events of providers" in docs/rules.md.
    """
    account = MerchantAccount.objects.filter(pk=account_id, type=provider).first() if _is_id(account_id) else None
    if account is None:
        raise SignatureInvalid
    try:
        events = _verified(body, account, headers=headers, now=now)
    except (NotSigned, CredentialsMissing, NotReadable) as problem:
        log.warning("provider_event_refused", merchant_account=account.pk, why=str(problem))
        raise SignatureInvalid from None
    receive_events(account, events, now=now)


def _is_id(text: str) -> bool:
    try:
        parse("mac", text)
    except NotAPublicId:
        return False
    return True


@sensitive_variables("credentials")
def _verified(
    body: bytes, account: MerchantAccount, *, headers: Mapping[str, str], now: datetime
) -> list[ReceivedEvent]:
    credentials = credentials_of(account)
    return PROVIDERS[account.type].receive(body, headers=headers, credentials=credentials, now=now)


@operation
def receive_events(account: MerchantAccount, events: Iterable[ReceivedEvent], *, now: datetime) -> None:
    """Keep verified events and enqueue the job that looks at them. An event that came before stays as it is."""
    rows = [_row(account, event, now=now) for event in events]
    ProviderEvent.objects.bulk_create(rows, ignore_conflicts=True)
    app.configure_task(HEAR_EVENTS, queue="refunds").defer()


def _row(account: MerchantAccount, event: ReceivedEvent, *, now: datetime) -> ProviderEvent:
    return ProviderEvent(
        organization_id=account.organization_id,
        merchant_account=account,
        provider=account.type,
        event_id=_fitting(_storable(event.id)),
        type=_storable(event.type)[:LONGEST_TYPE],
        payload=_storable(event.payload),
        received_at=now,
    )


def _fitting(event_id: str) -> str:
    """The id itself, or what stands for one that is too long to be kept."""
    return event_id if len(event_id) <= LONGEST_ID else hashlib.sha256(event_id.encode()).hexdigest()


def _storable(told: Any) -> Any:
    """The same without NUL, which is the one letter of JSON that PostgreSQL can't keep."""
    if isinstance(told, str):
        return told.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(told, Mapping):
        return {_storable(name): _storable(member) for name, member in told.items()}
    return [_storable(member) for member in told] if isinstance(told, list) else told
