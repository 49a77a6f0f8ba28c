"""Lines that stand together and name one order become that order, or each gets a reason why not."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from preo.imports.lines import OrderLine, Refused
from preo.imports.reading import Record, Refusal
from preo.money import MAX_MINOR

MOST_LINES = 10_000
MOST_UNITS = 100_000

Entry = OrderLine | Refused


@dataclass(slots=True)
class Group:
    """Adjacent entries of one order, also the illegible ones in between; `is_too_long` when it was cut off."""

    number: str
    entries: list[Entry] = field(default_factory=list)
    is_too_long: bool = False


@dataclass(frozen=True, slots=True)
class Invoice:
    """A whole order of the file; its lines agree on the customer."""

    number: str
    lines: Sequence[OrderLine]

    @property
    def ordered_at(self) -> datetime:
        """Some systems give every line the minute in which it was keyed in."""
        return min(line.ordered_at for line in self.lines)

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def amount_minor(self) -> int:
        return sum(line.quantity * line.price_minor for line in self.lines)

    @property
    def fingerprint(self) -> str:
        """The same for the same lines, so that a second run knows an order that it imported from one that differs."""
        person = self.lines[0].person
        facts = [(line.product_code, line.product_name, line.quantity, line.price_minor) for line in self.lines]
        whole = (self.number, person.external_id, person.email.upper(), self.ordered_at.isoformat(), facts)
        return blake2b(repr(whole).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that isn't imported, and why."""

    record: Record
    reason: Refusal


def group(entries: Iterable[Entry]) -> Iterator[Group]:
    """Groups in the order of the file. At most MOST_LINES entries are held; a longer order comes in several cuts."""
    current = Group("")
    for entry in entries:
        if entry.number and current.number and entry.number != current.number:
            yield current
            current = Group("")
        elif len(current.entries) >= MOST_LINES:
            if not entry.number:
                yield Group("", [entry])
                continue
            current.is_too_long = entry.number == current.number
            yield current
            current = Group(current.number, is_too_long=current.is_too_long)
        current.number = current.number or entry.number
        current.entries.append(entry)
    if current.entries:
        yield current


class Judge:
    """Decides on the groups of one run. Remembers the order numbers that it met.

    Rule: an order is imported with all that was paid for it or not at all. A line that can't be imported is refused
    alone when it cost nothing; any other takes the lines of its order along (docs/importing.md).
    """

    def __init__(self) -> None:
        self._met: set[str] = set()

    def judge(self, group: Group) -> tuple[Invoice | None, list[Reject]]:
        rejects = [Reject(entry.record, entry.reason) for entry in group.entries if isinstance(entry, Refused)]
        lines = [entry for entry in group.entries if isinstance(entry, OrderLine)]
        spoiled = self._spoiled(group, lines)
        if spoiled:
            return None, [*rejects, *(Reject(line.record, spoiled) for line in lines)]
        return (Invoice(group.number, lines) if lines else None), rejects

    def _spoiled(self, group: Group, lines: Sequence[OrderLine]) -> Refusal | None:
        """Why no line of the group can be imported."""
        if group.is_too_long:
            return Refusal("order_too_long", f"Order {group.number} has more than {MOST_LINES} lines.")
        if group.number in self._met:
            return Refusal("order_not_adjacent", f"Order {group.number} has lines further up, apart from this one.")
        if group.number:
            self._met.add(group.number)
        return _torn(group) or _contradiction(group.number, lines)


def _torn(group: Group) -> Refusal | None:
    """Whether a refused line changes what was paid."""
    for entry in group.entries:
        if isinstance(entry, Refused) and entry.number and not entry.is_free:
            where = f"Order {group.number} can't be imported without line {entry.record.line}"
            return Refusal("order_incomplete", f"{where}: {entry.reason.text}")
    return None


def _contradiction(number: str, lines: Sequence[OrderLine]) -> Refusal | None:
    """What the lines, each good by itself, are together."""
    customers = {(line.person.external_id, line.person.email.upper()) for line in lines}
    if len(customers) > 1:
        return Refusal("customers_differ", f"The lines of order {number} name different customers.")
    invoice = Invoice(number, lines)
    if invoice.units > MOST_UNITS:
        return Refusal("order_too_large", f"Order {number} has {invoice.units} units, above {MOST_UNITS}.")
    if invoice.amount_minor > MAX_MINOR:
        return Refusal("order_too_large", f"Order {number} is above the largest amount.")
    return None
