"""Whom the history of a row tells of whom."""

from editions.models import Edition
from orders.models import Order
from preo.accounts.models import Customer, Membership, Organization, OrganizationCustomer, StaffUser
from preo.api.roles import Role
from preo.customers.operations.changing import change_customer
from preo.customers.operations.erasing import ask_for_erasure, carry_out_erasure
from preo.recording import recorded, seen_only_by
from tests.backoffice.conftest import Pages
from tests.backoffice.test_histories import history, words_of
from tests.factories import (
    NOON,
    make_customer,
    make_edition_member,
    make_email_message,
    make_order,
)


def test_history_of_a_row_out_of_reach_is_as_missing_as_the_row(
    their_edition: Edition, staff: StaffUser, guest: StaffUser, pages: Pages, edition: Edition
) -> None:
    theirs, ours = make_order(their_edition), make_order(edition)

    answers = [history(pages(staff), theirs), history(pages(guest), ours)]

    assert [answer.status_code for answer in answers] == [302, 302]


def test_history_names_nobody_of_another_organization(
    ours: Organization, theirs: Organization, staff: StaffUser, outsider: StaffUser, pages: Pages
) -> None:
    customer = make_customer(ours)
    OrganizationCustomer.objects.create(organization=theirs, customer=customer)
    with recorded("change_customer", by=outsider, reason="Their secret"):
        seen_only_by([theirs.pk])
        Customer.objects.filter(pk=customer.pk).update(locale="da")

    to_us, to_them = (words_of(history(pages(person), customer)) for person in (staff, outsider))

    assert "Somebody unknown" in to_us
    assert [word for word in ("Outsider", "Their secret") if word in to_us] == []
    assert "Outsider Holm" in to_them


def test_history_of_a_customer_is_what_ones_organizations_know(
    ours: Organization, theirs: Organization, staff: StaffUser, pages: Pages
) -> None:
    customer = make_customer(theirs, full_name="Before Known")
    Customer.objects.filter(pk=customer.pk).update(full_name="Also Before")
    OrganizationCustomer.objects.create(organization=ours, customer=customer)

    trail = history(pages(staff), customer).context["trail"]

    assert [(entry.operation, entry.changes) for entry in trail] == [("Created", [])]


def test_history_of_a_customer_is_for_staff_of_the_whole_organization(
    ours: Organization, edition: Edition, staff: StaffUser, manager: StaffUser, pages: Pages
) -> None:
    customer = make_order(edition).customer
    member = make_edition_member("one@ours.example", edition=edition, role=Role.ADMIN)
    change_customer(customer, changes={"full_name": "Freja Lund"}, by=manager, now=NOON)

    told = {person: words_of(history(pages(person), customer)) for person in (staff, member)}

    assert ("Manager Holm" in told[staff], "Freja Lund" in told[staff].split('id="trail"')[1]) == (True, True)
    assert "Nothing has changed" in told[member]


def test_history_of_a_customer_tells_once_what_two_organizations_were_told(
    ours: Organization, theirs: Organization, staff: StaffUser, manager: StaffUser, pages: Pages
) -> None:
    customer = make_customer(ours)
    OrganizationCustomer.objects.create(organization=theirs, customer=customer)
    theirs.memberships.create(staff_user=staff, role=Role.STAFF)
    change_customer(customer, changes={"full_name": "Freja Lund"}, by=manager, now=NOON)

    trail = history(pages(staff), customer).context["trail"]

    assert [(entry.who, len(entry.changes)) for entry in trail if entry.changes] == [("Manager Holm", 1)]


def test_history_of_who_stands_in_for_an_erased_customer_leads_nowhere(
    ours: Organization, edition: Edition, staff: StaffUser, manager: StaffUser, admin: StaffUser, pages: Pages
) -> None:
    order = make_order(edition)
    asked = ask_for_erasure(order.customer, organization=ours, by=manager, reason="Asked by letter", now=NOON)
    carry_out_erasure(asked, by=admin, now=NOON)
    order.refresh_from_db()
    with recorded("touch", by=admin):
        Customer.objects.filter(pk=order.customer_id).update(locale="da")

    words = words_of(history(pages(staff), order.customer))

    assert ("Nothing has changed" in words, "Admin Holm" in words) == (True, False)


def test_history_names_no_customer_whom_only_others_know_by_now(
    ours: Organization, theirs: Organization, edition: Edition, staff: StaffUser, pages: Pages
) -> None:
    customer, other = make_customer(ours), make_customer(ours, full_name="Kept Here")
    order = make_order(edition, customer=customer)
    OrganizationCustomer.objects.create(organization=theirs, customer=customer)
    Order.objects.filter(pk=order.pk).update(customer=other)
    OrganizationCustomer.objects.filter(organization=ours, customer=customer).delete()
    Customer.objects.filter(pk=customer.pk).update(full_name="Known Elsewhere")

    words = words_of(history(pages(staff), order))

    assert ("Kept Here" in words, customer.pk in words, "Known Elsewhere" in words) == (True, True, False)


def test_history_of_the_platforms_own_rows_is_for_superusers(
    manager: StaffUser, superuser: StaffUser, ours: Organization, pages: Pages
) -> None:
    message = make_email_message(None)
    Membership.objects.create(organization=ours, staff_user=superuser, role=Role.MANAGER)

    to_us, to_them = (words_of(history(pages(person), message)) for person in (manager, superuser))

    assert ("Nothing has changed" in to_us, "Reminder" in to_them.split('id="trail"')[1]) == (True, True)


def test_history_of_people_and_roles_is_on_their_pages(
    superuser: StaffUser, guest: StaffUser, ours: Organization, pages: Pages
) -> None:
    membership = Membership.objects.get(staff_user=guest)
    with recorded("edit_in_admin", by=superuser):
        Membership.objects.filter(pk=membership.pk).update(role=Role.ADMIN)
        StaffUser.objects.filter(pk=guest.pk).update(first_name="Eva", password="another-hash")
        Organization.objects.filter(pk=ours.pk).update(name="Ours and Sons")

    of_role, of_person, of_ours = (words_of(history(pages(superuser), row)) for row in (membership, guest, ours))

    assert '<td data-label="Before"><del>Guest</del></td><td data-label="After"><ins>Admin</ins></td>' in of_role
    assert '<td data-label="Before"><del>•••</del></td><td data-label="After"><ins>•••</ins></td>' in of_person
    assert ("another-hash" in of_person, "Ours and Sons" in of_ours) == (False, True)


def test_platform_pages_are_nothing_for_others(admin: StaffUser, guest: StaffUser, pages: Pages) -> None:
    assert history(pages(admin), guest).status_code in (302, 403)
