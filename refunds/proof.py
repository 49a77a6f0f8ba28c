"""Proof of the books: every counter worked out anew from the ledger, and every difference by its name."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from preo.public_ids import encode

CHUNK = 1_000

# Each answers the row, what of it differs, what the row says and what the ledger says, in minor units.
_TRANSACTIONS = """
    SELECT t.id, v.what, v.stands, v.entered
    FROM orders_transaction t
    LEFT JOIN (
        SELECT transaction_id,
               sum(amount_minor) FILTER (WHERE account = 'paid') AS paid,
               sum(service_fee_minor) FILTER (WHERE account = 'paid') AS service_fee,
               sum(amount_minor) FILTER (WHERE account = 'reserved') AS reserved,
               sum(amount_minor) FILTER (WHERE account = 'refunded') AS refunded,
               sum(service_fee_minor) FILTER (WHERE account = 'reserved') AS service_fee_reserved,
               sum(service_fee_minor) FILTER (WHERE account = 'refunded') AS service_fee_refunded,
               sum(amount_minor) FILTER (WHERE account = 'outside') AS outside
        FROM orders_ledgerentry GROUP BY transaction_id
    ) e ON e.transaction_id = t.id
    CROSS JOIN LATERAL (VALUES
        ('paid', CASE t.status WHEN 'completed' THEN t.amount_minor ELSE 0 END, e.paid),
        ('service_fee', CASE t.status WHEN 'completed' THEN t.service_fee_minor ELSE 0 END, e.service_fee),
        ('reserved', t.reserved_minor, e.reserved),
        ('refunded', t.refunded_minor, e.refunded),
        ('service_fee_reserved', t.service_fee_reserved_minor, e.service_fee_reserved),
        ('service_fee_refunded', t.service_fee_refunded_minor, e.service_fee_refunded),
        ('outside', t.outside_minor, e.outside)
    ) v(what, stands, entered)
    WHERE v.stands <> coalesce(v.entered, 0)
"""

_PURCHASES = """
    SELECT p.id, v.what, v.stands, v.entered
    FROM orders_purchase p
    LEFT JOIN (
        SELECT purchase_id,
               sum(price_minor) FILTER (WHERE account = 'reserved') AS price_reserved,
               sum(price_minor) FILTER (WHERE account = 'refunded') AS price_refunded,
               sum(deposit_minor) FILTER (WHERE account = 'reserved') AS deposit_reserved,
               sum(deposit_minor) FILTER (WHERE account = 'refunded') AS deposit_refunded,
               sum(handling_fee_minor) FILTER (WHERE account = 'reserved') AS handling_fee_reserved,
               sum(handling_fee_minor) FILTER (WHERE account = 'refunded') AS handling_fee_refunded
        FROM orders_ledgerentry WHERE purchase_id IS NOT NULL GROUP BY purchase_id
    ) e ON e.purchase_id = p.id
    CROSS JOIN LATERAL (VALUES
        ('price_reserved', p.price_reserved_minor, e.price_reserved),
        ('price_refunded', p.price_refunded_minor, e.price_refunded),
        ('deposit_reserved', p.deposit_reserved_minor, e.deposit_reserved),
        ('deposit_refunded', p.deposit_refunded_minor, e.deposit_refunded),
        ('handling_fee_reserved', p.handling_fee_reserved_minor, e.handling_fee_reserved),
        ('handling_fee_refunded', p.handling_fee_refunded_minor, e.handling_fee_refunded)
    ) v(what, stands, entered)
    WHERE v.stands <> coalesce(v.entered, 0)
"""

_REFUNDS = """
    SELECT coalesce(h.refund_id, e.refund_id), v.account || ' ' || v.what, coalesce(v.stands, 0), v.entered
    FROM (
        SELECT a.refund_id, a.purchase_id,
               CASE r.status WHEN 'processed' THEN 'refunded' ELSE 'reserved' END AS account,
               a.price_minor, a.deposit_minor, a.handling_fee_minor, a.service_fee_minor
        FROM refunds_refundallocation a JOIN refunds_refundrequest r ON r.id = a.refund_id
        WHERE r.status IN ('requested', 'ready', 'processing', 'awaiting_gateway', 'processed')
    ) h
    FULL JOIN (
        SELECT refund_id, purchase_id, account, sum(price_minor) AS price_minor, sum(deposit_minor) AS deposit_minor,
               sum(handling_fee_minor) AS handling_fee_minor, sum(service_fee_minor) AS service_fee_minor
        FROM orders_ledgerentry WHERE account IN ('reserved', 'refunded')
        GROUP BY refund_id, purchase_id, account
    ) e ON e.refund_id = h.refund_id AND e.account = h.account
       AND coalesce(e.purchase_id, e.refund_id) = coalesce(h.purchase_id, h.refund_id)
    CROSS JOIN LATERAL (VALUES
        (coalesce(h.account, e.account), 'price', h.price_minor, e.price_minor),
        (coalesce(h.account, e.account), 'deposit', h.deposit_minor, e.deposit_minor),
        (coalesce(h.account, e.account), 'handling_fee', h.handling_fee_minor, e.handling_fee_minor),
        (coalesce(h.account, e.account), 'service_fee', h.service_fee_minor, e.service_fee_minor)
    ) v(account, what, stands, entered)
    WHERE coalesce(v.stands, 0) <> coalesce(v.entered, 0)
