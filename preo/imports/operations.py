"""Importing orders: a file becomes batches, a batch becomes rows, each batch whole or not at all."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path

from django.db import IntegrityError

from editions.models import Edition
from editions.operations.products import ForeignProduct, find_or_create_products, known_products
from orders.operations.importing import ForeignLine, ForeignOrder, known_orders, record_imported_orders
from preo.accounts.customers import Buyer, Known, Spent, find_or_create_customers, known_among, meet, note_orders
from preo.accounts.models import Organization
from preo.imports.grouping import Group, Invoice, Judge, Reject, group
from preo.imports.lines import LineReader
from preo.imports.mapping import Mapping
from preo.imports.reading import BadFile, Refusal, Table, opened
from preo.imports.rejects import Rejects, rejects_file
from preo.imports.report import Report
from preo.recording import operation

ORDERS_OF_A_BATCH = 1_000
LINES_OF_A_BATCH = 10_000
UNITS_OF_A_BATCH = 100_000

Progress = Callable[[int], None]
"""Is told how many lines were read, after every batch."""


@dataclass(slots=True)
class Batch:
    """Orders to write in one transaction, and the rejects among them."""

    lines: int = 0
    units: int = 0
    invoices: list[Invoice] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return (
            len(self.invoices) >= ORDERS_OF_A_BATCH or self.lines >= LINES_OF_A_BATCH or self.units >= UNITS_OF_A_BATCH
        )

    def add(self, group: Group, invoice: Invoice | None, rejects: list[Reject]) -> None:
        self.lines += len(group.entries)
        self.rejects += rejects
        if invoice:
            self.invoices.append(invoice)
            self.units += invoice.units


@dataclass(frozen=True, slots=True)
class Sorted:
    """The orders of a batch by what is to happen to them."""

    new: list[Invoice]
    there: list[Invoice]
    rejects: list[Reject]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A batch after it was written, or looked at in a dry run."""

    orders: Sorted
    customers_created: int
    products_created: int


Step = Callable[[Batch], Outcome]


def import_orders(
    source: Path,
    *,
    edition: Edition,
    mapping: Mapping,
    rejects: Path | None,
    dry_run: bool,
    now: datetime,
    progress: Progress,
) -> Report:
    """Create the orders of a CSV in an edition; `rejects` is where the other lines go, None for nowhere.

    Every batch is a transaction of its own: after a stop at any moment a second run goes on where the first ended,
    and a run over what is there already creates nothing. A dry run writes no row and returns the same numbers.
    Raises BadFile before anything is written.
    """
    with opened(source, encoding=mapping.file.encoding) as file, rejects_file(rejects, source=source) as rejected:
        table = Table(file, delimiter=mapping.file.delimiter)
        reader = LineReader(table.header, mapping=mapping, edition=edition)
        writer = Rejects(rejected, header=table.header, delimiter=mapping.file.delimiter)
        step: Step = DryRun(edition, now).look if dry_run else lambda batch: _written(batch, edition=edition, now=now)
        report = Report(currency=edition.currency, is_dry_run=dry_run)
        for batch in _batches(group(map(reader.read, table))):
            outcome = step(batch)
            writer.write(chain(batch.rejects, outcome.orders.rejects))
            _count(report, batch, outcome)
            progress(report.lines_read)
        if not report.lines_read:
            raise BadFile("The file has nothing below its header.")
    return report


def _batches(groups: Iterator[Group]) -> Iterator[Batch]:
    judge = Judge()
    batch = Batch()
    for each in groups:
        batch.add(each, *judge.judge(each))
        if batch.is_full:
            yield batch
            batch = Batch()
    if batch.lines:
        yield batch


def _written(batch: Batch, *, edition: Edition, now: datetime) -> Outcome:
    try:
        return import_batch(batch.invoices, edition=edition, now=now)
    except IntegrityError:
        # Somebody took a number or an address between our look and our write; a second look sees that.
        return import_batch(batch.invoices, edition=edition, now=now)


