"""Asking for the erasure of a customer, and deciding it."""

import pytest
from django.contrib.admin.utils import quote
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from preo.accounts.models import Customer, Erasure, OrganizationCustomer
from preo.accounts.states import ErasureStatus
from preo.api.roles import Role
from preo.customers.operations.erasing import ask_for_erasure, carry_out_erasure
from tests.backoffice.conftest import Pages
from tests.factories import NOON, make_customer, make_order, make_refund, make_staff

LIST = "admin:accounts_erasure_changelist"


def page_of(customer):
    return reverse("admin:accounts_customer_change", args=[customer.pk])


def asking(customer, organization):
    return f"{reverse('admin:accounts_customer_erase', args=[customer.pk])}?organization={organization.pk}"


def of(erasure, name="change"):
    return reverse(f"admin:accounts_erasure_{name}", args=[erasure.pk])


def ask(customer, organization, *, by):
    return ask_for_erasure(customer, organization=organization, by=by, reason="They wrote to us.", now=NOON)


@pytest.fixture
def freja(ours) -> Customer:
    return make_customer(ours, email="freja@example.org", full_name="Freja Lund", phone_number="+4511223344")


@pytest.fixture
def boss(ours):
    return make_staff("boss@ours.example", organization=ours, role=Role.ADMIN)


def test_ask_shows_who_decides_and_erases_nothing(ours, freja, manager, admin, pages: Pages):
    client = pages(manager)

    before = client.get(asking(freja, ours)).content.decode()
    answer = client.post(asking(freja, ours), {"reason": "They wrote to us."})

    assert "another admin decides, Admin Holm." in before
    assert answer.headers["Location"] == page_of(freja)
    erasure = Erasure.objects.get()
    assert (erasure.asked_by, erasure.reason, erasure.status) == (manager, "They wrote to us.", ErasureStatus.ASKED)
    body = client.get(page_of(freja)).content.decode()
    for text in ("To be erased at Ours", "Manager Holm", "They wrote to us.", "Another admin decides: Admin Holm."):
        assert text in body


def test_ask_needs_a_reason(ours, freja, manager, pages: Pages):
    answer = pages(manager).post(asking(freja, ours), {"reason": ""})

    assert "reason" in answer.context["form"].errors
    assert not Erasure.objects.exists()


def test_page_leads_to_the_erasure_whoever_may_open_it(ours, freja, staff, manager, pages: Pages):
    erasure = ask(freja, ours, by=manager)

    linked = {who: of(erasure) in pages(who).get(page_of(freja)).content.decode() for who in (staff, manager)}

    assert linked == {staff: False, manager: True}
    assert pages(manager).get(of(erasure)).status_code == 200


def test_pages_open_by_the_quoted_address_of_the_list(ours, freja, manager, admin, pages: Pages):
    erasure = ask(freja, ours, by=manager)
    edit = reverse("admin:accounts_customer_edit", args=[quote(freja.pk)])
    call_off = reverse("admin:accounts_erasure_call_off", args=[quote(erasure.pk)])
    client = pages(admin)

    assert "_5F" in edit
    assert client.get(edit).status_code == 200
    assert client.post(call_off).headers["Location"] == reverse(LIST)


def test_ask_again_says_why_not(ours, freja, manager, pages: Pages):
    ask(freja, ours, by=manager)

    body = pages(manager).post(asking(freja, ours), {"reason": "Again."}).content.decode()

    assert "Somebody asked for this already." in body


def test_page_hides_what_others_asked_for(theirs, freja, outsider, admin, pages: Pages):
    OrganizationCustomer.objects.create(organization=theirs, customer=freja)
    erasure = ask(freja, theirs, by=outsider)

    body = pages(admin).get(page_of(freja)).content.decode()

    assert erasure.pk not in body
    assert "To be erased" not in body


def test_list_has_what_waits_first_by_name_and_the_rest_by_id(ours, freja, manager, admin, pages: Pages):
    gone = make_customer(ours, full_name="Bo Gone")
    waiting = ask(freja, ours, by=manager)
    carry_out_erasure(ask(gone, ours, by=manager), by=admin, now=NOON)

    answer = pages(admin).get(reverse(LIST))

    assert [row.status for row in answer.context["cl"].result_list] == ["asked", "done"]
    assert answer.context["cl"].result_list[0].pk == waiting.pk
    body = answer.content.decode()
    assert "Freja Lund" in body
    assert gone.pk in body
    assert "Bo Gone" not in body


def test_list_costs_the_same_for_one_and_three(ours, freja, manager, admin, pages: Pages):
    client = pages(admin)
    ask(freja, ours, by=manager)
    client.get(reverse(LIST))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse(LIST))
    for _ in range(2):
        ask(make_customer(ours), ours, by=manager)

    with CaptureQueriesContext(connection) as three:
        client.get(reverse(LIST))

    assert len(one) == len(three)


def test_others_see_no_erasure_of_ours(ours, freja, manager, staff, outsider, pages: Pages):
    erasure = ask(freja, ours, by=manager)

    assert pages(outsider).get(reverse(LIST)).context["cl"].result_count == 0
    assert pages(outsider).get(of(erasure)).status_code == 302
    assert pages(staff).get(reverse(LIST)).status_code == 403
    for name in ("carry_out", "call_off"):
        assert pages(outsider).post(of(erasure, name), {"name": "Freja Lund"}).status_code == 404
        assert pages(staff).post(of(erasure, name), {"name": "Freja Lund"}).status_code == 404
    assert Erasure.objects.get().status == ErasureStatus.ASKED


