"""The audit trail: who changed what, from what to what."""

from decimal import Decimal

from editions.models import Category, Coupon, MerchantAccount
from editions.operations.catalog import add_row, change_row
from editions.operations.merchant_accounts import save_merchant_account
from preo.audit.trail import Change, trail_of
from preo.money import Money
from refunds.operations import approve_refund
from tests.factories import NOON, make_product, make_purchase, make_refund


def test_trail_tells_of_each_operation_and_who(edition, staff, manager):
    purchase = make_purchase(edition)
    refund = approve_refund(make_refund(purchase, by=staff), by=manager, now=NOON)
    purchase.refresh_from_db()

    trail = trail_of([purchase.order, purchase, refund], currency="dkk")

    assert [(entry.operation, entry.who) for entry in trail[:-1]] == [
        ("Approve refund", "Manager Holm"),
        ("Request refund", "Staff Holm"),
    ]
    assert (trail[-1].operation, trail[-1].who.partition(" preo")[0]) == ("Created", "Database session")


def test_trail_says_from_what_to_what(edition, staff):
    purchase = make_purchase(edition)
    make_refund(purchase, by=staff)
    purchase.refresh_from_db()

    [entry] = trail_of([purchase], currency="dkk")

    before, after = Money(0, "dkk").formatted(), Money(400_00, "dkk").formatted()
    assert entry.changes == [Change(f"Purchase {purchase.pk[-6:]}", "Price reserved", before, after)]


def test_trail_of_what_nobody_changed_tells_that_it_came(edition):
    [entry] = trail_of([make_purchase(edition).order], currency="dkk")

    assert (entry.operation, entry.changes) == ("Created", [])


def test_trail_costs_the_same_for_one_and_three_rows(edition, staff, django_assert_num_queries):
    purchases = [make_purchase(edition) for _ in range(3)]
    for purchase in purchases:
        make_refund(purchase, by=staff)

    for rows in (purchases[:1], purchases):
        with django_assert_num_queries(2):
            trail_of(rows, currency="dkk")


def test_trail_in_full_tells_moments_documents_and_names(edition, manager):
    product, camping = make_product(edition), Category.objects.create(edition=edition, name="Camping")
    change_row(product, changes={"category": camping, "description": {"en": "Big"}}, by=manager, now=NOON)
    coupon = add_row(Coupon(edition=edition, code="A", rate_off=Decimal(5), valid_from=NOON), by=manager, now=NOON)
    product.refresh_from_db()
    coupon.refresh_from_db()

    entries = trail_of([product, coupon], currency="dkk", in_full=True)

    told = {
        (entry.operation, change.name, change.before, change.after) for entry in entries for change in entry.changes
    }
    assert ("Change product", "Category", "", "Camping") in told
    assert ("Change product", "Description", "", "en: Big") in told
    assert ("Add coupon", "Valid from", "", "1 Jun 2026, 12:00") in told
    assert not {"Edition", "Created", "Modified"} & {name for _, name, _, _ in told}


def test_trail_says_of_a_secret_that_it_is_another_and_not_what(ours, manager):
    account = MerchantAccount(organization=ours, name="Shop", type="stripe", supported_currencies=["dkk"])
    save_merchant_account(account, changes={}, given={"secret_key": "sk_x"}, cleared=(), by=manager, now=NOON)
    account.refresh_from_db()

    [entry] = trail_of([account], currency="", in_full=True)

    assert [(change.name, change.after) for change in entry.changes] == [
        ("Name", "Shop"),
        ("Type", "Stripe"),
        ("Supported currencies", "dkk"),
        ("Credentials", "•••"),
        ("Secret key", "set"),
    ]


def test_trail_in_full_costs_the_same_for_one_and_three_rows(edition, manager, django_assert_num_queries):
    products = [make_product(edition, name=str(number)) for number in range(3)]
    for product in products:
        category = Category.objects.create(edition=edition, name=f"For {product.name}")
        change_row(product, changes={"category": category}, by=manager, now=NOON)
        product.refresh_from_db()

    for rows in (products[:1], products):
        with django_assert_num_queries(3):
            trail_of(rows, currency="dkk", in_full=True)
