"""The database itself writes down every change, whoever makes it and however."""

from typing import Any

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from editions.models import Category, Edition, MerchantAccount, ProductImage, Variant
from editions.operations.merchant_accounts import save_merchant_account
from orders.models import Purchase
from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.audit.models import AuditEvent, PersonalDetail
from preo.copying import copy_in, row_of
from preo.public_ids import decode, new
from preo.rows import Row
from tests.editions.furnishing import make_file
from tests.factories import NOON, make_customer, make_location, make_product, make_purchase
from tests.trail import events_of


@pytest.fixture
def category(edition: Edition) -> Category:
    return Category.objects.create(edition=edition, name="Camping")


def uuid(row: Row) -> str:
    return str(decode(row.pk)[1])


def changes_of(row: Row) -> list[tuple[str, dict[str, Any]]]:
    """What each event says was done, oldest first."""
    return [(event.action, event.changes) for event in events_of(row)]


def test_each_kind_of_change_says_from_what_to_what(edition: Edition, category: Category) -> None:
    category.name = "Tents"
    category.save(update_fields=["name"])
    there = changes_of(category)
    Category.objects.all()._raw_delete(using="default")

    made = {"edition_id": uuid(edition), "order": 0}
    assert there == [
        ("insert", {column: [None, value] for column, value in {**made, "name": "Camping"}.items()}),
        ("update", {"name": ["Camping", "Tents"]}),
    ]
    assert changes_of(category)[2:] == [
        ("delete", {column: [value, None] for column, value in {**made, "name": "Tents"}.items()})
    ]


def test_an_event_says_where_it_belongs(edition: Edition, category: Category) -> None:
    [event] = events_of(category)

    assert (event.organization_id, event.edition_id, event.object_type) == (
        *(edition.organization_id, edition.pk),
        "editions.category",
    )


def test_raw_sql_is_recorded_as_a_session_of_the_database(category: Category) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE editions_category SET name = 'Tents'")

    event = events_of(category)[-1]
    assert (event.changes, event.operation, event.actor_type) == ({"name": ["Camping", "Tents"]}, "", "database")
    assert event.process.startswith("preo")


def test_copy_is_recorded(edition: Edition) -> None:
    keys = [new("cat"), new("cat")]
    rows = [row_of([decode(key)[1], uuid(edition), key[-4:], NOON, NOON]) for key in keys]

    copy_in(Category, fields=["id", "edition", "name", "created", "modified"], rows=rows)

    assert AuditEvent.objects.filter(object_type="editions.category", action="insert").count() == 2
    assert events_of(Category.objects.get(pk=keys[0]))[0].changes["name"] == [None, keys[0][-4:]]


def test_an_update_of_several_rows_is_an_event_for_each_in_the_same_statement(edition: Edition) -> None:
    rows = [Category.objects.create(edition=edition, name=str(number)) for number in range(3)]

    with CaptureQueriesContext(connection) as captured:
        Category.objects.update(order=7)

    assert len(captured) == 1
    assert [changes_of(row)[1:] for row in rows] == [[("update", {"order": [0, 7]})]] * 3
    assert len({event.transaction_number for row in rows for event in events_of(row)[1:]}) == 1


def test_an_update_that_changes_nothing_is_not_recorded(category: Category) -> None:
    Category.objects.update(name="Camping")
    Category.objects.update(modified=NOON)

    assert len(events_of(category)) == 1


def test_a_secret_is_said_to_be_another_and_never_what_it_is(ours: Organization, manager: StaffUser) -> None:
    account = MerchantAccount(organization=ours, name="Shop", type="stripe", supported_currencies=["dkk"])
    acting: Any = {"changes": {}, "cleared": (), "by": manager, "now": NOON}
    save_merchant_account(account, given={"secret_key": "sk_first"}, **acting)
    save_merchant_account(account, given={"secret_key": "sk_second"}, **acting)
    staff_user = events_of(manager)[0]

    told = [event.changes["credentials"] for event in events_of(account)]
    assert told == [[None, "•••"], ["•••", "•••"]]
    assert staff_user.changes["password"] == [None, "•••"]


def test_what_is_personal_is_kept_apart(ours: Organization) -> None:
    customer = make_customer(ours, full_name="Anna Holm")
    customer.full_name, customer.locale = "Anna Juhl", "da"
    customer.save()

    event = events_of(customer)[-1]
    detail = PersonalDetail.objects.get(event=event)
    assert event.changes == {"full_name": None, "locale": ["en", "da"]}
    assert detail.changes == {"full_name": ["Anna Holm", "Anna Juhl"]}
    assert (detail.customer_id, detail.organization_id) == (customer.pk, ours.pk)


def test_a_row_that_comes_by_the_million_is_told_without_what_it_is(edition: Edition) -> None:
    purchase = make_purchase(edition)
    Purchase.objects.update(product_name="Igloo")

    assert changes_of(purchase.order) == [("insert", {})]
    assert changes_of(purchase) == [("update", {"product_name": ["Tent", "Igloo"]})]


@pytest.mark.django_db(transaction=True)
def test_a_purchase_that_comes_after_its_order_is_told_by_itself(edition: Edition) -> None:
    purchase = make_purchase(edition)
    assert changes_of(purchase) == [("insert", {})], "the factory commits each row by itself"

    with transaction.atomic():
        together = make_purchase(edition)

    assert (changes_of(together.order), changes_of(together)) == ([("insert", {})], [])


def test_a_link_is_a_change_of_what_it_hangs_on(edition: Edition) -> None:
    product, location, image = make_product(edition), make_location(edition), make_file(edition.organization)
    product.locations.add(location)
    ProductImage.objects.create(product=product, file=image)
    product.locations.clear()

    assert changes_of(product)[1:] == [
        ("update", {"locations": [None, uuid(location)]}),
        ("update", {"images": [None, uuid(image)]}),
        ("update", {"locations": [uuid(location), None]}),
    ]
    assert {event.organization_id for event in events_of(product)} == {edition.organization_id}


def test_each_organization_that_knows_a_customer_has_an_event_of_its_own(
    ours: Organization, theirs: Organization
) -> None:
    customer = make_customer(ours)
    OrganizationCustomer.objects.create(organization=theirs, customer=customer)
    Customer.objects.filter(pk=customer.pk).update(locale="da")

    told = [event.organization_id for event in events_of(customer) if event.action == "update"]
    assert sorted(filter(None, told)) == sorted([ours.pk, theirs.pk])


def test_no_session_can_tell_the_history_to_look_away(category: Category) -> None:
    with pgtrigger.ignore():
        Category.objects.update(name="Tents")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL pgtrigger.ignore = '{editions_category:history_of_update}'")
    Category.objects.update(name="Huts")

    assert [changes["name"] for _, changes in changes_of(category)[1:]] == [["Camping", "Tents"], ["Tents", "Huts"]]


def test_rows_that_go_with_what_they_are_part_of_still_know_whose_they_were(edition: Edition) -> None:
    organization_id, edition_id = edition.organization_id, edition.pk
    product = make_product(edition)
    variant = Variant.objects.create(product=product, name="Large")
    product.locations.add(make_location(edition))
    gone = [uuid(row) for row in (*edition.locations.all(), product, variant)]
    product.delete()
    edition.delete()

    last = [AuditEvent.objects.filter(object_uuid=one).latest("created") for one in gone]
    assert [(event.action, event.organization_id, event.edition_id) for event in last] == [
        ("delete", organization_id, edition_id)
    ] * 3


@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET changes = '{{}}'", "DELETE FROM {}", "TRUNCATE {} CASCADE"], ids=lambda text: text[:6]
)
@pytest.mark.parametrize("table", ["audit_auditevent", "audit_personaldetail"])
def test_the_trail_can_only_grow(table: str, statement: str, ours: Organization) -> None:
    customer = make_customer(ours)
    Customer.objects.filter(pk=customer.pk).update(full_name="Anna Juhl")

    with pytest.raises(DatabaseError, match=r"append-only|stay|never|removed"), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_nobody_but_the_triggers_writes_an_event(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_function_privilege('public', oid, 'EXECUTE') FROM pg_proc WHERE proname = 'audit_record'"
        )
        assert cursor.fetchall() == [(False,)]
