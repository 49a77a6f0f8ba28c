"""The archive of a customer: all that one organization holds, nothing of another's, and the record of it."""

import hashlib
import io
import json
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editions.models import Edition
from preo.accounts.models import Customer, CustomerExport, Organization, StaffUser
from preo.customers.operations.exporting import write_archive
from preo.customers.refusals import CustomerUnknown
from tests.customers.lives import IP, MARK, a_whole_life
from tests.factories import NOON, make_customer, make_order, make_refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(ours: Organization) -> Customer:
    return make_customer(ours, email="anna@example.org", full_name="Anna Holm", phone_number="+4520202020")


class Pipe(io.RawIOBase):
    """Takes bytes and can't go back."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.taken += data
        return len(data)


def archived(customer: Customer, organization: Organization, by: StaffUser) -> tuple[CustomerExport, bytes]:
    pipe: Any = Pipe()
    export = write_archive(customer, organization=organization, to=pipe, by=by, now=NOON)
    return export, bytes(pipe.taken)


def files_in(content: bytes) -> dict[str, Any]:
    with ZipFile(io.BytesIO(content)) as archive:
        return {
            name: json.loads(archive.read(name), parse_float=Decimal) if name.endswith(".json") else archive.read(name)
            for name in archive.namelist()
        }


def test_archive_has_what_was_bought_as_the_api_says_it(
    anna: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    order = make_order(edition, customer=anna, units=2, metadata={"gate": "north"})
    refund = make_refund(order.purchases.first(), by=manager, comment="Too cold")
    _, content = archived(anna, ours, manager)

    files = files_in(content)
    (told,) = files["orders.json"]
    assert (told["id"], told["amount"], told["currency"], told["metadata"]) == (
        order.pk, Decimal("1020.00"), "dkk", {"gate": "north"},
    )  # fmt: skip
    assert [each["price"] for each in told["purchases"]] == [Decimal("400.00")] * 2
    assert [each["amount"] for each in told["payments"]] == [Decimal("1020.00")]
    assert [(each["id"], each["comment"]) for each in files["refunds.json"]] == [(refund.pk, "Too cold")]
    assert [each["total"] for each in files["carts.json"]] == [Decimal("1020.00")]
    (person,) = files["profile.json"]
    assert (person["full_name"], person["email"], person["phone_number"]) == (
        "Anna Holm", "anna@example.org", "+4520202020",
    )  # fmt: skip


def test_archive_says_how_to_tell_that_it_is_unchanged(
    anna: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    make_order(edition, customer=anna)

    export, content = archived(anna, ours, manager)

    manifest = files_in(content)["manifest.json"]
    with ZipFile(io.BytesIO(content)) as archive:
        for told in manifest["files"]:
            file = archive.read(told["name"])
            assert (told["sha256"], told["bytes"]) == (hashlib.sha256(file).hexdigest(), len(file))
    assert {told["name"]: told["rows"] for told in manifest["files"]}["orders.json"] == 1
    assert (manifest["customer_id"], manifest["organization"]["id"]) == (anna.pk, ours.pk)
    assert (manifest["written_at"], manifest["written_by"]) == ("2026-06-01T12:00:00Z", manager.email)
    assert export.sha256 == hashlib.sha256(content).hexdigest()


def test_archive_has_nothing_of_another_organization(
    anna: Customer,
    edition: Edition,
    their_edition: Edition,
    theirs: Organization,
    ours: Organization,
    manager: StaffUser,
) -> None:
    make_order(edition, customer=anna)
    elsewhere = make_order(their_edition, customer=anna)
    Customer.objects.filter(pk=anna.pk).update(full_name="Anna H.")

    _, content = archived(anna, ours, manager)

    texts = "".join(json.dumps(file, default=str) for file in files_in(content).values())
    assert not [text for text in (elsewhere.pk, theirs.pk, str(elsewhere.order_number)) if text in texts]


def test_archive_is_recorded_even_where_writing_it_fails(
    anna: Customer, ours: Organization, manager: StaffUser
) -> None:
    full: Any = io.BytesIO()
    full.close()

    with pytest.raises(ValueError, match="closed"):
        write_archive(anna, organization=ours, to=full, by=manager, now=NOON)

    export = CustomerExport.objects.get()
    assert (export.customer_id, export.exported_by, export.sha256) == (anna.pk, manager, "")


def test_archive_of_a_stranger_is_refused(theirs: Organization, ours: Organization, manager: StaffUser) -> None:
    with pytest.raises(CustomerUnknown):
        archived(make_customer(theirs), ours, manager)

    assert not CustomerExport.objects.exists()


def test_archive_has_what_was_agreed_written_and_done(edition: Edition, ours: Organization, manager: StaffUser) -> None:
    customer = a_whole_life(edition, manager=manager)

    _, content = archived(customer, ours, manager)

    files = files_in(content)
    assert [each["merged_into"] for each in files["profile.json"]] == [None, customer.pk]
    assert {(each["title"], each["text"], each["state"], each["ip_address"]) for each in files["consents.json"]} == {
        ("Terms", "I agree.", "given", IP)
    }
    assert [each["kind"] for each in files["mails.json"]] == ["receipt", "refund_confirmation"] * 2
    renamed = [each["changes"] for each in files["audit_events.json"] if each["object_type"] == "accounts.customer"]
    assert [f"{MARK} one", f"{MARK} one Holm"] in [changes.get("full_name") for changes in renamed]
    assert {each["operation"] for each in files["audit_events.json"]} >= {"change_something", "merge_customers"}


def test_archive_costs_the_same_however_much_was_bought(
    edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    counts = []
    for number in (1, 3):
        customer = make_customer(ours)
        for _ in range(number):
            make_order(edition, customer=customer, units=number)
        with CaptureQueriesContext(connection) as statements:
            archived(customer, ours, manager)
        counts.append(len(statements))

    assert counts[0] == counts[1]
