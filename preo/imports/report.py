"""What an import did, in numbers that add up."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from preo.money import to_number


@dataclass(slots=True)
class Report:
    """Counts of one run; sums are of the orders created, in minor units of `currency`."""

    currency: str
    is_dry_run: bool
    lines_read: int = 0
    lines_imported: int = 0
    lines_rejected: int = 0
    lines_already_there: int = 0
    orders_created: int = 0
    orders_already_there: int = 0
    purchases_created: int = 0
    customers_created: int = 0
    products_created: int = 0
    amount_minor: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def as_object(self) -> dict[str, Any]:
        """For `--json`."""
        numbers = {name: getattr(self, name) for name in self.__slots__}
        return numbers | {"reasons": dict(sorted(self.reasons.items()))}

    def __str__(self) -> str:
        done = "would be created" if self.is_dry_run else "created"
        return (
            f"{self.lines_read:,} lines read = {self.lines_imported:,} imported + {self.lines_rejected:,} rejected"
            f" + {self.lines_already_there:,} already there; {self.orders_created:,} orders with"
            f" {self.purchases_created:,} purchases of {to_number(self.amount_minor):,} {self.currency.upper()},"
            f" {self.customers_created:,} customers and {self.products_created:,} products {done}."
        )
