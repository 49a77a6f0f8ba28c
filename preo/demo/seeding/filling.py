"""Puts a seed into the database, all of it or nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import connection
from django.db.models import Max
from psycopg import Connection, sql

from consents.models import Consent
from preo.accounts.models import Organization
from preo.demo.seeding import order_rows, refund_rows
from preo.demo.seeding.agreements import ANSWERED, fill_answers
from preo.demo.seeding.albums import store_prints
from preo.demo.seeding.batches import Maker, batches
from preo.demo.seeding.copying import BlockWriter
from preo.demo.seeding.houses import first_organization_id
from preo.demo.seeding.rebuilding import without_indexes
from preo.demo.seeding.worlds import World
from preo.public_ids import decode
from preo.recording import operation

REBUILD_FROM = 20_000
"""Orders from which building the indexes anew costs less than keeping them up to date row by row."""

_ENTER_REFUNDS = """
    INSERT INTO orders_ledgerentry
        (transaction_id, purchase_id, account, currency, amount_minor, price_minor, deposit_minor, handling_fee_minor,
         service_fee_minor, refund_id, created)
    SELECT r.transaction_id, a.purchase_id, CASE r.status WHEN 'processed' THEN 'refunded' ELSE 'reserved' END,
           r.currency, a.price_minor + a.deposit_minor + a.handling_fee_minor + a.service_fee_minor, a.price_minor,
           a.deposit_minor, a.handling_fee_minor, a.service_fee_minor, r.id, r.modified
    FROM refunds_refundallocation a JOIN refunds_refundrequest r ON r.id = a.refund_id
    WHERE r.organization_id = ANY(%s)
      AND r.status IN ('requested', 'ready', 'processing', 'awaiting_gateway', 'processed')
    ORDER BY r.id, a.id
"""

Progress = Callable[[int], None]


def is_seeded(seed: int) -> bool:
    return Organization.objects.filter(pk=first_organization_id(seed)).exists()


def seed_demo(world: World, *, orders: int, progress: Progress, rebuild_from: int = REBUILD_FROM) -> None:
    """Write all rows of the seed, which must not be there yet; `progress` hears how many orders have been made.

    The images are stored first. From `rebuild_from` orders on, whoever else uses the tables waits for the end.
    """
    store_prints(world.prints)
    _write_rows(world, orders=orders, progress=progress, rebuild_from=rebuild_from)


@operation
def _write_rows(world: World, *, orders: int, progress: Progress, rebuild_from: int) -> None:
    _save(world)
    raw: Connection[Any] = connection.connection
    with _without_indexes(raw) if orders >= rebuild_from else nullcontext():
        maker = Maker(world, first_sandbox_id=_first_sandbox_id(raw))
        _write(raw, maker, orders, progress)
        _enter_refunds(raw, world)
    _fill_answers(raw, world)
    _continue_sandbox_ids(raw, maker.next_sandbox_id)
    _analyze(raw)


def _save(world: World) -> None:
    for model, rows in world.rows.items():
        model._default_manager.bulk_create(rows, batch_size=1000)


def _without_indexes(raw: Connection[Any]) -> AbstractContextManager[None]:
    """Refunds keep theirs: there are few."""
    return without_indexes(raw, [table.name for table in order_rows.TABLES])


def _write(raw: Connection[Any], maker: Maker, orders: int, progress: Progress) -> None:
    with BlockWriter(raw) as writer:
        for batch in batches(orders):
            writer.write(maker.block(batch))
            progress(batch.first + batch.size)
        writer.finish()


def _enter_refunds(raw: Connection[Any], world: World) -> None:
    """What refunds hold and gave back, for the ledger; what was paid the database has entered by itself."""
    raw.execute(_ENTER_REFUNDS, [[decode(str(row.pk))[1] for row in world.rows[Organization]]])


def _fill_answers(raw: Connection[Any], world: World) -> None:
    """Of all customers at once, when they are there with their indexes."""
    staff = {house.organization.pk: house.staff["staff"].pk for house in world.houses}
    consents: Any = world.rows[Consent]
    fill_answers(raw, consents, staff=staff, calendar=world.calendar)


def _first_sandbox_id(raw: Connection[Any]) -> int:
    """The sandbox's references are made of its ids, so they are given out here; nobody else may do so meanwhile."""
    model = refund_rows.SANDBOX_REFUNDS.model
    raw.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(sql.Identifier(model._meta.db_table)))
    highest: int | None = model._default_manager.aggregate(highest=Max("pk"))["highest"]
    return (highest or 0) + 1


def _continue_sandbox_ids(raw: Connection[Any], next_id: int) -> None:
    raw.execute(
        "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", [refund_rows.SANDBOX_REFUNDS.name, next_id]
    )


def _analyze(raw: Connection[Any]) -> None:
    """Without statistics the first readers would get bad plans until autovacuum comes round."""
    tables = [table.name for table in (*order_rows.TABLES, *refund_rows.TABLES)]
    names = sql.SQL(", ").join(map(sql.Identifier, [*tables, *ANSWERED]))
    raw.execute(sql.SQL("ANALYZE {}").format(names))
