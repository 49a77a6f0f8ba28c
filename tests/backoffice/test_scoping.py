"""Nobody sees another organization's rows: in lists, searches, filters, autocompletes, choices or direct links."""

import pytest
from django.contrib import admin as django_admin
from django.test import RequestFactory
from django.urls import reverse

from editions.models import Edition, EditionMembership
from orders.models import Order
from preo.accounts.models import Customer, OrganizationCustomer, StaffUser
from preo.api.roles import Role
from preo.backoffice.scoped_admin import ScopedAdmin
from preo.public_ids import new
from refunds.models import RefundRequest
from tests.backoffice.conftest import Pages
from tests.factories import make_customer, make_edition, make_edition_member, make_order, make_purchase, make_refund

LISTS = {
    "order": "admin:orders_order_changelist",
    "edition": "admin:editions_edition_changelist",
    "customer": "admin:accounts_customer_changelist",
    "refund": "admin:refunds_refundrequest_changelist",
}
PAGES = {
    "order": "admin:orders_order_change",
    "edition": "admin:editions_edition_change",
    "customer": "admin:accounts_customer_change",
    "refund": "admin:refunds_refundrequest_change",
}
PREFIXES = {"order": "ord", "edition": "edt", "customer": "usr", "refund": "rfd"}


@pytest.fixture
def theirs_rows(their_edition: Edition, outsider: StaffUser) -> dict[str, str]:
    """What could leak, created first."""
    customer = make_customer(their_edition.organization, email="secret@theirs.example", full_name="Secret Person")
    purchase = make_purchase(their_edition, customer=customer)
    refund = make_refund(purchase, by=outsider)
    return {"order": purchase.order_id, "edition": their_edition.pk, "customer": customer.pk, "refund": refund.pk}


@pytest.mark.parametrize("kind", LISTS)
def test_list_has_no_rows_of_others(kind, theirs_rows, edition, admin, pages: Pages):
    body = pages(admin).get(reverse(LISTS[kind]), {"show": "all"} if kind == "refund" else {}).content.decode()

    assert theirs_rows[kind] not in body
    assert "Secret Person" not in body


@pytest.mark.parametrize("kind", ["order", "customer", "refund"])
def test_search_finds_no_rows_of_others(kind, theirs_rows, edition, admin, pages: Pages):
    answer = pages(admin).get(reverse(LISTS[kind]), {"q": "secret"})

    assert answer.context["cl"].result_count == 0


@pytest.mark.parametrize("kind", LISTS)
def test_own_rows_are_listed(kind, edition, admin, staff, pages: Pages):
    make_refund(make_purchase(edition), by=staff)

    assert pages(admin).get(reverse(LISTS[kind])).context["cl"].result_count == 1


@pytest.mark.parametrize("kind", ["order", "refund"])
def test_filters_offer_no_editions_of_others(kind, theirs_rows, edition, admin, pages: Pages):
    make_edition(edition.organization, name="Second own")

    body = pages(admin).get(reverse(LISTS[kind])).content.decode()

    assert "Second own" in body
    assert theirs_rows["edition"] not in body


def test_filter_offers_no_other_organizations(theirs_rows, edition, admin, pages: Pages):
    assert "Theirs" not in pages(admin).get(reverse(LISTS["edition"])).content.decode()


def test_filtering_by_what_is_out_of_reach_shows_nothing(theirs_rows, edition, admin, pages: Pages):
    make_order(edition)

    answer = pages(admin).get(reverse(LISTS["order"]), {"edition__id__exact": theirs_rows["edition"]})

    assert answer.context["cl"].result_count == 0


@pytest.mark.parametrize("kind", ["order", "edition", "refund"])
def test_direct_link_to_others_is_answered_like_a_missing_row(kind, theirs_rows, edition, admin, pages: Pages):
    client, missing = pages(admin), new(PREFIXES[kind])

    theirs = client.get(reverse(PAGES[kind], args=[theirs_rows[kind]]), follow=True)
    none = client.get(reverse(PAGES[kind], args=[missing]), follow=True)

    assert theirs.redirect_chain == none.redirect_chain == [("/admin/", 302)]
    messages = [str(message).replace(theirs_rows[kind], missing) for message in theirs.context["messages"]]
    assert messages == [str(message) for message in none.context["messages"]]


@pytest.mark.parametrize("field", ["edition", "order"])
def test_autocomplete_has_no_rows_of_others(field, theirs_rows, edition, admin, pages: Pages):
    own = {"edition": edition.pk, "order": make_order(edition).pk}
    asked = {"app_label": "refunds", "model_name": "refundrequest", "field_name": field, "term": ""}

    answer = pages(admin).get(reverse("admin:autocomplete"), asked)

    assert [row["id"] for row in answer.json()["results"]] == [own[field]]


