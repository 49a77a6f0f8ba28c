"""The demo's data: the same for the same seed, and without a sum that does not add up."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection

from editions.choices import DateStatus, EmailScope, EmailType, Severity
from editions.healthcheck import run, run_all
from editions.messages.content import require_sound_content
from editions.models import Edition, EmailMessage
from orders.models import Order, Purchase, Transaction
from orders.states import OrderStatus, OrderType, PurchaseStatus, TransactionStatus
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from preo.demo.seeding.albums import store_prints
from preo.demo.seeding.batches import TOUR_BATCH, Maker
from preo.demo.seeding.filling import seed_demo
from preo.demo.seeding.landmarks import summary
from preo.demo.seeding.moments import Calendar
from preo.demo.seeding.scripts import PAIRS
from preo.demo.seeding.worlds import World, make_world
from preo.files.images import SIZES
from preo.files.models import StoredFile
from preo.public_ids import decode
from refunds.models import RefundRequest
from refunds.operations import execute_ready, reconcile
from refunds.states import RefundStatus

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

BUILT_THINGS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint
    WHERE connamespace = current_schema()::regnamespace
    UNION ALL
    SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = current_schema()::regnamespace
    ORDER BY 1, 2, 3
"""


@pytest.fixture
def world() -> World:
    return make_world(1, Calendar(DAY))


@pytest.fixture
def seeded(db: None, world: World) -> World:
    seed_demo(world, orders=ORDERS, progress=lambda _: None)
    return world


def breaches() -> dict[str, list[Any]]:
    found = {rule: fetched(query) for rule, query in BREACHES.items()}
    return {rule: rows for rule, rows in found.items() if rows}


