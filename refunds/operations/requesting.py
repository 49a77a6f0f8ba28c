"""Asking for a refund: what it would take is worked out and reserved, and nothing is sent."""

from collections.abc import Iterable
from datetime import datetime

from editions.models import Location
from orders.models import Purchase, Transaction
from orders.operations.refunding import Books, open_books
from preo.accounts.models import StaffUser
from preo.errors import DomainError, InvalidField
from preo.money import Money
from preo.recording import operation
from refunds import amounts
from refunds.amounts import Parts
from refunds.events import tell
from refunds.gateways import why_not_able
from refunds.models import RefundAllocation, RefundRequest
from refunds.operations.deciding import approve_refund
from refunds.operations.limiting import asked_before, terms_of
from refunds.policy import scopes_for, why_not_refundable
from refunds.states import (
    CUSTOM_SCOPES,
    DEFAULT_SCOPE,
    ONLY_DEPOSIT,
    TRANSACTION_SCOPES,
    RefundReason,
    RefundScope,
)


class TransactionNotRefundable(DomainError):
    code = "transaction_not_refundable"


class ProviderCannot(DomainError):
    code = "provider_cannot"


class NothingLeft(DomainError):
    code = "nothing_left"


class AmountAboveAvailable(DomainError):
    code = "amount_above_available"
    field = "amount"


@operation
def request_refund(
    transaction: Transaction,
    *,
    purchase: Purchase | None,
    reason: RefundReason,
    scope: RefundScope | None,
    amount_minor: int | None,
    comment: str,
    pickup_point: Location | None,
    by: StaffUser,
    now: datetime,
) -> RefundRequest:
    """Reserve part of a transaction to give back; no money moves before somebody approves.

    `amount_minor` (minor units of the transaction's currency) is required for custom scopes; for the others it must
    be left out or equal what the scope comes to. Locks the transaction and its purchases. Up to the organization's
    self-approval limit, counted with what `by` asked for of the transaction before, the request is approved at once.

    Raises InvalidField, TransactionNotRefundable, NothingLeft, AmountAboveAvailable, ProviderCannot, AboveCeiling,
    DailyLimitReached.
    Rule: "Reason and scope", "Reservation", "Second person", "Ceilings", "Daily limit" in docs/rules.md.
    """
    scope = scope_of(reason, scope, purchase=purchase)
    with open_books([transaction.pk], now=now) as shelf:
        books = shelf[transaction.pk]
        before = asked_before(books.transaction, by=by)
        taken = taken_of(books, reason=reason, scope=scope, purchase=purchase, amount_minor=amount_minor, now=now)
        refund = _create(
            books.transaction,
            taken,
            before=before,
            purchase=purchase,
            reason=reason,
            scope=scope,
            comment=comment,
            pickup_point=_pickup_point(pickup_point, books.transaction),
            by=by,
            now=now,
        )
        books.reserve(taken, refund_id=refund.pk)
    tell(refund, "requested", now=now)
    return approve_refund(refund, by=by, now=now) if _approves_itself(refund, before=before) else refund


def taken_of(
    books: Books,
    *,
    reason: RefundReason,
    scope: RefundScope,
    purchase: Purchase | None,
    amount_minor: int | None,
    now: datetime,
) -> list[Parts]:
    """What a refund of this would take from where; nothing is booked.

    Raises InvalidField, TransactionNotRefundable, NothingLeft, AmountAboveAvailable, ProviderCannot.
    """
    transaction = books.transaction
    if why_not := why_not_refundable(transaction):
        raise TransactionNotRefundable(why_not)
    taken = _taken(_left(books, reason, scope, purchase), scope, amount_minor, currency=transaction.currency)
    total = amounts.total_of(taken)
    if total > transaction.available_refund_minor:
        raise _above(transaction.available_refund_minor, transaction.currency)
    if why_not := why_not_able(transaction, total, now=now):
        raise ProviderCannot(why_not)
    return taken


def scope_of(reason: RefundReason, scope: RefundScope | None, *, purchase: Purchase | None) -> RefundScope:
    """The scope that was chosen, or the reason's own. Raises InvalidField for one that the reason doesn't allow."""
    chosen = scope or DEFAULT_SCOPE[reason]
    if chosen not in scopes_for(reason):
        allowed = ", ".join(scopes_for(reason))
        raise InvalidField("scope", "not_for_this_reason", f"For {reason} the scope can be: {allowed}.")
    if purchase is None and chosen not in TRANSACTION_SCOPES:
        raise InvalidField("scope", "needs_a_purchase", f"The scope {chosen} is for a purchase.")
    return chosen