@pytest.mark.parametrize("typed", ["Freja Lund", " freja  lund", "freja@example.org"])
def test_second_admin_carries_it_out_by_typing_the_name(typed, ours, freja, admin, boss, pages: Pages):
    erasure = ask(freja, ours, by=admin)
    client = pages(boss)

    answer = client.post(of(erasure, "carry_out"), {"name": typed})

    assert answer.headers["Location"] == reverse(LIST)
    erasure.refresh_from_db()
    assert (erasure.status, erasure.decided_by) == (ErasureStatus.DONE, boss)
    gone = client.get(page_of(freja))
    assert gone.status_code == 404
    assert freja.pk not in gone.content.decode()
    done = client.get(of(erasure)).content.decode()
    assert "Freja" not in done
    assert "Boss Holm" in done


@pytest.mark.parametrize("typed", ["", "Freja", "Somebody else"])
def test_carry_out_without_the_name_erases_nothing(typed, ours, freja, admin, boss, pages: Pages):
    erasure = ask(freja, ours, by=admin)

    answer = pages(boss).post(of(erasure, "carry_out"), {"name": typed})

    assert "name" in answer.context["form"].errors
    freja.refresh_from_db()
    assert freja.full_name == "Freja Lund"


def test_who_asked_reads_who_must_decide_and_cannot(ours, freja, admin, boss, pages: Pages):
    erasure = ask(freja, ours, by=admin)
    client = pages(admin)

    body = client.get(of(erasure)).content.decode()
    answer = client.post(of(erasure, "carry_out"), {"name": "Freja Lund"})

    assert "another person has to" in body
    assert "That is Boss Holm." in body
    assert "Erase for good" not in body
    assert answer.status_code == 200
    assert Erasure.objects.get().status == ErasureStatus.ASKED


def test_manager_reads_and_does_not_decide(ours, freja, manager, admin, pages: Pages):
    erasure = ask(freja, ours, by=admin)
    client = pages(manager)

    assert "An admin of the organization carries it out." in client.get(of(erasure)).content.decode()
    assert client.post(of(erasure, "carry_out"), {"name": "Freja Lund"}).status_code == 403
    assert client.post(of(erasure, "call_off")).status_code == 403


def test_call_off_lets_the_customer_stay(ours, freja, manager, admin, pages: Pages):
    for person in (manager, admin):
        erasure = ask(freja, ours, by=manager)

        answer = pages(person).post(of(erasure, "call_off"))

        assert answer.headers["Location"] == reverse(LIST)
        erasure.refresh_from_db()
        assert (erasure.status, erasure.decided_by) == (ErasureStatus.CALLED_OFF, person)


def test_what_stands_in_the_way_is_said_in_plain_words(ours, edition, freja, manager, staff, admin, pages: Pages):
    make_refund(make_order(edition, customer=freja).purchases.get(), by=staff)
    erasure = ask(freja, ours, by=manager)
    client = pages(admin)

    before = client.get(of(erasure)).content.decode()
    answer = client.post(of(erasure, "carry_out"), {"name": "Freja Lund"})

    assert "Refunds of the customer are under way: 1." in before
    assert "Refunds of the customer are under way: 1." in " ".join(answer.context["form"].non_field_errors())
    assert Erasure.objects.get().status == ErasureStatus.ASKED


def test_decision_needs_a_press_and_comes_once(ours, freja, manager, admin, pages: Pages):
    erasure = ask(freja, ours, by=manager)
    client = pages(admin)

    unpressed = client.get(of(erasure, "carry_out"))
    client.post(of(erasure, "carry_out"), {"name": "Freja Lund"})
    again = client.post(of(erasure, "call_off"))

    assert unpressed.headers["Location"] == again.headers["Location"] == of(erasure)
    assert Erasure.objects.get().status == ErasureStatus.DONE


def test_order_of_an_erased_customer_leads_to_nobody(ours, edition, freja, manager, admin, staff, pages: Pages):
    order = make_order(edition, customer=freja)
    carry_out_erasure(ask(freja, ours, by=manager), by=admin, now=NOON)
    order.refresh_from_db()

    listed = pages(admin).get(reverse("admin:accounts_customer_changelist")).context["cl"].queryset
    body = pages(admin).get(page_of(order.customer)).content.decode()

    assert list(listed) == []
    assert "Erased customer" in body
    assert order.order_number in body
    for text in ("Freja", "freja@example.org", freja.pk, "They wrote to us.", "Edit profile", "Export data", "Record"):
        assert text not in body
    edited = pages(admin).get(reverse("admin:accounts_customer_edit", args=[order.customer_id]))
    assert edited.headers["Location"] == page_of(order.customer)


def test_dashboard_shows_what_waits(ours, freja, manager, admin, staff, outsider, pages: Pages):
    def titles(person):
        return [panel.title for panel in pages(person).get(reverse("admin:index")).context["panels"]]

    assert "Erasures of customers" not in titles(admin)
    ask(freja, ours, by=manager)

    assert "Erasures of customers" in titles(admin)
    assert "Erasures of customers" in titles(manager)
    assert "Erasures of customers" not in titles(staff)
    assert "Erasures of customers" not in titles(outsider)