"""

_AMOUNTS = """
    SELECT r.id, 'amount', r.amount_minor, coalesce(a.total, 0)
    FROM refunds_refundrequest r
    LEFT JOIN (
        SELECT refund_id, sum(price_minor + deposit_minor + handling_fee_minor + service_fee_minor) AS total
        FROM refunds_refundallocation GROUP BY refund_id
    ) a ON a.refund_id = r.id
    WHERE r.amount_minor <> coalesce(a.total, 0)
"""

_MOVEMENTS = """
    SELECT t.id, 'outside_movements', t.outside_minor, coalesce(m.taken, 0)
    FROM orders_transaction t
    LEFT JOIN (
        SELECT transaction_id, sum(amount_minor) AS taken
        FROM refunds_outsidemovement WHERE state = 'taken' GROUP BY transaction_id
    ) m ON m.transaction_id = t.id
    WHERE t.outside_minor <> coalesce(m.taken, 0)
"""

_PAID = """
    SELECT e.transaction_id, 'refunded, of what was paid', e.refunded, e.paid
    FROM (
        SELECT transaction_id, coalesce(sum(amount_minor) FILTER (WHERE account = 'paid'), 0) AS paid,
               coalesce(sum(amount_minor) FILTER (WHERE account = 'refunded'), 0) AS refunded
        FROM orders_ledgerentry GROUP BY transaction_id
    ) e
    WHERE e.refunded > e.paid
"""

_BELONGINGS = """
    SELECT e.purchase_id, 'of another payment', 0, sum(abs(e.amount_minor))
    FROM orders_ledgerentry e JOIN orders_purchase p ON p.id = e.purchase_id
    WHERE p.transaction_id IS DISTINCT FROM e.transaction_id
    GROUP BY e.purchase_id HAVING sum(abs(e.amount_minor)) > 0
"""

_CURRENCIES = """
    SELECT e.transaction_id, 'in another currency', 0, sum(abs(e.amount_minor))
    FROM orders_ledgerentry e JOIN orders_transaction t ON t.id = e.transaction_id
    WHERE e.currency <> t.currency
    GROUP BY e.transaction_id
"""

_REFUND_ORIGINS = """
    SELECT r.id, 'of another payment or currency', r.amount_minor, 0
    FROM refunds_refundrequest r JOIN orders_transaction t ON t.id = r.transaction_id
    WHERE r.currency <> t.currency OR r.order_id <> t.order_id
       OR EXISTS (SELECT FROM orders_ledgerentry e WHERE e.refund_id = r.id AND e.transaction_id <> r.transaction_id)
"""

_OUTCOMES = """
    SELECT r.id, r.status || ', and its last attempt ' || coalesce(nullif(a.outcome, ''), 'unknown'), r.amount_minor, 0
    FROM refunds_refundrequest r
    LEFT JOIN LATERAL (
        SELECT outcome FROM refunds_refundattempt WHERE refund_id = r.id ORDER BY number DESC LIMIT 1
    ) a ON true
    WHERE r.status IN ('processed', 'awaiting_gateway', 'failed') AND coalesce(a.outcome, '') <>
          CASE r.status WHEN 'processed' THEN 'settled' WHEN 'failed' THEN 'failed' ELSE 'pending' END
       OR r.status IN ('requested', 'rejected') AND a.outcome IS NOT NULL
       OR r.status = 'ready' AND a.outcome IN ('settled', 'pending', '')
"""

_CHECKS = (
    ("transaction", "trx", _TRANSACTIONS),
    ("transaction", "trx", _PAID),
    ("transaction", "trx", _CURRENCIES),
    ("purchase", "pur", _BELONGINGS),
    ("refund", "rfd", _REFUND_ORIGINS),
    ("refund", "rfd", _OUTCOMES),
    ("purchase", "pur", _PURCHASES),
    ("refund", "rfd", _REFUNDS),
    ("refund", "rfd", _AMOUNTS),
    ("transaction", "trx", _MOVEMENTS),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that stands on a row and isn't what its entries come to; in minor units of the row's currency."""

    kind: str
    id: str
    what: str
    stands_minor: int
    entered_minor: int

    def __str__(self) -> str:
        return (
            f"{self.kind} {self.id}: {self.what} is {self.stands_minor}, and its entries come to {self.entered_minor}"
        )


def differences() -> Iterator[Difference]:
    """Every difference between the books and the ledger, as of one moment; constant memory here.

    Safe beside workers: nothing is locked, and what they commit meanwhile isn't seen.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for kind, prefix, sql in _CHECKS:
            for row_id, what, stands, entered in _streamed(sql):
                row = encode(prefix, row_id) if row_id else "of no refund"
                yield Difference(kind, row, what, int(stands), int(entered or 0))


def _streamed(sql: str) -> Iterator[tuple[UUID | None, str, int, int | None]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows
