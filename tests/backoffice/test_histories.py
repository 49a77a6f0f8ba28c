"""The History link of every page: who changed the row, from what to what; and to whom that is told."""

from typing import Any

import pytest
from django.contrib import admin as django_admin
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from editions.models import Category, Coupon, Edition
from editions.operations.catalog import add_row, change_row, save_product
from orders.models import Order
from preo.accounts.models import Customer, Membership, Organization, OrganizationCustomer, StaffUser
from preo.api.roles import Role
from preo.audit.admin.histories import AT_ONCE
from preo.backoffice.histories import HistoryAdmin
from preo.history import RECORDED
from preo.recording import recorded, seen_only_by
from refunds.operations import approve_refund
from tests.backoffice.conftest import Pages
from tests.factories import (
    NOON,
    make_customer,
    make_edition_member,
    make_email_message,
    make_order,
    make_product,
    make_purchase,
    make_refund,
    make_staff,
)


def history(client: Any, row: Any) -> Any:
    options = row._meta
    return client.get(reverse(f"admin:{options.app_label}_{options.model_name}_history", args=[row.pk]))


def words_of(answer: Any) -> str:
    return " ".join(answer.content.decode().replace("\xa0", " ").replace("&#x27;", "'").split())


def test_every_page_of_the_back_office_has_such_a_history() -> None:
    pages = {model._meta.concrete_model: page for model, page in django_admin.site._registry.items()}

    recorded_ones = {model: pages[model] for model in RECORDED if model in pages}

    assert [str(page) for page in recorded_ones.values() if not isinstance(page, HistoryAdmin)] == []
    assert len(recorded_ones) >= 20


def test_history_tells_who_did_what_and_why_field_by_field(
    edition: Edition, manager: StaffUser, staff: StaffUser, pages: Pages
) -> None:
    category = add_row(Category(edition=edition, name="Tents"), by=manager, now=NOON)
    with recorded("rename_everything", by=manager, reason="New words"):
        change_row(category, changes={"name": "Shelters"}, by=manager, now=NOON)

    words = words_of(history(pages(staff), category))

    assert "<strong>Rename everything</strong> by Manager Holm" in words
    assert "Reason: New words" in words
    assert '<td data-label="Before"><del>Tents</del></td><td data-label="After"><ins>Shelters</ins></td>' in words


def test_history_of_a_product_tells_of_its_variants(edition: Edition, manager: StaffUser, pages: Pages) -> None:
    product = make_product(edition)
    product.variants.create(name="Small")
    save_product(product, changes={"price_minor": 450_00}, by=manager, now=NOON)

    words = words_of(history(pages(manager), product))

    assert "Variant Small" in words
    assert "400.00 DKK" in words
    assert "450.00 DKK" in words


def test_history_is_linked_from_pages_of_our_own(edition: Edition, staff: StaffUser, pages: Pages) -> None:
    order = make_order(edition)

    page = pages(staff).get(reverse("admin:orders_order_change", args=[order.pk]))

    assert f'href="{reverse("admin:orders_order_history", args=[order.pk])}"' in words_of(page)


def test_history_of_an_order_tells_of_its_payments_and_purchases(
    edition: Edition, staff: StaffUser, pages: Pages
) -> None:
    purchase = make_purchase(edition)
    make_refund(purchase, by=staff)

    words = words_of(history(pages(staff), purchase.order))

    assert "<strong>Request refund</strong> by Staff Holm" in words
    assert '<th scope="row">Price reserved</th>' in words


def test_history_of_a_refund_tells_who_approved(
    edition: Edition, staff: StaffUser, manager: StaffUser, pages: Pages
) -> None:
    refund = approve_refund(make_refund(make_purchase(edition), by=staff), by=manager, now=NOON)

    assert "Approve refund</strong> by Manager Holm" in words_of(history(pages(staff), refund))


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

    assert "Another organization" in to_us
    assert [word for word in ("Outsider", "Their secret") if word in to_us] == []
    assert "Outsider Holm" in to_them


