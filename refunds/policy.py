"""Who may do what with a refund now; and if not, why, in words that the API and the admin both use."""

from datetime import datetime, timedelta

from orders.models import Order, Purchase, Transaction
from orders.operations.refunding import Books
from orders.states import TransactionStatus
from preo.accounts.models import StaffUser
from preo.api.roles import Role
from refunds.gateways import can_call_off, is_paid_by_hand, why_not_connected
from refunds.limits import why_above_ceiling, why_never
from refunds.models import OutsideMovement, RefundRequest
from refunds.states import (
    DEFAULT_SCOPE,
    MOVES,
    OTHER_SCOPES,
    MovementState,
    RefundReason,
    RefundScope,
    RefundStatus,
)

NEEDS_MANAGER = "Only a manager or admin can decide this."
NEEDS_STAFF = "Only staff, managers and admins can confirm this."
NEEDS_ADMIN = "Only an admin can record what became of it."
NO_LONGER_FITS = "Part of it has gone back in another way or is reserved for another refund."
NEEDS_SECOND = "This is above the organization's limit: somebody other than who asked for it must approve."

WITH_THE_PROVIDER = (RefundStatus.PROCESSING, RefundStatus.AWAITING_GATEWAY)
SPEAKS_WITHIN = timedelta(days=7)
"""How long a provider has to say what became of a refund, before a person may look it up and say so instead. Not less
than the lifetime of any provider's keys: until then the same refund may go out again."""


def scopes_for(reason: RefundReason) -> list[RefundScope]:
    """The scopes that a reason allows, its own first. Rule: "Reason and scope" in docs/rules.md."""
    return [DEFAULT_SCOPE[reason], *(scope for scope in RefundScope if scope in OTHER_SCOPES[reason])]


def why_not_request(paid: Purchase | Transaction, *, by: StaffUser) -> str | None:
    """Why no refund of this can be asked for; None when it can.

    Needs the order, its organization, and a purchase's transaction. How much may still be asked for is `limits_for`.
    """
    transaction = paid.transaction if isinstance(paid, Purchase) else paid
    return _why_not_ask(paid.order, by) or why_not_refundable(transaction) or _why_nothing_left(paid)


def why_not_refundable(transaction: Transaction | None) -> str | None:
    """Why a transaction takes no refunds at all. Needs `merchant_account`."""
    if transaction is None or transaction.status != TransactionStatus.COMPLETED:
        return "The payment is not completed."
    return why_not_connected(transaction)


def why_not_approve(refund: RefundRequest, *, by: StaffUser) -> str | None:
    """Why `by` can't approve it; None who can. Needs the organization."""
    return (
        _why_not_move(refund, RefundStatus.READY, here=RefundStatus.REQUESTED)
        or _why_not_manager(refund, by)
        or (NEEDS_SECOND if needs_somebody_else(refund, by=by) else None)
        or why_above_own_ceiling(refund, by=by)
    )


def why_not_reject(refund: RefundRequest, *, by: StaffUser) -> str | None:
    return _why_not_move(refund, RefundStatus.REJECTED) or _why_not_manager(refund, by)


def why_not_retry(refund: RefundRequest, *, by: StaffUser) -> str | None:
    """Why `by` can't let it be tried again. Needs the transaction."""
    return (
        _why_not_move(refund, RefundStatus.READY, here=RefundStatus.FAILED)
        or _why_not_manager(refund, by)
        or why_not_open(refund)
        or why_not_fitting(refund)
    )


def why_not_open(refund: RefundRequest) -> str | None:
    """Why a failed refund is over all the same: it was paid otherwise, or by its provider after all."""
    names = [OutsideMovement.instead_of(refund), *refund.attempts.values_list("provider_reference", flat=True)]
    own = OutsideMovement.objects.filter(
        transaction=refund.transaction_id, provider_reference__in=names, state=MovementState.TAKEN
    )
    return "It was paid otherwise." if own.exists() else None


def why_not_fitting(refund: RefundRequest) -> str | None:
    """Why its payment or purchases no longer cover a failed refund. Needs the transaction; reads without a lock."""
    shares = list(refund.allocations.select_related("purchase"))
    books = Books(refund.transaction, {share.purchase.pk: share.purchase for share in shares if share.purchase})
    return None if books.have_left(shares) else NO_LONGER_FITS


def why_not_pay_otherwise(refund: RefundRequest, *, by: StaffUser) -> str | None:
    """Why `by` can't say that it was paid otherwise."""
    return why_not_paid_otherwise(refund) or _why_not_manager(refund, by)


