"""What a refund takes from where: pure arithmetic on minor units of one currency."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from preo.money import split_minor
from refunds.states import RefundScope


@dataclass(frozen=True, slots=True)
class Parts:
    """Amounts of one purchase by part; with `purchase_id` None, the service fee of the transaction."""

    purchase_id: str | None
    price_minor: int = 0
    deposit_minor: int = 0
    handling_fee_minor: int = 0
    service_fee_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.price_minor + self.deposit_minor + self.handling_fee_minor + self.service_fee_minor


Choice = Callable[[Parts], Parts]

_WHOLE_SCOPES: dict[RefundScope, Choice] = {
    RefundScope.PURCHASE_PRICE: lambda left: Parts(left.purchase_id, price_minor=left.price_minor),
    RefundScope.PURCHASE_DEPOSIT: lambda left: Parts(left.purchase_id, deposit_minor=left.deposit_minor),
    RefundScope.PURCHASE_FULL: lambda left: left,
    RefundScope.TRANSACTION_FULL: lambda left: left,
}

# Custom amounts take all prices first, then deposits, then fees. Rule: docs/rules.md, "Custom amounts".
_TURNS = (("price_minor",), ("deposit_minor",), ("handling_fee_minor", "service_fee_minor"))


def total_of(parts: Iterable[Parts]) -> int:
    """The sum of several parts."""
    return sum(part.total_minor for part in parts)


def whole(scope: RefundScope, left: Sequence[Parts]) -> list[Parts]:
    """Everything that is left within a scope that needs no amount."""
    return _without_empty(_WHOLE_SCOPES[scope](part) for part in left)


def custom(amount_minor: int, left: Sequence[Parts]) -> list[Parts]:
    """`amount_minor` out of what is left, shared out in proportion within each turn.

    The amount must not be above the total of `left`.
    """
    taken = [Parts(part.purchase_id) for part in left]
    for turn in _TURNS:
        amount_minor -= _take_turn(turn, amount_minor, left, taken)
    if amount_minor:
        raise ValueError("the amount is above what is left")
    return _without_empty(taken)


def only_deposit(left: Iterable[Parts]) -> list[Parts]:
    """What is left of deposits alone."""
    return [_WHOLE_SCOPES[RefundScope.PURCHASE_DEPOSIT](part) for part in left]


def _take_turn(turn: tuple[str, ...], amount_minor: int, left: Sequence[Parts], taken: list[Parts]) -> int:
    """Takes up to `amount_minor` from the parts named in `turn`; answers how much it took."""
    places = [(index, name) for name in turn for index in range(len(left))]
    weights = [getattr(left[index], name) for index, name in places]
    amount: int = min(amount_minor, sum(weights))
    if amount:
        for (index, name), share in zip(places, split_minor(amount, weights), strict=True):
            taken[index] = replace(taken[index], **{name: share})  # type: ignore[arg-type]  # names of amounts alone
    return amount


def _without_empty(parts: Iterable[Parts]) -> list[Parts]:
    return [part for part in parts if part.total_minor]