def test_history_of_a_customer_is_what_ones_organizations_know(
    ours: Organization, theirs: Organization, staff: StaffUser, pages: Pages
) -> None:
    customer = make_customer(theirs, full_name="Before Known")
    Customer.objects.filter(pk=customer.pk).update(full_name="Also Before")
    OrganizationCustomer.objects.create(organization=ours, customer=customer)

    assert "Nothing has changed" in words_of(history(pages(staff), customer))


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


@pytest.mark.parametrize("kind", ["customer", "refund"])
def test_pages_of_our_own_lead_to_the_history(kind: str, edition: Edition, staff: StaffUser, pages: Pages) -> None:
    purchase = make_purchase(edition)
    row: Any = purchase.order.customer if kind == "customer" else make_refund(purchase, by=staff)
    names = [f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}" for page in ("change", "history")]
    page, below = (reverse(name, args=[row.pk]) for name in names)

    assert f'href="{below}"' in words_of(pages(staff).get(page))


def test_djangos_own_log_is_not_kept(superuser: StaffUser, guest: StaffUser, pages: Pages) -> None:
    membership = Membership.objects.get(staff_user=guest)
    url = reverse("admin:accounts_membership_change", args=[membership.pk])
    form = {"organization": membership.organization_id, "staff_user": guest.pk, "role": "staff"}

    assert pages(superuser).post(url, form).status_code == 302
    assert pages(superuser).post(url.replace("change", "delete"), {"post": "yes"}).status_code == 302

    assert LogEntry.objects.count() == 0


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


def test_history_of_a_policy_is_its_part_of_the_organizations(
    ours: Organization, admin: StaffUser, pages: Pages
) -> None:
    Organization.objects.filter(pk=ours.pk).update(name="Other", refund_daily_limit_minor=500_00)

    answer = pages(admin).get(reverse("admin:refunds_refundpolicy_history", args=[ours.pk]))

    assert ("Refund daily limit" in words_of(answer), ">Other<" in words_of(answer)) == (True, False)


def test_history_of_a_member_of_one_edition(ours: Organization, edition: Edition, pages: Pages) -> None:
    person = make_edition_member("one@ours.example", edition=edition, role=Role.STAFF)
    coupon = add_row(Coupon(edition=edition, code="A", rate_off=5, valid_from=NOON), by=person, now=NOON)

    assert "by One Holm" in words_of(history(pages(person), coupon))


def test_history_comes_a_page_at_a_time(edition: Edition, manager: StaffUser, pages: Pages) -> None:
    category = add_row(Category(edition=edition, name="0"), by=manager, now=NOON)
    for number in range(1, AT_ONCE + 2):
        Category.objects.filter(pk=category.pk).update(name=str(number))
    client, url = pages(manager), reverse("admin:editions_category_history", args=[category.pk])

    newest = client.get(url)
    older = client.get(url + newest.context["older"])
    nonsense = client.get(f"{url}?cursor=nonsense")

    told = [[len(entry.changes) for entry in page.context["trail"]] for page in (newest, older)]
    assert told == [[AT_ONCE], [2]]
    assert (older.context["older"], older.context["is_newest"]) == ("", False)
    assert nonsense.context["trail"] == newest.context["trail"]


def test_a_long_history_costs_no_more_queries_than_a_short_one(
    edition: Edition, manager: StaffUser, pages: Pages
) -> None:
    client, product = pages(manager), make_product(edition)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert history(client, product).status_code == 200
        return len(captured)

    def change(name: str, *, by: StaffUser) -> None:
        change_row(product, changes={"category": Category.objects.create(edition=edition, name=name)}, by=by, now=NOON)

    change("Tents", by=manager)
    change("Cabins", by=manager)
    few = queries()
    for number in range(4):
        change(str(number), by=make_staff(f"p{number}@ours.example"))

    assert queries() == few