def _left(books: Books, reason: RefundReason, scope: RefundScope, purchase: Purchase | None) -> list[Parts]:
    """What is neither given back nor reserved, of what the scope is about."""
    if purchase is not None and scope not in TRANSACTION_SCOPES:
        left = [_left_of(books.purchases[purchase.pk])]
        return amounts.only_deposit(left) if reason in ONLY_DEPOSIT else left
    service_fee = Parts(None, service_fee_minor=books.transaction.service_fee_left_minor)
    return [*map(_left_of, books.purchases.values()), service_fee]


def _left_of(purchase: Purchase) -> Parts:
    return Parts(
        purchase.pk,
        price_minor=purchase.left_minor("price"),
        deposit_minor=purchase.left_minor("deposit"),
        handling_fee_minor=purchase.left_minor("handling_fee"),
    )


def _taken(left: list[Parts], scope: RefundScope, amount_minor: int | None, *, currency: str) -> list[Parts]:
    if scope in CUSTOM_SCOPES:
        return _custom(left, amount_minor, currency=currency)
    taken = amounts.whole(scope, left)
    total = amounts.total_of(taken)
    if not total:
        raise NothingLeft("Nothing of this is left to give back.")
    if amount_minor is not None and amount_minor > total:
        raise _above(total, currency)
    if amount_minor not in (None, total):
        raise InvalidField(
            "amount", "computed", f"{scope.label} comes to {Money(total, currency)} by itself: leave the amount out."
        )
    return taken


def _custom(left: list[Parts], amount_minor: int | None, *, currency: str) -> list[Parts]:
    if amount_minor is None:
        raise InvalidField("amount", "required", "A custom scope needs an amount.")
    if amount_minor == 0:
        raise InvalidField("amount", "zero", "The amount must be above zero.")
    total = amounts.total_of(left)
    if amount_minor > total:
        raise _above(total, currency)
    return amounts.custom(amount_minor, left)


def _above(total: int, currency: str) -> AmountAboveAvailable:
    return AmountAboveAvailable(f"There is {Money(total, currency)} left.")


def _pickup_point(pickup_point: Location | None, transaction: Transaction) -> Location | None:
    if pickup_point and pickup_point.edition_id != transaction.order.edition_id:
        raise InvalidField("pickup_point_id", "other_edition", "This pickup point belongs to another edition.")
    return pickup_point


def _create(
    transaction: Transaction,
    taken: Iterable[Parts],
    *,
    before: Money,
    purchase: Purchase | None,
    reason: RefundReason,
    scope: RefundScope,
    comment: str,
    pickup_point: Location | None,
    by: StaffUser,
    now: datetime,
) -> RefundRequest:
    order, amount = transaction.order, Money(amounts.total_of(taken), transaction.currency)
    terms = terms_of(transaction, amount=amount, before=before, reason=reason, comment=comment, by=by, now=now)
    refund = RefundRequest.objects.create(
        organization_id=order.organization_id,
        edition_id=order.edition_id,
        order=order,
        transaction=transaction,
        purchase=purchase,
        reason=reason,
        scope=scope,
        amount_minor=amount.minor,
        currency=amount.currency,
        comment=comment,
        pickup_point=pickup_point,
        staff_user=by,
        **terms,
        created=now,
        modified=now,
    )
    RefundAllocation.objects.bulk_create(allocation(refund, parts) for parts in taken)
    return refund


def allocation(refund: RefundRequest, parts: Parts) -> RefundAllocation:
    """The row, not saved yet."""
    return RefundAllocation(
        refund=refund,
        purchase_id=parts.purchase_id,
        price_minor=parts.price_minor,
        deposit_minor=parts.deposit_minor,
        handling_fee_minor=parts.handling_fee_minor,
        service_fee_minor=parts.service_fee_minor,
    )


def _approves_itself(refund: RefundRequest, *, before: Money) -> bool:
    limit = refund.order.organization.refund_self_approved_up_to_minor
    return limit is not None and (before + refund.amount).minor <= limit
