"""What would be wrong with the demo's data, and when and how much of it the tests look at."""

from datetime import UTC, datetime
from typing import Any

from django.db import connection

DAY = datetime(2026, 6, 1, tzinfo=UTC)
ORDERS = 200

# Each finds the rows that break a rule, with the rule for its name.
BREACHES = {
    "a cart sums up its items": """
        SELECT c.id FROM orders_cart c JOIN orders_cartitem i ON i.cart_id = c.id GROUP BY c.id
        HAVING c.subtotal_minor <> sum(i.quantity * i.price_with_options_minor)
            OR c.deposit_minor <> sum(i.quantity * i.deposit_with_options_minor)
            OR c.handling_fee_minor <> sum(i.quantity * i.handling_fee_minor)
    """,
    "an order is its cart's total": """
        SELECT o.id FROM orders_order o JOIN orders_cart c ON c.id = o.cart_id
        WHERE o.amount_minor <> c.total_minor OR o.currency <> c.currency OR o.customer_id <> c.customer_id
    """,
    "only an imported order has no cart": """
        SELECT id FROM orders_order WHERE (type = 'imported') <> (cart_id IS NULL)
    """,
    "an order counts its units": """
        SELECT o.id FROM orders_order o LEFT JOIN orders_purchase p ON p.order_id = o.id GROUP BY o.id
        HAVING o.items_count <> count(p.id) OR count(p.id) NOT BETWEEN 1 AND 6
    """,
    "a payment is for the whole order": """
        SELECT t.id FROM orders_transaction t JOIN orders_order o ON o.id = t.order_id
        WHERE t.amount_minor <> o.amount_minor OR t.currency <> o.currency
    """,
    "a payment sums up its purchases": """
        SELECT t.id FROM orders_transaction t JOIN orders_purchase p ON p.transaction_id = t.id GROUP BY t.id
        HAVING t.amount_minor <> t.service_fee_minor + sum(p.price_minor + p.deposit_minor + p.handling_fee_minor)
            OR t.handling_fee_minor <> sum(p.handling_fee_minor)
    """,
    "a completed order is paid once": """
        SELECT o.id FROM orders_order o LEFT JOIN orders_transaction t ON t.order_id = o.id AND t.status = 'completed'
        GROUP BY o.id HAVING count(t.id) <> (o.status = 'completed')::int
    """,
    "a payment refunds what is processed, and reserves what is under way": """
        SELECT t.id FROM orders_transaction t LEFT JOIN refunds_refundrequest r ON r.transaction_id = t.id GROUP BY t.id
        HAVING t.refunded_minor <> coalesce(sum(r.amount_minor) FILTER (WHERE r.status = 'processed'), 0)
            OR t.reserved_minor <> coalesce(sum(r.amount_minor) FILTER (
                WHERE r.status IN ('requested', 'ready', 'processing', 'awaiting_gateway')), 0)
    """,
    "a payment's service fee does, too": """
        SELECT t.id FROM orders_transaction t LEFT JOIN refunds_refundrequest r ON r.transaction_id = t.id
        LEFT JOIN refunds_refundallocation a ON a.refund_id = r.id GROUP BY t.id
        HAVING t.service_fee_refunded_minor <> coalesce(sum(a.service_fee_minor) FILTER (
                WHERE r.status = 'processed'), 0)
            OR t.service_fee_reserved_minor <> coalesce(sum(a.service_fee_minor) FILTER (
                WHERE r.status IN ('requested', 'ready', 'processing', 'awaiting_gateway')), 0)
    """,
    "a purchase refunds and reserves what its allocations say": """
        SELECT p.id FROM orders_purchase p LEFT JOIN refunds_refundallocation a ON a.purchase_id = p.id
        LEFT JOIN refunds_refundrequest r ON r.id = a.refund_id GROUP BY p.id
        HAVING (p.price_refunded_minor, p.deposit_refunded_minor, p.handling_fee_refunded_minor) <> (
                coalesce(sum(a.price_minor) FILTER (WHERE r.status = 'processed'), 0),
                coalesce(sum(a.deposit_minor) FILTER (WHERE r.status = 'processed'), 0),
                coalesce(sum(a.handling_fee_minor) FILTER (WHERE r.status = 'processed'), 0))
            OR p.price_reserved_minor + p.deposit_reserved_minor + p.handling_fee_reserved_minor <> coalesce(
                sum(a.price_minor + a.deposit_minor + a.handling_fee_minor) FILTER (
                    WHERE r.status IN ('requested', 'ready', 'processing', 'awaiting_gateway')), 0)
    """,
    "a purchase is refunded when its price is": """
        SELECT id FROM orders_purchase
        WHERE (status = 'refunded') <> (price_minor > 0 AND price_minor = price_refunded_minor)
    """,
    "a refund sums up its allocations": """
        SELECT r.id FROM refunds_refundrequest r LEFT JOIN refunds_refundallocation a ON a.refund_id = r.id
        GROUP BY r.id HAVING r.amount_minor <> coalesce(
            sum(a.price_minor + a.deposit_minor + a.handling_fee_minor + a.service_fee_minor), 0)
    """,
    "a refund has attempts just when it reached the gateway": """
        SELECT r.id FROM refunds_refundrequest r LEFT JOIN refunds_refundattempt a ON a.refund_id = r.id GROUP BY r.id
        HAVING (count(a.id) > 0) <> (r.status IN ('processing', 'awaiting_gateway', 'processed', 'failed'))
    """,
    "the gateway knows every attempt": """
        SELECT a.id FROM refunds_refundattempt a JOIN refunds_refundrequest r ON r.id = a.refund_id
        JOIN orders_transaction t ON t.id = r.transaction_id
        LEFT JOIN payments_sandboxrefund s ON s.key = a.key AND s.amount_minor = r.amount_minor
            AND s.payment_reference = t.provider_reference AND s.currency = r.currency
            AND (a.outcome IN (s.result, s.next_result) OR a.outcome = '')
            AND a.provider_reference IN ('', 'sandbox-' || s.id)
        WHERE s.id IS NULL
    """,
    "refunds go through the sandbox alone": """
        SELECT r.id FROM refunds_refundrequest r JOIN orders_transaction t ON t.id = r.transaction_id
        WHERE t.service <> 'sandbox' OR t.status <> 'completed' OR t.provider_reference = ''
    """,
    "above the limit a second person is needed": """
        SELECT r.id FROM refunds_refundrequest r JOIN accounts_organization o ON o.id = r.organization_id
        WHERE r.needs_second_approver <> (r.amount_minor > o.refund_second_approver_above_minor)
            OR (r.amount_minor <= o.refund_self_approved_up_to_minor AND r.approved_by_id IS NULL)
    """,
    "a refund says as what its asker asked": """
        SELECT r.id FROM refunds_refundrequest r JOIN accounts_membership m
            ON (m.organization_id, m.staff_user_id) = (r.organization_id, r.staff_user_id)
        WHERE r.asked_as <> m.role
    """,
    "an organization knows its customers' orders": """
        SELECT 1 FROM accounts_organizationcustomer k FULL JOIN (
            SELECT o.organization_id, o.customer_id, count(*) AS orders, min(o.created) AS first, max(o.created) AS last
            FROM orders_order o GROUP BY 1, 2
        ) x ON (x.organization_id, x.customer_id) = (k.organization_id, k.customer_id)
        WHERE (k.order_count, k.first_order_at, k.last_order_at) IS DISTINCT FROM (x.orders::int, x.first, x.last)
    """,
    "an organization knows what its customers spent": """
        SELECT 1 FROM accounts_organizationcustomer k WHERE k.total_spent_minor <> coalesce((
            SELECT jsonb_object_agg(currency, spent) FROM (
                SELECT t.currency, sum(t.amount_minor) AS spent
                FROM orders_transaction t JOIN orders_order o ON o.id = t.order_id AND t.status = 'completed'
                WHERE (o.organization_id, o.customer_id) = (k.organization_id, k.customer_id) GROUP BY t.currency
            ) x), '{}')
    """,
    "nothing happened in the future": """
        SELECT id FROM orders_order WHERE greatest(created, modified) > '2026-06-01'
        UNION ALL SELECT id FROM refunds_refundrequest WHERE greatest(created, modified, approved_at) > '2026-06-01'
        UNION ALL SELECT id FROM accounts_customer WHERE greatest(created, last_seen) > '2026-06-01'
    """,
    "things happened one after the other": """
        SELECT o.id FROM orders_order o JOIN accounts_customer c ON c.id = o.customer_id WHERE c.created > o.created
        UNION ALL SELECT t.id FROM orders_transaction t JOIN orders_order o ON o.id = t.order_id
            WHERE t.created < o.created OR t.created > o.modified
        UNION ALL SELECT r.id FROM refunds_refundrequest r JOIN orders_transaction t ON t.id = r.transaction_id
            WHERE r.created < t.created OR r.modified < r.created OR r.approved_at < r.created
        UNION ALL SELECT r.id FROM refunds_refundrequest r JOIN refunds_refundattempt a ON a.refund_id = r.id
            WHERE a.started_at < r.approved_at OR a.recorded_at < a.started_at
    """,
    "search finds an order by all that names it": """
        SELECT o.id FROM orders_order o JOIN accounts_customer c ON c.id = o.customer_id
        WHERE strpos(o.search_text, lower(c.email)) = 0 OR strpos(o.search_text, c.phone_number) = 0
            OR strpos(o.search_text, lower(coalesce(o.order_number, ''))) = 0
    """,
    "a rented or bought thing is of the order's edition": """
        SELECT p.id FROM orders_purchase p JOIN orders_order o ON o.id = p.order_id
        JOIN editions_product d ON d.id = p.product_id JOIN editions_location l ON l.id = p.location_id
        WHERE d.edition_id <> o.edition_id OR l.edition_id <> o.edition_id OR d.is_draft
            OR p.vendor_id IS DISTINCT FROM d.vendor_id OR p.product_name <> d.name
    """,
    "a product shows one or two images of its own organization": """
        SELECT d.id FROM editions_product d JOIN editions_edition e ON e.id = d.edition_id
        LEFT JOIN editions_productimage i ON i.product_id = d.id
        LEFT JOIN files_storedfile f ON f.id = i.file_id AND f.organization_id = e.organization_id
        GROUP BY d.id HAVING count(f.id) NOT BETWEEN 1 AND 2 OR count(f.id) <> count(i.id)
    """,
    "an edition shows an image of its own organization": """
        SELECT e.id FROM editions_edition e JOIN files_storedfile f ON f.id = e.meta_image_id
        WHERE f.organization_id <> e.organization_id
    """,
    "an image is known by what was stored": """
        SELECT id FROM files_storedfile WHERE content_type <> 'image/jpeg' OR size = 0 OR coalesce(width, 0) = 0
    """,
    "only the platform's messages are nobody's": """
        SELECT id FROM editions_emailmessage
        WHERE (organization_id IS NULL) <> (scope = 'platform') OR (edition_id IS NULL) <> (scope = 'platform')
    """,
    "nobody outside of the demo can get mail": r"""
        SELECT email FROM accounts_customer WHERE email !~ '@example\.(org|com|net)$'
        UNION ALL SELECT email FROM accounts_staffuser WHERE email !~ '\.example\.org$'
        UNION ALL SELECT email_reply_to FROM editions_edition
            WHERE email_reply_to !~ '\.example\.org$' OR email_sender_address !~ '\.example\.org$'
    """,
}  # fmt: skip


def breaches() -> dict[str, list[Any]]:
    found = {rule: fetched(query) for rule, query in BREACHES.items()}
    return {rule: rows for rule, rows in found.items() if rows}


def fetched(query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
