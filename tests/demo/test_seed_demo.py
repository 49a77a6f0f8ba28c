"""The demo's data: the same for the same seed, and without a sum that does not add up."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from editions.models import Edition
from orders.models import Order, Purchase
from preo.accounts.models import Organization, StaffUser
from preo.demo.seeding.albums import store_prints
from preo.demo.seeding.batches import TOUR_BATCH, Maker
from preo.demo.seeding.filling import seed_demo
from preo.demo.seeding.landmarks import summary
from preo.demo.seeding.moments import Calendar
from preo.demo.seeding.worlds import World, make_world
from preo.files.images import SIZES
from refunds.models import RefundRequest
from tests.demo.breaches import DAY, ORDERS, breaches, fetched

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


def printed(*options: str) -> str:
    out = StringIO()
    call_command("seed_demo", *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def row_counts() -> list[int]:
    return [model.objects.count() for model in (Organization, StaffUser, Edition, Order, Purchase, RefundRequest)]


@pytest.mark.django_db
def test_seed_demo_writes_over_images_that_another_run_left(world, media):
    for _ in range(2):
        store_prints(world.prints)

    assert len([path for path in media.rglob("*") if path.is_file()]) == len(world.prints) * len(SIZES)


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
