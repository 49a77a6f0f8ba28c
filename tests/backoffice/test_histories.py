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
from preo.accounts.models import Membership, Organization, StaffUser
from preo.api.roles import Role
from preo.audit.admin.histories import AT_ONCE
from preo.backoffice.histories import HistoryAdmin
from preo.history import RECORDED
from preo.recording import recorded
from refunds.operations import approve_refund
from tests.backoffice.conftest import Pages
from tests.factories import (
    NOON,
    make_edition_member,
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


def test_history_tells_what_differs_at_the_end_of_a_long_text(
    edition: Edition, manager: StaffUser, pages: Pages
) -> None:
    long = "word " * 400
    product = make_product(edition, description={"en": f"{long}old"})
    change_row(product, changes={"description": {"en": f"{long}new"}}, by=manager, now=NOON)

    page = words_of(history(pages(manager), product))

    assert "word old</del>" in page
    assert "word new</ins>" in page
    assert f"<dd>en: {long}new</dd>" in page


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