def why_not_paid_otherwise(refund: RefundRequest) -> str | None:
    """Why nobody can say that it was paid otherwise."""
    if refund.status != RefundStatus.FAILED:
        return f"It is {RefundStatus(refund.status).label.lower()}."
    return why_not_open(refund)


def why_not_settle(refund: RefundRequest, *, by: StaffUser, now: datetime) -> str | None:
    """Why `by` can't record what the provider's own records say. Needs the transaction."""
    is_admin = _holds(by, Role.ADMIN, organization_id=refund.organization_id, edition_id=refund.edition_id)
    return why_not_known_by_hand(refund, now=now) or (None if is_admin else NEEDS_ADMIN)


def why_not_known_by_hand(refund: RefundRequest, *, now: datetime) -> str | None:
    """Why nobody can record what the provider's own records say. Needs the transaction."""
    if is_paid_by_hand(refund.transaction) or refund.status not in WITH_THE_PROVIDER:
        return f"It is {RefundStatus(refund.status).label.lower()}."
    started_at = refund.attempts.latest("number").started_at
    return None if now - started_at >= SPEAKS_WITHIN else "The provider may still say what became of it."


def why_not_confirm(refund: RefundRequest, *, by: StaffUser) -> str | None:
    """Why `by` can't say that it was paid by hand. Needs the transaction."""
    is_staff = _holds(by, Role.STAFF, organization_id=refund.organization_id, edition_id=refund.edition_id)
    return why_not_by_hand(refund) or (None if is_staff else NEEDS_STAFF)


def why_not_by_hand(refund: RefundRequest) -> str | None:
    """Why nobody can say that it was paid by hand. Needs the transaction."""
    if not is_paid_by_hand(refund.transaction):
        return f"{refund.transaction.service.capitalize()} itself says what becomes of it."
    return _why_not_waiting(refund)


def why_not_cancel(refund: RefundRequest, *, by: StaffUser) -> str | None:
    """Why `by` can't call it off. Needs the transaction."""
    return why_not_callable_off(refund) or _why_not_manager(refund, by)


def why_not_callable_off(refund: RefundRequest) -> str | None:
    """Why nobody can call it off. Needs the transaction."""
    if not can_call_off(refund.transaction):
        return f"{refund.transaction.service.capitalize()} calls no refund off."
    return _why_not_waiting(refund)


def needs_somebody_else(refund: RefundRequest, *, by: StaffUser) -> bool:
    """Whether `by` asked for it and so can't be the one who approves. Rule: "Second person" in docs/rules.md."""
    return refund.needs_second_approver and refund.staff_user_id == by.pk


def why_above_own_ceiling(refund: RefundRequest, *, by: StaffUser) -> str | None:
    """Why it is more than somebody in the role of `by` can approve at once. Rule: "Ceilings" in docs/rules.md."""
    role = by.reach.role_on(organization_id=refund.organization_id, edition_id=refund.edition_id)
    return why_above_ceiling(refund.amount, of=refund.organization, role=role, verb="approve")


def _why_not_ask(order: Order, by: StaffUser) -> str | None:
    role = by.reach.role_on(organization_id=order.organization_id, edition_id=order.edition_id)
    if role is None or not role.includes(Role.STAFF):
        return "Only staff, managers and admins can ask for a refund."
    return why_never(order.organization, role, verb="ask for")


def _why_not_move(refund: RefundRequest, to: RefundStatus, *, here: RefundStatus | None = None) -> str | None:
    status = RefundStatus(refund.status)
    if to in MOVES[status] and here in (None, status):
        return None
    return f"It is {status.label.lower()}."


def _why_not_waiting(refund: RefundRequest) -> str | None:
    if refund.status == RefundStatus.AWAITING_GATEWAY:
        return None
    return f"It is {RefundStatus(refund.status).label.lower()}."


def _why_not_manager(refund: RefundRequest, by: StaffUser) -> str | None:
    is_manager = _holds(by, Role.MANAGER, organization_id=refund.organization_id, edition_id=refund.edition_id)
    return None if is_manager else NEEDS_MANAGER


def _why_nothing_left(paid: Purchase | Transaction) -> str | None:
    left = paid.max_available_refund_minor if isinstance(paid, Purchase) else paid.available_refund_minor
    return None if left else "All of it has gone back or is reserved for a refund."


def _holds(by: StaffUser, role: Role, *, organization_id: str, edition_id: str) -> bool:
    held = by.reach.role_on(organization_id=organization_id, edition_id=edition_id)
    return held is not None and held.includes(role)