@operation
def import_batch(invoices: Sequence[Invoice], *, edition: Edition, now: datetime) -> Outcome:
    """Write those of the orders that aren't there, with their customers and products, in one transaction.

    Locks the organization, so that two imports at once take turns.
    """
    organization = Organization.objects.select_for_update(no_key=True).get(pk=edition.organization_id)
    orders = _sort(invoices, edition)
    people = [invoice.lines[0].person for invoice in orders.new]
    customers, customers_created = find_or_create_customers(organization, people=people, now=now)
    products, products_created = find_or_create_products(edition, wanted=_products_of(orders.new), now=now)
    pairs = list(zip(orders.new, customers, strict=True))
    foreign = [_foreign_order(invoice, customer, products) for invoice, customer in pairs]
    record_imported_orders(edition, orders=foreign, now=now)
    note_orders(organization, spent=(_spent(*pair, edition.currency) for pair in pairs), now=now)
    return Outcome(orders, customers_created, products_created)


@dataclass(frozen=True, slots=True)
class DryRun:
    """Looks at batches as `import_batch` does, and remembers what the real one would find written by then."""

    edition: Edition
    now: datetime
    customers: Known = field(default_factory=Known)
    products: set[str] = field(default_factory=set)

    def look(self, batch: Batch) -> Outcome:
        orders = _sort(batch.invoices, self.edition)
        codes = _products_of(orders.new).keys() - self.products
        unknown_codes = codes - known_products(self.edition, codes=codes).keys()
        self.products.update(unknown_codes)
        people = [invoice.lines[0].person for invoice in orders.new]
        self.customers.update(known_among(self.edition.organization, people=people))
        _, unknown_people = meet(people, known=self.customers)
        return Outcome(orders, len(unknown_people), len(unknown_codes))


def _sort(invoices: Sequence[Invoice], edition: Edition) -> Sorted:
    known = known_orders(edition, numbers=[invoice.number for invoice in invoices])
    orders = Sorted([], [], [])
    for invoice in invoices:
        if invoice.number not in known:
            orders.new.append(invoice)
        elif known[invoice.number] == invoice.fingerprint:
            orders.there.append(invoice)
        else:
            text = f"Order {invoice.number} is there already, with other lines or from elsewhere."
            reason = Refusal("order_differs", text)
            orders.rejects.extend(Reject(line.record, reason) for line in invoice.lines)
    return orders


def _products_of(invoices: Sequence[Invoice]) -> dict[str, ForeignProduct]:
    """As the first line of each has it."""
    products: dict[str, ForeignProduct] = {}
    for line in chain.from_iterable(invoice.lines for invoice in invoices):
        if line.product_code not in products:
            products[line.product_code] = ForeignProduct(line.product_name, line.price_minor)
    return products


def _foreign_order(invoice: Invoice, customer: Buyer, products: dict[str, str]) -> ForeignOrder:
    return ForeignOrder(
        number=invoice.number,
        customer=customer,
        ordered_at=invoice.ordered_at,
        lines=[
            ForeignLine(products[line.product_code], line.product_name, line.quantity, line.price_minor)
            for line in invoice.lines
        ],
        fingerprint=invoice.fingerprint,
    )


def _spent(invoice: Invoice, customer: Buyer, currency: str) -> Spent:
    first = invoice.lines[0]
    return Spent(customer.id, first.person.external_id, invoice.ordered_at, invoice.amount_minor, currency)


def _count(report: Report, batch: Batch, outcome: Outcome) -> None:
    new, there = outcome.orders.new, outcome.orders.there
    rejects = [*batch.rejects, *outcome.orders.rejects]
    report.lines_read += batch.lines
    report.lines_imported += sum(len(invoice.lines) for invoice in new)
    report.lines_rejected += len(rejects)
    report.lines_already_there += sum(len(invoice.lines) for invoice in there)
    report.orders_created += len(new)
    report.orders_already_there += len(there)
    report.purchases_created += sum(invoice.units for invoice in new)
    report.customers_created += outcome.customers_created
    report.products_created += outcome.products_created
    report.amount_minor += sum(invoice.amount_minor for invoice in new)
    report.reasons.update(reject.reason.code for reject in rejects)
