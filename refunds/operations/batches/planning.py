"""Planning a mass refund: its lines are listed with what each would give back, and nothing is reserved."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from editions.models import Edition
from orders.models import Purchase, Transaction
from orders.operations.refunding import Books, total_of
from preo.accounts.models import StaffUser
from preo.api.roles import Role
from preo.errors import DomainError, InvalidField
from preo.money import Money
from preo.recording import durable_operation, operation
from refunds.amounts import Parts
from refunds.batch_events import tell_batch
from refunds.batch_policy import scopes_for_batch
from refunds.limits import why_above_ceiling, why_never
from refunds.models import RefundBatch, RefundBatchItem
from refunds.models.batches import BatchQuerySet
from refunds.operations.batches.moving import enqueue_work, lock_batch, move_batch
from refunds.operations.batches.selecting import Selection, checked_selection, chosen_purchases, chosen_transactions
from refunds.operations.batches.steering import withdraw_batch
from refunds.operations.limiting import AboveCeiling, require_comment
from refunds.operations.requesting import taken_of
from refunds.states import (
    DEFAULT_SCOPE,
    TRANSACTION_SCOPES,
    BatchStatus,
    ItemState,
    RefundReason,
    RefundScope,
)

TOGETHER = 200
"""How many payments are planned in one transaction."""

IN_A_TURN = 10_000
"""How many payments are planned before another job gets its turn."""

MOST_AT_ONCE = 16
LONGEST_WHY_NOT = 300


@operation
def plan_batch(
    edition: Edition,
    *,
    reason: RefundReason,
    scope: RefundScope | None,
    selection: Selection,
    comment: str,
    concurrency: int,
    by: StaffUser,
    now: datetime,
) -> RefundBatch:
    """Begin a mass refund; a job lists its lines. Nothing is reserved, and nothing moves before a second person
    approves.

    That `by` is staff of the edition is the caller's check. Raises InvalidField, AboveCeiling.
    Rule: "Mass refund", "Ceilings" in docs/rules.md.
    """
    role = by.reach.role_on(organization_id=edition.organization_id, edition_id=edition.pk)
    if why_not := why_never(edition.organization, role, verb="ask for"):
        raise AboveCeiling(why_not)
    scope = _scope_of(reason, scope)
    if not 1 <= concurrency <= MOST_AT_ONCE:
        raise InvalidField("concurrency", "out_of_range", f"This must be from 1 to {MOST_AT_ONCE}.")
    require_comment(edition.organization, reason=reason, comment=comment)
    batch = RefundBatch.objects.create(
        organization=edition.organization,
        edition=edition,
        reason=reason,
        scope=scope,
        comment=comment.strip(),
        selection=checked_selection(edition, selection, scope=scope),
        concurrency=concurrency,
        staff_user=by,
        created=now,
        modified=now,
    )
    tell_batch(batch, "requested", now=now)
    enqueue_work(batch)
    return batch


def unfinished_batch(
    edition: Edition, *, reason: RefundReason, scope: RefundScope | None, selection: Selection, by: StaffUser
) -> RefundBatch | None:
    """The one that `by` asked for with the same, and that is still being planned or run. Raises InvalidField."""
    same = _same(edition, reason=reason, scope=scope, selection=selection, by=by)
    return same.to_work_on().first()


@operation
def withdraw_same(
    edition: Edition,
    *,
    reason: RefundReason,
    scope: RefundScope | None,
    selection: Selection,
    by: StaffUser,
    now: datetime,
) -> None:
    """Cancel the plans of the same that `by` asked for and nobody approved: they may be stale, and one is enough.

    Raises InvalidField.
    """
    same = _same(edition, reason=reason, scope=scope, selection=selection, by=by)
    for batch in same.filter(status=BatchStatus.PLANNED).order_by("id"):
        withdraw_batch(batch, by=by, now=now)


def _same(
    edition: Edition, *, reason: RefundReason, scope: RefundScope | None, selection: Selection, by: StaffUser
) -> BatchQuerySet:
    scope = _scope_of(reason, scope)
    chosen = checked_selection(edition, selection, scope=scope)
    asked = RefundBatch.objects.filter(edition=edition, staff_user=by, reason=reason, scope=scope)
    return asked.filter(selection=chosen)


def fill_plan(batch_id: str, *, now: datetime, limit: int = IN_A_TURN) -> bool:
    """List the lines of the next `limit` payments; whether there are more. Goes on behind the last that is listed.

    A line whose refund would be refused says why. Holds one chunk at a time.
    """
    batch = RefundBatch.objects.select_related("staff_user").get(pk=batch_id)
    asked_as = role_of_asker(batch)
    transaction_ids, planned = _behind_the_last(batch), 0
    while some := list(islice(transaction_ids, min(TOGETHER, limit - planned))):
        if not _plan_some(batch_id, some, asked_as=asked_as, now=now):
            return False
        planned += len(some)
    if planned < limit:
        _finish_plan(batch_id, now=now)
    return planned == limit


def _scope_of(reason: RefundReason, scope: RefundScope | None) -> RefundScope:
    allowed = scopes_for_batch(reason)
    if not allowed:
        raise InvalidField("reason", "needs_an_amount", f"For {reason} an amount is needed, one purchase at a time.")
    chosen = scope or DEFAULT_SCOPE[reason]
    if chosen not in allowed:
        raise InvalidField("scope", "not_for_this_reason", f"For {reason} the scope can be: {', '.join(allowed)}.")
    return chosen


def _behind_the_last(batch: RefundBatch) -> Iterator[str]:
    """Ids of payments in their order, from the database as they are needed."""
    chosen = chosen_transactions(batch).order_by("id")
    last = batch.items.order_by("-transaction_id").values_list("transaction_id", flat=True).first()
    if last:
        chosen = chosen.filter(pk__gt=last)
    return chosen.values_list("pk", flat=True).iterator(chunk_size=TOGETHER)


@durable_operation
def _plan_some(batch_id: str, transaction_ids: Sequence[str], *, asked_as: Role | None, now: datetime) -> bool:
    """Whether it is still being planned."""
    batch = lock_batch(batch_id)
    if batch.status != BatchStatus.PLANNING:
        return False
    items = [
        item
        for books, units in _shelf(batch, transaction_ids)
        for item in _lines(batch, books, units, asked_as=asked_as, now=now)
    ]
    # Whoever planned the same meanwhile came to the same.
    RefundBatchItem.objects.bulk_create(items, ignore_conflicts=True)
    return True


def _shelf(batch: RefundBatch, transaction_ids: Sequence[str]) -> Iterator[tuple[Books, list[Purchase | None]]]:
    """Books that nobody has locked, and the units to be planned of each: None for the payment as a whole."""
    wanted = Transaction.objects.filter(pk__in=transaction_ids).select_related("merchant_account").order_by("id")
    purchases: dict[str, dict[str, Purchase]] = {pk: {} for pk in transaction_ids}
    for purchase in Purchase.objects.filter(transaction__in=transaction_ids).order_by("id"):
        purchases[str(purchase.transaction_id)][purchase.pk] = purchase
    chosen = _chosen(batch, transaction_ids)
    for transaction in wanted:
        own = purchases[transaction.pk]
        units: list[Purchase | None] = [None]
        if chosen is not None:
            units = [unit for unit in own.values() if unit.pk in chosen]
        yield Books(transaction, own), units


def _chosen(batch: RefundBatch, transaction_ids: Sequence[str]) -> set[str] | None:
    if batch.scope in TRANSACTION_SCOPES:
        return None
    return set(chosen_purchases(batch).filter(transaction__in=transaction_ids).values_list("pk", flat=True))


def _lines(
    batch: RefundBatch, books: Books, units: Sequence[Purchase | None], *, asked_as: Role | None, now: datetime
) -> Iterator[RefundBatchItem]:
    """Each line counts with those before it, as it will when its turn comes."""
    for unit in units:
        item = RefundBatchItem(
            batch=batch,
            transaction=books.transaction,
            purchase=unit,
            service=books.transaction.service,
            currency=books.transaction.currency,
            amount_minor=0,
        )
        try:
            taken = work_out(batch, books, unit, asked_as=asked_as, now=now)
        except DomainError as refusal:
            item.state, item.why_not = ItemState.NOT_POSSIBLE, refusal.detail[:LONGEST_WHY_NOT]
        else:
            item.amount_minor = total_of(taken)
            books.reserve(taken, refund_id="")
        yield item


def role_of_asker(batch: RefundBatch) -> Role | None:
    """What who asked for it holds on its edition now. A job doesn't know which token asked: none, as for a guest."""
    return batch.staff_user.reach.role_on(organization_id=batch.organization_id, edition_id=batch.edition_id)


def work_out(
    batch: RefundBatch, books: Books, unit: Purchase | None, *, asked_as: Role | None, now: datetime
) -> list[Parts]:
    """What a line would take from where: the arithmetic of a single refund, and the ceiling of who asked.

    Raises the refusals of a single refund.
    """
    taken = taken_of(
        books,
        reason=RefundReason(batch.reason),
        scope=RefundScope(batch.scope),
        purchase=unit,
        amount_minor=None,
        now=now,
    )
    amount = Money(total_of(taken), books.transaction.currency)
    if why_not := why_above_ceiling(amount, of=batch.organization, role=asked_as, verb="ask for"):
        raise AboveCeiling(why_not)
    return taken


@durable_operation
def _finish_plan(batch_id: str, *, now: datetime) -> None:
    batch = lock_batch(batch_id)
    if batch.status == BatchStatus.PLANNING:
        batch.planned_at = now
        move_batch(batch, BatchStatus.PLANNED, event="planned", now=now, also=["planned_at"])
