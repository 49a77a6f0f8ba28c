"""Customers from the command line: merged, erased by two persons, and taken out into a file."""

import hashlib
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from editions.models import Edition
from orders.models import Order
from preo.accounts.models import Customer, CustomerExport, Erasure, Organization, OrganizationCustomer, StaffUser
from preo.accounts.states import ErasureStatus
from preo.api.roles import Role
from tests.factories import make_customer, make_edition_member, make_order, make_refund, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(ours: Organization) -> Customer:
    return make_customer(ours, email="anna@example.org", full_name="Anna Holm")


def said(command: str, *args: str) -> str:
    out = StringIO()
    call_command(command, *args, "--organization", "ours", stdout=out)
    return out.getvalue()


def test_merge_customers_says_what_it_would_move_and_then_moves_it(
    anna: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    other = make_customer(ours, full_name="A. Holm", phone_number=anna.phone_number, metadata={"club": "north"})
    order = make_order(edition, customer=other, units=2)
    counts = "orders: 1, purchases: 2, carts: 1, refunds: 0, answers: 0"

    looked = said("merge_customers", anna.pk, other.pk, "--dry-run")
    before = Order.objects.get().customer_id
    did = said("merge_customers", anna.pk, other.pk, "--by", manager.email, "--reason", "One person")

    assert looked.splitlines()[0] == f"Would merge {other.pk} into {anna.pk}: {counts}."
    assert "full_name: stays 'Anna Holm'; the duplicate has 'A. Holm'." in looked
    assert "metadata: becomes {'club': 'north'}; the duplicate has {'club': 'north'}." in looked
    assert did.splitlines()[0] == f"Merged {other.pk} into {anna.pk}: {counts}."
    order.refresh_from_db()
    assert (before, order.customer_id) == (other.pk, anna.pk)


def test_merge_customers_refuses_a_second_time(anna: Customer, ours: Organization, manager: StaffUser) -> None:
    arguments = (anna.pk, make_customer(ours).pk, "--by", manager.email, "--reason", "One person")
    said("merge_customers", *arguments)

    with pytest.raises(CommandError, match="was merged into"):
        said("merge_customers", *arguments)


def test_merge_customers_is_for_managers_of_the_whole_organization(
    anna: Customer, edition: Edition, ours: Organization, staff: StaffUser, outsider: StaffUser
) -> None:
    of_edition = make_edition_member("camp@ours.example", edition=edition, role=Role.ADMIN)
    other = make_customer(ours)

    for person in (staff, outsider, of_edition):
        with pytest.raises(CommandError, match="with the role manager"):
            said("merge_customers", anna.pk, other.pk, "--by", person.email, "--reason", "One person")
    with pytest.raises(CommandError, match="--by"):
        said("merge_customers", anna.pk, other.pk)

    assert not OrganizationCustomer.objects.exclude(merged_from=None).exists()


def test_a_stranger_is_as_unknown_as_nobody(anna: Customer, theirs: Organization) -> None:
    stranger, nobody = make_customer(theirs).pk, Customer().pk

    told = []
    for key in (stranger, nobody):
        with pytest.raises(CommandError) as refusal:
            said("merge_customers", anna.pk, key, "--dry-run")
        told.append(str(refusal.value).replace(key, "usr_…"))

    assert told[0] == told[1]


def test_erase_customer_takes_two_persons(
    anna: Customer, edition: Edition, manager: StaffUser, admin: StaffUser
) -> None:
    make_order(edition, customer=anna)

    asked = said("erase_customer", anna.pk, "--by", admin.email, "--reason", "Asked by letter")
    erasure = Erasure.objects.get()
    with pytest.raises(CommandError, match="another person has to"):
        said("erase_customer", "--approve", erasure.pk, "--by", admin.email)
    with pytest.raises(CommandError, match="with the role admin"):
        said("erase_customer", "--approve", erasure.pk, "--by", manager.email)
    second = make_second_admin(edition.organization)
    done = said("erase_customer", "--approve", erasure.pk, "--by", second.email)
    again = said("erase_customer", "--approve", erasure.pk, "--by", second.email)

    assert erasure.pk in asked
    assert done == again == f"{anna.pk} is erased at ours.\n"
    assert Order.objects.get().customer.full_name == ""


def test_erase_customer_can_be_called_off(anna: Customer, manager: StaffUser) -> None:
    said("erase_customer", anna.pk, "--by", manager.email, "--reason", "Asked by letter")
    erasure = Erasure.objects.get()

    said("erase_customer", "--call-off", erasure.pk, "--by", manager.email)

    erasure.refresh_from_db()
    assert erasure.status == ErasureStatus.CALLED_OFF
    with pytest.raises(CommandError, match="can't become"):
        said("erase_customer", "--approve", erasure.pk, "--by", make_second_admin(erasure.organization).email)


def test_erase_customer_only_looks_in_a_dry_run(anna: Customer, edition: Edition, manager: StaffUser) -> None:
    make_refund(make_order(edition, customer=anna).purchases.get(), by=manager)

    told = said("erase_customer", anna.pk, "--dry-run")

    assert "orders: 1, purchases: 1, carts: 1, refunds: 1, answers: 0, merged: 0" in told
    assert "In the way: Refunds of the customer are under way: 1." in told
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("arguments", [[], ["--approve", "era_x"], ["--approve", "era_x", "--dry-run"]])
def test_erase_customer_refuses_what_names_nothing(ours: Organization, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        said("erase_customer", *arguments, "--by", "somebody@ours.example")


def test_export_customer_writes_a_file_of_its_own(
    anna: Customer, ours: Organization, manager: StaffUser, tmp_path: Path
) -> None:
    path = tmp_path / "anna.zip"

    told = said("export_customer", anna.pk, "--to", str(path), "--by", manager.email)

    export = CustomerExport.objects.get()
    assert (export.customer_id, export.exported_by) == (anna.pk, manager)
    assert export.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"SHA-256 {export.sha256}, recorded as {export.pk}." in told
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="There is a file"):
        said("export_customer", anna.pk, "--to", str(path))


def make_second_admin(organization: Organization) -> StaffUser:
    return make_staff("second@ours.example", organization=organization, role=Role.ADMIN)


@pytest.mark.parametrize("reason", ["a" * 501, "Same person\nand more"], ids=["too long", "two lines"])
@pytest.mark.parametrize("command", ["merge_customers", "erase_customer"])
def test_commands_refuse_reasons_that_would_not_be_kept_whole(
    anna: Customer, ours: Organization, manager: StaffUser, command: str, reason: str
) -> None:
    whom = [anna.pk, make_customer(ours).pk] if command == "merge_customers" else [anna.pk]

    with pytest.raises(CommandError, match="--reason: This must be 1 to 500 printable characters"):
        said(command, *whom, "--by", manager.email, "--reason", reason)

    assert not Erasure.objects.exists()
    assert OrganizationCustomer.objects.filter(customer=anna).exists()
