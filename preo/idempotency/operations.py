"""Every write to kept answers, and the lock that lets one request at a time use a key."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from preo.idempotency.models import Attempt, KeptAnswer

KEPT_FOR = timedelta(hours=24)
BATCH = 1_000


def hold(attempt: Attempt) -> bool:
    """Take the key until the transaction ends; False, without waiting, while another transaction has it.

    The lock belongs to the connection, so that a process that dies lets go of it. Raises TransactionManagementError
    outside of a transaction.
    """
    _require_transaction()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_lock_of(attempt)])
        return bool(cursor.fetchone()[0])


def find(attempt: Attempt, *, now: datetime) -> KeptAnswer | None:
    """What is kept under the key, which must be held. What has expired makes room at once.

    It must be asked in a statement of its own: one that also took the key would not see an answer that was committed
    after it began.
    """
    kept = KeptAnswer.objects.of(attempt).first()
    if kept is None or kept.expires_at > now:
        return kept
    kept.delete()
    return None


def keep(
    attempt: Attempt,
    *,
    rights: Mapping[str, Any],
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> None:
    """Record the answer in the transaction of its effects, so that neither is ever there without the other.

    The key must be held, and `find` have found nothing.
    """
    _require_transaction()
    KeptAnswer.objects.create(
        staff_user_id=attempt.staff_user_id,
        credential=attempt.credential,
        key=attempt.key,
        fingerprint=attempt.fingerprint,
        rights=dict(rights),
        status=status,
        headers=dict(headers),
        body=body,
        created=now,
        expires_at=now + KEPT_FOR,
    )


def remove_expired(*, now: datetime) -> int:
    """Delete what has expired, a batch at a time, and return how many rows that were."""
    total = 0
    while removed := _remove_batch(now=now):
        total += removed
    return total


def _remove_batch(*, now: datetime) -> int:
    batch = KeptAnswer.objects.expired(now).order_by("expires_at").values("pk")[:BATCH]
    removed, _ = KeptAnswer.objects.filter(pk__in=batch).delete()
    return removed


def _lock_of(attempt: Attempt) -> int:
    named = f"{attempt.staff_user_id} {attempt.credential} {attempt.key}"
    return int.from_bytes(hashlib.sha256(named.encode()).digest()[:8], signed=True)


def _require_transaction() -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A key is held, and an answer kept, within a transaction.")
