"""The rules of importing orders, a few lines at a time."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editions.models import Edition, Product
from orders.models import Order, Purchase
from preo.accounts.models import Customer, Organization, OrganizationCustomer
from preo.imports.mapping import Mapping
from tests.factories import make_customer, make_edition, make_order
from tests.imports.conftest import Import, line

pytestmark = pytest.mark.django_db

Rejected = Callable[[], list[list[str]]]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (line(quantity=-1), "quantity_not_positive"),
        (line(quantity=0), "quantity_not_positive"),
        (line(quantity="1.5"), "quantity_not_whole"),
        (line(quantity="1_0"), "quantity_not_whole"),
        (line(quantity="٣"), "quantity_not_whole"),
        (line(quantity=10_001), "quantity_too_large"),
        (line(quantity=10**30), "quantity_not_whole"),
        (line(price="-2.50"), "price_negative"),
        (line(price="NaN"), "price_not_a_number"),
        (line(price="1e400"), "price_not_a_number"),
        (line(price="Infinity"), "price_not_a_number"),
        (line(price="2.505"), "price_too_precise"),
        (line(price="9999999999999"), "price_too_large"),
        (line(price=""), "price_not_a_number"),
        (line(customer=""), "customer_missing"),
        (line(date="2010-12-01"), "date_not_readable"),
        (line(date="13/40/10 8:26"), "date_not_readable"),
        (line(code=" "), "product_missing"),
        (line(code="A" * 101), "too_long"),
        (line(name="A" * 10_000), "too_long"),
        (line(name="A\0B"), "nul_byte"),
        (line(order="1" * 17), "order_number_too_long"),
        (line(order=""), "order_missing"),
        (line(order="C1"), "return"),
        (line() + ",one more", "column_count"),
        ("1,A,Tent", "column_count"),
        ("1", "column_count"),
        (line(name='"open'), "not_csv"),
        (line(name='"Tent" for two'), "not_csv"),
        (line(name="A" * 200_000), "not_csv"),
        (line(name="A" * 300_000), "not_csv"),
    ],
)
def test_a_line_that_is_no_order_line_gets_a_reason(do_import: Import, rejected: Rejected, bad: str, code: str) -> None:
    report = do_import(bad, line(order="2"))

    assert (report.lines_read, report.lines_imported, report.reasons) == (2, 1, {code: 1})
    assert rejected()[0] == ["2", code]
    assert list(Order.objects.values_list("order_number", flat=True)) == ["2"]


def test_a_discount_takes_its_order_along(do_import: Import, tmp_path_factory: pytest.TempPathFactory) -> None:
    report = do_import(line(), line(code="D", price="-1"), line(code="B"), line(order="2"))

    assert report.reasons == {"price_negative": 1, "order_incomplete": 2}
    assert list(Order.objects.values_list("order_number", flat=True)) == ["2"]


def test_the_others_name_the_line_that_spoils_the_order(do_import: Import, tmp_path: object) -> None:
    do_import(line(), line(code="B", quantity=-3))

    first = (tmp_path / "rejects.csv").read_text().splitlines()[1]  # type: ignore[operator]  # a fixture's value
    assert "Order 1 can't be imported without line 3: The quantity isn't above zero" in first


def test_a_free_line_is_refused_alone(do_import: Import, rejected: Rejected) -> None:
    report = do_import(line(), line(code="GIFT", price="0.00"))

    assert rejected() == [["3", "zero_price"]]
    assert (report.orders_created, report.amount_minor) == (1, 2_50)


def test_free_lines_are_purchases_when_the_mapping_says_so(do_import: Import, mapping: Mapping) -> None:
    accepting = replace(mapping, line=replace(mapping.line, zero_prices="accept"))

    report = do_import(line(), line(code="GIFT", price="0", quantity=2), with_mapping=accepting)

    assert (report.lines_imported, report.amount_minor) == (2, 2_50)
    assert Purchase.objects.filter(product__external_id="GIFT", price_minor=0).count() == 2


def test_later_lines_of_a_finished_order_are_refused(do_import: Import, rejected: Rejected) -> None:
    report = do_import(line(), line(order="2"), line(code="B"), line(order="2", code="B"))

    assert rejected() == [["4", "order_not_adjacent"], ["5", "order_not_adjacent"]]
    assert (report.orders_created, report.amount_minor) == (2, 5_00)


def test_later_lines_of_a_refused_order_are_refused_too(do_import: Import, rejected: Rejected) -> None:
    do_import(line(price="-1"), line(order="2"), line())

    assert rejected() == [["2", "price_negative"], ["4", "order_not_adjacent"]]


def test_an_illegible_line_does_not_end_an_order(do_import: Import) -> None:
    report = do_import(line(), line(order="", code="X"), line(code="B"))

    assert (report.orders_created, report.lines_imported, report.reasons) == (1, 2, {"order_missing": 1})


def test_an_order_of_two_customers_is_refused(do_import: Import) -> None:
    report = do_import(line(), line(customer="2"))

    assert report.reasons == {"customers_differ": 2}


def test_an_order_is_as_old_as_its_first_line(do_import: Import) -> None:
    do_import(line(date="7/1/10 8:27"), line(date="7/1/10 8:26"))

    # Summer time in London.
    assert Order.objects.get().created.isoformat() == "2010-07-01T07:26:00+00:00"


def test_an_order_too_long_to_hold_is_refused_whole(
    do_import: Import, rejected: Rejected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("preo.imports.grouping.MOST_LINES", 3)

    do_import(*(line(code=code) for code in "ABCDEFGH"), *(line(order="2", code=code) for code in "ABC"))

    assert rejected() == [[str(number), "order_too_long"] for number in range(2, 10)]
    assert Order.objects.get().items_count == 3


def test_an_order_with_too_many_units_is_refused(do_import: Import) -> None:
    report = do_import(*(line(code=str(code), quantity=10_000) for code in range(11)))

    assert report.reasons == {"order_too_large": 11}


def test_corrected_rejects_can_be_imported(do_import: Import, tmp_path: object) -> None:
    do_import(line(), line(code="B", quantity=-3), line(order="2"))
    corrected = (tmp_path / "rejects.csv").read_text().replace("-3", "3")  # type: ignore[operator]
    (tmp_path / "corrected.csv").write_text(corrected)  # type: ignore[operator]  # a fixture's value

    report = do_import(source=tmp_path / "corrected.csv")  # type: ignore[operator]  # a fixture's value

    assert (report.lines_imported, report.lines_rejected, report.amount_minor) == (2, 0, 10_00)


def test_more_lines_for_an_order_that_is_there_are_not_lost(do_import: Import) -> None:
    do_import(line())

    report = do_import(line(), line(code="B"))

    assert report.reasons == {"order_differs": 2}
    assert Purchase.objects.count() == 1


def test_a_number_of_another_order_is_refused(do_import: Import, ours: Organization) -> None:
    make_order(make_edition(ours, name="Other"), order_number="1")

    assert do_import(line()).reasons == {"order_differs": 1}


def test_numbers_of_another_organization_do_not_matter(do_import: Import, their_edition: Edition) -> None:
    make_order(their_edition, order_number="1", external_id="1")

    assert do_import(line()).orders_created == 1


def test_products_are_found_by_their_code(do_import: Import, shop: Edition, their_edition: Edition) -> None:
    tent = Product.objects.create(edition=shop, external_id="A", name="Tent for two", price_minor=1, is_draft=False)
    Product.objects.create(edition=their_edition, external_id="B", name="Theirs", price_minor=1)

    report = do_import(line(), line(code="B", name="Lamp"), line(order="2", code="B", name="Lantern", price="9"))

    tent.refresh_from_db()
    assert (report.products_created, tent.name, tent.price_minor) == (1, "Tent for two", 1)
    lamp = Product.objects.get(edition=shop, external_id="B")
    assert (lamp.name, lamp.price_minor, lamp.is_draft) == ("Lamp", 2_50, True)
    bought = Purchase.objects.order_by("id").values_list("product", "product_name", "price_minor")
    assert list(bought) == [(tent.pk, "Tent", 2_50), (lamp.pk, "Lamp", 2_50), (lamp.pk, "Lantern", 9_00)]


def test_customers_are_found_by_their_external_id(do_import: Import, ours: Organization, theirs: Organization) -> None:
    mine, other = make_customer(ours), make_customer(theirs)
    OrganizationCustomer.objects.update(external_id="17850")

    report = do_import(line())

    assert (report.customers_created, Order.objects.get().customer_id) == (0, mine.pk)
    assert not OrganizationCustomer.objects.filter(organization=ours, customer=other).exists()


def test_customers_are_found_by_e_mail_in_any_case(
    do_import: Import, with_email: Mapping, theirs: Organization, ours: Organization
) -> None:
    ada = make_customer(theirs, email="Ada@Example.org")

    report = do_import(line().replace("United Kingdom", "aDA@example.ORG"), with_mapping=with_email)

    known = OrganizationCustomer.objects.get(organization=ours)
    assert (report.customers_created, known.customer_id, known.external_id) == (0, ada.pk, "17850")
    ada.refresh_from_db()
    assert ada.email == "Ada@Example.org"


@pytest.mark.parametrize("orders_of_a_batch", [1, 1000])
def test_one_address_under_two_external_ids_is_one_customer(
    do_import: Import, with_email: Mapping, monkeypatch: pytest.MonkeyPatch, orders_of_a_batch: int
) -> None:
    monkeypatch.setattr("preo.imports.operations.ORDERS_OF_A_BATCH", orders_of_a_batch)
    people = [("", "a@example.org"), ("7", "A@example.org"), ("8", "a@example.org"), ("7", ""), ("8", "")]
    lines = [
        line(order=str(number), customer=external_id).replace("United Kingdom", email)
        for number, (external_id, email) in enumerate(people)
    ]
    foreseen = do_import(*lines, with_mapping=with_email, dry_run=True)

    report = do_import(*lines, with_mapping=with_email)

    assert report.customers_created == foreseen.customers_created == 2
    assert Order.objects.filter(customer__email="a@example.org").count() == 4
    assert sorted(OrganizationCustomer.objects.values_list("external_id", "order_count")) == [("7", 4), ("8", 1)]


def test_a_bad_address_is_refused(do_import: Import, with_email: Mapping) -> None:
    lines = [line(order="1").replace("United Kingdom", "æ@example.org"), line(order="2")]

    assert do_import(*lines, with_mapping=with_email).reasons == {"email_invalid": 2}


def test_phones_become_e164(do_import: Import, mapping: Mapping) -> None:
    with_phone = replace(mapping, customer=replace(mapping.customer, phone="Country", name="Description"))
    phones = ["20 12 34 56", "+44 20 7946 0958", "12", ""]
    lines = [line(order=str(n), customer=str(n)).replace("United Kingdom", p) for n, p in enumerate(phones)]

    report = do_import(*lines, with_mapping=with_phone)

    assert report.reasons == {"phone_invalid": 1}
    assert sorted(Customer.objects.values_list("full_name", "phone_number")) == [
        ("Tent", ""),
        ("Tent", "+442079460958"),
        ("Tent", "+4520123456"),
    ]


def test_a_decimal_comma_is_read(do_import: Import, mapping: Mapping) -> None:
    with_comma = replace(mapping, file=replace(mapping.file, decimal=","))

    report = do_import(line(price='"1234,5"'), line(order="2", price="2.50"), with_mapping=with_comma)

    assert (report.amount_minor, report.reasons) == (1234_50, {"price_not_a_number": 1})


def test_the_number_of_queries_is_that_of_batches(do_import: Import) -> None:
    counts = []
    for customer, orders in ((1, 1), (2, 200)):
        lines = [line(order=f"{customer}-{number}", customer=f"{customer}-{number}") for number in range(orders)]
        with CaptureQueriesContext(connection) as queries:
            do_import(*lines)
        counts.append(len(queries))

    # The first run also creates the product.
    assert counts[0] >= counts[1] > 10