def test_autocomplete_of_people_is_for_superusers(edition, admin, pages: Pages):
    asked = {"app_label": "accounts", "model_name": "membership", "field_name": "staff_user", "term": ""}

    assert pages(admin).get(reverse("admin:autocomplete"), asked).status_code == 403


def test_choices_of_a_foreign_key_are_in_reach(theirs_rows, edition, admin):
    page = ScopedAdmin(RefundRequest, django_admin.site)
    request = RequestFactory().get("/")
    request.user = admin

    orders = page.formfield_for_foreignkey(RefundRequest._meta.get_field("order"), request)
    people = page.formfield_for_foreignkey(RefundRequest._meta.get_field("staff_user"), request)

    assert list(orders.queryset) == []
    assert list(people.queryset) == []


def test_customer_page_hides_what_others_know(theirs, edition, staff, pages: Pages):
    customer = make_customer(edition.organization)
    OrganizationCustomer.objects.create(organization=theirs, customer=customer, order_count=77)

    body = pages(staff).get(reverse(PAGES["customer"], args=[customer.pk])).content.decode()

    assert "Ours" in body
    assert "Theirs" not in body


@pytest.mark.parametrize("kind", LISTS)
def test_guest_reads_nothing(kind, edition, guest, staff, pages: Pages):
    make_refund(make_purchase(edition), by=staff)

    assert pages(guest).get(reverse(LISTS[kind])).status_code == 403


@pytest.mark.parametrize("kind", LISTS)
def test_superuser_without_membership_sees_no_rows(kind, theirs_rows, superuser, pages: Pages):
    assert pages(superuser).get(reverse(LISTS[kind])).status_code == 403


def test_role_on_an_edition_reaches_that_edition_alone(edition, pages: Pages):
    member = make_edition_member("one@ours.example", edition=edition, role=Role.STAFF)
    own, other = make_order(edition), make_order(make_edition(edition.organization, name="Other"))

    listed = pages(member).get(reverse(LISTS["order"])).context["cl"].queryset

    assert [order.pk for order in listed] == [own.pk]
    assert pages(member).get(reverse(PAGES["order"], args=[other.pk])).status_code == 302


def test_staff_get_no_platform_pages(edition, admin, pages: Pages):
    client = pages(admin)

    for name in ("organization", "staffuser", "membership", "servicetoken"):
        assert client.get(reverse(f"admin:accounts_{name}_changelist")).status_code == 403
    assert client.get(reverse("admin:editions_editionmembership_changelist")).status_code == 403


def test_who_has_no_role_gets_a_friendly_overview(nobody, pages: Pages):
    answer = pages(nobody).get(reverse("admin:index"))

    assert answer.status_code == 200
    assert "Ask an admin of your organization" in answer.content.decode()


def test_overview_lists_what_staff_can_use(edition, staff, pages: Pages):
    apps = pages(staff).get(reverse("admin:index")).context["app_list"]

    listed = [model["object_name"] for app in apps for model in app["models"]]
    daily = [model["object_name"] for app in apps for model in app["models"] if model["is_daily"]]
    assert daily == ["RefundRequest", "Order", "Customer", "Edition", "Product"]
    assert listed[0] == "RefundRequest"
    assert not {"Organization", "StaffUser", "Membership", "ServiceToken", "EditionMembership"} & {*listed}


@pytest.mark.parametrize("model", [Order, Customer, RefundRequest])
def test_nothing_is_editable(model, edition, admin):
    request = RequestFactory().get("/")
    request.user = admin
    page = django_admin.site.get_model_admin(model)

    assert page.get_model_perms(request) == {"add": False, "change": False, "delete": False, "view": True}


def test_garbage_in_the_address_is_no_error(edition, admin, pages: Pages):
    client = pages(admin)

    assert client.get(reverse(LISTS["order"]), {"edition__id__exact": "x"}).status_code == 302
    assert client.get(reverse(LISTS["order"]), {"status__exact": "\0"}).status_code == 400
    assert client.get(reverse(LISTS["order"]), {"q": "x" * 10_000}).status_code == 200
    assert client.get(reverse(PAGES["order"], args=["edt_x"])).status_code == 302
    chosen = {"action": "approve_selected", "_selected_action": ["nonsense"]}
    assert client.post(reverse(LISTS["refund"]), chosen).status_code == 404


def test_role_on_the_platform_is_needed_for_edition_memberships(edition, superuser, nobody, pages: Pages):
    form = {"edition": edition.pk, "staff_user": nobody.pk, "role": "staff"}

    pages(superuser).post(reverse("admin:editions_editionmembership_add"), form)

    assert EditionMembership.objects.get().staff_user == nobody
