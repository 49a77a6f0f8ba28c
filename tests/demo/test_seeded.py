"""What the demo's data holds, looked at by one test after the other."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import F
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from consents.answers import outdated
from consents.models import Consent, ConsentAnswer
from consents.verifying import verified
from editions.choices import DateStatus, EmailScope, EmailType, Severity
from editions.healthcheck import run, run_all
from editions.messages.content import require_sound_content
from editions.models import Edition, EmailMessage
from orders.models import Order, Purchase, Transaction
from orders.states import OrderStatus, OrderType, PurchaseStatus, TransactionStatus
from preo.accounts.models import Organization
from preo.api.roles import Role
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
from tests.demo.breaches import DAY, ORDERS, breaches, fetched
from tests.files.storage import stored_below


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(1, Calendar(DAY))


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the images of the seed are below."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="module")
def seed(world: World, album: Path, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """One seed for the whole module, in a transaction around those of its tests that is undone after them."""
    with django_db_blocker.unblock(), override_settings(STORAGES=stored_below(album, settings.STORAGES)):
        around = transaction.atomic()
        around.__enter__()
        seed_demo(world, orders=ORDERS, progress=lambda _: None)
    yield
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture
def seeded(seed: None, db: None, world: World) -> World:
    return world


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


def test_seed_demo_stores_every_size_of_every_image(seeded, album):
    stored = {str(path.relative_to(album)) for path in album.rglob("*") if path.is_file()}

    assert stored == {f"{key}/{size}" for key in StoredFile.objects.values_list("key", flat=True) for size in SIZES}
    assert set(Organization.objects.values_list("avatar_key", flat=True)) <= {
        path.rpartition("/")[0] for path in stored
    }


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


def test_seed_demo_has_answers_of_every_kind_to_versions_of_their_time(seeded):
    asked = {answer.consent.organization_id for answer in ConsentAnswer.objects.select_related("consent")}
    kinds = set(ConsentAnswer.objects.order_by().values_list("consent__type", "state"))

    assert asked == {house.organization.pk for house in seeded.houses}
    assert kinds == {("terms", "given"), ("marketing", "given"), ("marketing", "withdrawn")}
    assert {"web", "app", "in_person"} <= set(ConsentAnswer.objects.order_by().values_list("channel", flat=True))
    assert set(ConsentAnswer.objects.order_by().values_list("version", flat=True)) == {1, 2}
    assert not ConsentAnswer.objects.filter(answered_at__lt=F("consent__published_date")).exists()
    assert not ConsentAnswer.objects.filter(
        state="given", answered_at__gte=F("consent__superseded_by__published_date")
    ).exists()
    assert {group.wrong for group in verified()} == {""}


def test_seed_demo_has_customers_to_ask_again(seeded):
    for type_ in ("terms", "marketing"):
        consent = Consent.objects.in_force().get(organization=seeded.home.organization, type=type_)
        assert outdated(consent).exists()
