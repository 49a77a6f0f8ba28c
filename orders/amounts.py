"""The sums of a cart as lines to show."""

from collections.abc import Iterator
from dataclasses import dataclass

from preo.money import Money


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One line of a cart's summary; `amount` is signed, a discount is negative."""

    key: str
    label: str
    amount: Money
    note: str = ""
    is_total: bool = False

    @property
    def formatted(self) -> str:
        return self.amount.formatted()

    @property
    def is_negative(self) -> bool:
        return self.amount.minor < 0


def summary_lines(amounts: dict[str, int], *, currency: str, coupon_code: str) -> Iterator[SummaryLine]:
    """The lines of a cart whose amounts are given by key (`subtotal`, `discount`, …) in minor units.

    Empty lines are left out but for the subtotal and the total; tax is contained in the total and says so.
    """

    def line(key: str, label: str, sign: int = 1, note: str = "", *, is_total: bool = False) -> SummaryLine:
        return SummaryLine(key, label, Money(sign * amounts[key], currency), note, is_total)

    yield line("subtotal", "Subtotal")
    optional = [
        line("discount", "Discount", -1, coupon_code),
        line("deposit", "Deposit"),
        line("handling_fee", "Handling fee"),
        line("service_fee", "Service fee"),
        line("tax", "Tax", note="Contained in the total"),
    ]
    yield from (found for found in optional if found.amount)
    yield line("total", "Total", is_total=True)
