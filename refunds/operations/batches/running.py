"""Running a mass refund, a chunk at a time: its lines become ready refunds in one transaction, and go out after it.

A process may die between any two statements. A line either has its refund, reserved and ready, or is still planned;
what is ready goes out with the next turn or with any worker, and what is unknown is the reconciler's, as ever.
"""

from collections.abc import Sequence
from datetime import datetime

from orders.operations.refunding import Books, open_books, total_of
from preo.api.roles import Role
from preo.errors import DomainError
from preo.money import Money
from preo.public_ids import new
from preo.recording import durable_operation
from preo.updating import update_each
from refunds.amounts import Parts
from refunds.events import tell_all
from refunds.limits import ceiling_of
from refunds.models import RefundAllocation, RefundBatch, RefundBatchItem, RefundRequest
from refunds.operations.batches.moving import lock_batch
from refunds.operations.batches.planning import LONGEST_WHY_NOT, role_of_asker, work_out
from refunds.operations.batches.steering import complete_if_done
from refunds.operations.executing import carry_out
from refunds.operations.requesting import allocation
from refunds.states import BatchStatus, ItemState, RefundStatus

FOR_EACH_CALL = 25
"""How many lines are taken up together for each call that may be under way: a turn takes as long with many of them,
and so does pausing."""

Made = tuple[RefundRequest, list[Parts]]


class AmountChanged(DomainError):
    code = "amount_changed"


def run_batch(batch_id: str, *, now: datetime, limit: int | None = None) -> bool:
    """One turn: some lines, at most `limit`, become refunds and are sent; whether there may be more to do.

    What a killed runner left ready goes out once no line is planned. A provider's answer is not waited for.
    """
    batch = RefundBatch.objects.get(pk=batch_id)
    limit = limit or FOR_EACH_CALL * batch.concurrency
    has_items, refund_ids = _request_some(batch_id, limit=limit, now=now)
    if not has_items:
        ready = batch.refunds.filter(status=RefundStatus.READY).order_by("modified", "id")
        refund_ids = list(ready.values_list("pk", flat=True)[:limit])
    sent = carry_out(refund_ids, limit=limit, concurrency=batch.concurrency, now=now) if refund_ids else 0
    if has_items or sent:
        return True
    complete_if_done(batch_id, now=now)
    return False


@durable_operation
def _request_some(batch_id: str, *, limit: int, now: datetime) -> tuple[bool, list[str]]:
    """Make refunds of the next planned lines: whether there were any lines, and the refunds.

    What is left is worked out anew on the locked books. A line that no longer comes to what was approved is refused,
    so that nobody gives back what nobody approved.
    """
    batch = lock_batch(batch_id)
    items = list(batch.items.planned()[:limit]) if batch.status == BatchStatus.RUNNING else []
    if not items:
        return False, []
    asked_as = role_of_asker(batch)
    with open_books({item.transaction_id for item in items}, now=now) as shelf:
        tried = (_made(batch, item, shelf[item.transaction_id], asked_as=asked_as, now=now) for item in items)
        made = [one for one in tried if one]
        _insert(made, now=now)
    update_each(items, ["state", "refund", "why_not"])
    return True, [refund.pk for refund, _ in made]


def _made(
    batch: RefundBatch, item: RefundBatchItem, books: Books, *, asked_as: Role | None, now: datetime
) -> Made | None:
    """The refund of a line, reserved and not saved yet; None for a line that is refused."""
    try:
        taken = _approved(batch, item, books, asked_as=asked_as, now=now)
    except DomainError as refusal:
        item.state, item.why_not = ItemState.REFUSED, refusal.detail[:LONGEST_WHY_NOT]
        return None
    refund = _refund(batch, item, books, asked_as=asked_as, now=now)
    books.reserve(taken, refund_id=refund.pk)
    item.state, item.refund = ItemState.REQUESTED, refund
    return refund, taken


def _approved(
    batch: RefundBatch, item: RefundBatchItem, books: Books, *, asked_as: Role | None, now: datetime
) -> list[Parts]:
    unit = books.purchases[item.purchase_id] if item.purchase_id else None
    taken = work_out(batch, books, unit, asked_as=asked_as, now=now)
    total = Money(total_of(taken), item.currency)
    if total != item.amount:
        raise AmountChanged(f"{item.amount} was approved, and by now it comes to {total}.")
    return taken


def _refund(
    batch: RefundBatch, item: RefundBatchItem, books: Books, *, asked_as: Role | None, now: datetime
) -> RefundRequest:
    """Asked for when the mass refund was, by the same person; bookkeeping reads it before it reads the approval."""
    return RefundRequest(
        id=new("rfd"),
        batch=batch,
        organization_id=batch.organization_id,
        edition_id=batch.edition_id,
        order_id=books.transaction.order_id,
        transaction=books.transaction,
        purchase_id=item.purchase_id,
        reason=batch.reason,
        scope=batch.scope,
        amount_minor=item.amount_minor,
        currency=item.currency,
        comment=batch.comment,
        staff_user_id=batch.staff_user_id,
        asked_as=asked_as or "",
        ceiling_minor=ceiling_of(batch.organization, asked_as),
        needs_second_approver=True,
        approved_by_id=batch.approved_by_id,
        approved_at=batch.approved_at,
        created=batch.created,
        modified=now,
    )


def _insert(made: Sequence[Made], *, now: datetime) -> None:
    """All of them at once. Each is announced as asked for and as approved, like any other refund."""
    refunds = [refund for refund, _ in made]
    tell_all([(refund, "requested") for refund in refunds], now=now)
    for refund in refunds:
        refund.status = RefundStatus.READY
    RefundRequest.objects.bulk_create(refunds)
    RefundAllocation.objects.bulk_create(allocation(refund, parts) for refund, taken in made for parts in taken)
    tell_all([(refund, "approved") for refund in refunds], now=now)