def fetched(query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def printed(*options: str) -> str:
    out = StringIO()
    call_command("seed_demo", *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def row_counts() -> list[int]:
    return [model.objects.count() for model in (Organization, StaffUser, Edition, Order, Purchase, RefundRequest)]


def test_seed_demo_adds_up(seeded):
    assert breaches() == {}


def test_seed_demo_has_every_state(seeded):
    def found(model: Any, column: str) -> set[str]:
        return set(model.objects.order_by().values_list(column, flat=True))

    assert found(Order, "status") == set(OrderStatus)
    assert found(Order, "type") == set(OrderType)
    assert found(Transaction, "status") == set(TransactionStatus)
    assert found(Purchase, "status") == set(PurchaseStatus)
    assert found(RefundRequest, "status") == set(RefundStatus)
    assert set(RefundRequest.objects.values_list("reason", "scope")) == set(PAIRS)


def test_seed_demo_has_editions_in_every_date_state(seeded):
    of_home = Edition.objects.filter(organization=seeded.home.organization).with_status(DAY)

    assert {edition.status for edition in of_home} == set(DateStatus)
    assert {(edition.is_draft, edition.is_archived) for edition in of_home} == {
        (True, False), (False, False), (False, True),
    }  # fmt: skip


def test_seed_demo_stores_every_size_of_every_image(seeded, media):
    stored = {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}

    assert stored == {f"{key}/{size}" for key in StoredFile.objects.values_list("key", flat=True) for size in SIZES}
    assert set(Organization.objects.values_list("avatar_key", flat=True)) <= {
        path.rpartition("/")[0] for path in stored
    }


@pytest.mark.django_db
def test_seed_demo_writes_over_images_that_another_run_left(world, media):
    for _ in range(2):
        store_prints(world.prints)

    assert len([path for path in media.rglob("*") if path.is_file()]) == len(world.prints) * len(SIZES)


def test_seed_demo_writes_messages_that_can_be_sent(seeded):
    messages = EmailMessage.objects.select_related("edition")

    for message in messages:
        require_sound_content(message)
    assert set(messages.filter(scope=EmailScope.PLATFORM).values_list("type", flat=True)) == set(EmailType)


def test_seed_demo_sets_editions_up_as_they_should_be_but_for_a_few(seeded):
    """The sandbox is what makes it a demo, and in every edition something waits to be sold."""
    everywhere = {"merchant_account_is_real", "product_is_published"}
    editions = Edition.objects.filter(organization=seeded.home.organization).select_related("event", "organization")

    reports = run_all(editions, now=DAY)

    found = {one.edition.name: {result.check_id for result in one.results if not result.passed} for one in reports}
    assert {name: findings - everywhere for name, findings in found.items()} == {
        "No. 11": set(),
        "No. 12": set(),
        "No. 13": set(),
        "No. 14": set(),
        "Winter season": {"duration_is_usual"},
        "All year": {"dates_are_set"},
        "First edition": {
            "receipt_is_set", "refund_confirmation_is_set", "meta_image_is_set", "trigger_is_active",
        },
    }  # fmt: skip


def test_seed_demo_leaves_a_draft_with_something_of_every_severity(seeded):
    edition = Edition.objects.get(pk=summary(seeded)["landmarks"]["edition_draft"])

    report = run(edition, now=DAY)

    assert {result.severity for result in report.results if not result.passed} == set(Severity)
    assert not report.can_publish


def test_seed_demo_makes_its_sandbox_ids_its_own(seeded):
    assert fetched(
        "SELECT nextval(pg_get_serial_sequence('payments_sandboxrefund', 'id')) > max(id) FROM payments_sandboxrefund"
    ) == [(True,)]


@pytest.mark.django_db
def test_seed_demo_twice_prints_the_same_and_writes_nothing_more():
    first = printed("--orders", str(ORDERS), "--json")
    before = row_counts()

    second = printed("--orders", "300", "--as-of", "2026-01-15", "--json")

    assert second == first
    assert row_counts() == before
    assert printed("--orders", "300") == "Seed 1 is in the database already; nothing changed.\n"


@pytest.mark.django_db
def test_seed_demo_lives_beside_another_seed():
    printed("--orders", "100", "--as-of", "2026-06-01")

    assert printed("--orders", "100", "--seed", "2", "--as-of", "2026-06-01") == "Seed 2: 100 orders were written.\n"
    assert Organization.objects.count() == 10
    assert breaches() == {}


@pytest.mark.django_db
def test_seed_demo_dry_run_writes_nothing():
    assert printed("--orders", "100", "--dry-run") == "Seed 1: 100 orders would be written.\n"
    assert row_counts() == [0] * 6


def test_seed_demo_refuses_fewer_orders_than_the_tour_needs():
    with pytest.raises(CommandError, match="'5' is not a number between"):
        printed("--orders", "5")


def test_only_dates_depend_on_the_day(world):
    later = make_world(1, Calendar(DAY + timedelta(days=400)))

    assert summary(later) == summary(world)
    assert ids_of(later) == ids_of(world)


def test_another_seed_has_other_ids(world):
    assert not set(ids_of(make_world(2, Calendar(DAY)))) & set(ids_of(world))


def ids_of(world: World) -> list[str]:
    sold = Maker(world, first_sandbox_id=1).sold(TOUR_BATCH)
    return [one.order.id for one in sold] + [refund.id for one in sold for refund in one.given]


def test_ids_have_the_shape_of_uuid7(seeded):
    assert {(decode(pk)[1].version, decode(pk)[1].variant) for pk in Order.objects.values_list("pk", flat=True)} == {
        (7, "specified in RFC 4122")
    }


def test_landmarks_are_there(seeded):
    landmarks = summary(seeded)["landmarks"]

    order = Order.objects.get(pk=landmarks["order"])
    assert (order.order_number, order.customer.email) == (landmarks["order_number"], landmarks["customer_email"])
    assert order.purchases.get(pk=landmarks["purchase_with_deposit"]).deposit_minor > 0
    for status in RefundStatus:
        assert RefundRequest.objects.get(pk=landmarks[f"refund_{status}"]).status == status
    assert RefundRequest.objects.get(pk=landmarks["refund_needs_second_approver"]).needs_second_approver
    assert Order.objects.get(pk=landmarks["other_order"]).organization_id == landmarks["other_organization"]


def test_everybody_can_sign_in(seeded):
    sign_ins = summary(seeded)["sign_ins"]

    assert [one["role"] for one in sign_ins[:6]] == ["admin", "manager", "manager", "staff", "guest", "staff"]
    for one in sign_ins:
        person = authenticate(None, username=one["email"], password=one["password"])
        held = person.reach.editions.get(one.get("edition"))
        organization = Organization.objects.get(slug=one["organization"]).pk
        assert (held.role if held else person.reach.organizations[organization]) == Role(one["role"])


def test_workers_finish_what_is_under_way(seeded):
    now = DAY + timedelta(hours=1)
    while execute_ready(now=now):
        pass
    for later in (timedelta(minutes=5), timedelta(minutes=10), timedelta(days=10)):
        reconcile(now=now + later)

    unfinished = {RefundStatus.READY, RefundStatus.PROCESSING, RefundStatus.AWAITING_GATEWAY}
    assert not RefundRequest.objects.filter(status__in=unfinished).exists()
    assert set(breaches()) <= {"nothing happened in the future"}


@pytest.mark.django_db
def test_rebuilding_leaves_all_indexes_and_constraints_as_they_were(world):
    before = fetched(BUILT_THINGS)

    seed_demo(world, orders=ORDERS, progress=lambda _: None, rebuild_from=0)

    assert fetched(BUILT_THINGS) == before
    assert breaches() == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rebuild_from", [0, 1_000])
def test_a_failure_half_way_leaves_nothing(world, rebuild_from):
    before = fetched(BUILT_THINGS)

    with pytest.raises(KeyboardInterrupt):
        seed_demo(world, orders=ORDERS, progress=fails_at(ORDERS), rebuild_from=rebuild_from)

    assert row_counts() == [0] * 6
    assert fetched(BUILT_THINGS) == before


def fails_at(count: int) -> Callable[[int], None]:
    def progress(done: int) -> None:
        if done >= count:
            raise KeyboardInterrupt

    return progress


@pytest.mark.django_db
def test_progress_goes_to_standard_error(capsys):
    call_command("seed_demo", "--orders", "100", "--json")

    out, err = capsys.readouterr()
    assert set(json.loads(out)) == {"organizations", "sign_ins", "landmarks"}
    assert err.splitlines()[-1].endswith("100 of 100 orders")
