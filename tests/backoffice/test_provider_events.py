"""What providers told, on pages: who sees what of it, and what can be done."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editions.models import Edition, MerchantAccount
from orders.models import Transaction
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from refunds.admin.event_facts import facts_of
from refunds.models import ProviderEvent
from refunds.operations.hearing import hear_events
from refunds.states import EventStatus
from tests.backoffice.conftest import Pages
from tests.factories import NOON, make_edition_member, make_refund
from tests.refunds.provider_cases import (
    chargeback_told,
    deliver,
    make_account,
    make_paid,
    refund_told,
)

LIST = "/admin/refunds/providerevent/"


@pytest.fixture
def stripe(ours: Organization) -> MerchantAccount:
    return make_account(ours)


@pytest.fixture
def paid(edition: Edition, stripe: MerchantAccount) -> Transaction:
    return make_paid(edition, stripe)


def hear(account: MerchantAccount, *payloads: dict[str, Any]) -> ProviderEvent:
    """The newest of them."""
    deliver(account, *payloads)
    hear_events(now=NOON)
    return ProviderEvent.objects.order_by("id").last()  # type: ignore[return-value]  # there is one


def words_of(answer: Any) -> str:
    return " ".join(answer.content.decode().replace("\xa0", " ").replace("&#x27;", "'").split())


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_a_manager_finds_events_and_opens_one(
    manager: StaffUser, pages: Pages, stripe: MerchantAccount, paid: Transaction
) -> None:
    event = hear(stripe, chargeback_told(paid))

    listed, page = pages(manager).get(LIST), pages(manager).get(f"{LIST}{event.pk}/change/")

    assert "charge.dispute.funds_withdrawn" in words_of(listed)
    assert "515.00 DKK chargeback: taken." in words_of(page)
    assert f"/admin/orders/order/{paid.order_id}/change/" in words_of(page)
    assert (page.context["event"], page.context["is_unclear"]) == (event, False)


@pytest.mark.parametrize("role", [Role.GUEST, Role.STAFF])
def test_events_are_for_managers(role: Role, request: Any, pages: Pages, stripe: Any, paid: Transaction) -> None:
    event = hear(stripe, chargeback_told(paid))
    client = pages(request.getfixturevalue(role))

    assert client.get(LIST).status_code == 403
    assert "dispute" not in words_of(client.get(f"{LIST}{event.pk}/change/", follow=True))


def test_a_manager_of_one_edition_sees_no_events_of_the_organization(
    edition: Edition, pages: Pages, stripe: MerchantAccount, paid: Transaction
) -> None:
    event = hear(stripe, chargeback_told(paid))
    client = pages(make_edition_member("one@ours.example", edition=edition, role=Role.ADMIN))

    assert client.get(LIST).status_code == 403
    assert client.post(f"{LIST}{event.pk}/look-again/").status_code == 404


@pytest.mark.parametrize("name", ["look-again", "set-aside"])
def test_another_organization_sees_and_does_nothing(
    name: str, outsider: StaffUser, pages: Pages, stripe: MerchantAccount
) -> None:
    event = hear(stripe, refund_told("pi_elsewhere", "succeeded"))
    client = pages(outsider)

    assert "pi_elsewhere" not in words_of(client.get(LIST))
    assert client.get(f"{LIST}{event.pk}/change/").status_code == 302
    assert client.post(f"{LIST}{event.pk}/{name}/").status_code == 404
    assert ProviderEvent.objects.get().status == EventStatus.UNMATCHED


def test_look_again_makes_it_due(manager: StaffUser, pages: Pages, stripe: MerchantAccount) -> None:
    event = hear(stripe, refund_told("pi_elsewhere", "succeeded"))
    assert "Look again" in words_of(pages(manager).get(f"{LIST}{event.pk}/change/"))

    answer = pages(manager).post(f"{LIST}{event.pk}/look-again/", follow=True)

    assert told(answer) == ["It will be looked at again in a moment."]
    assert list(ProviderEvent.objects.due(now=NOON)) == [event]


def test_set_aside_says_who_did(manager: StaffUser, pages: Pages, stripe: MerchantAccount) -> None:
    event = hear(stripe, refund_told("pi_elsewhere", "succeeded"))

    asked = pages(manager).get(f"{LIST}{event.pk}/set-aside/")
    assert "Set this event aside?" in words_of(asked)
    event.refresh_from_db()
    assert event.status == EventStatus.UNMATCHED
    answer = pages(manager).post(f"{LIST}{event.pk}/set-aside/", follow=True)

    event.refresh_from_db()
    assert (event.status, "Set aside</span>" in words_of(answer)) == (EventStatus.IGNORED, True)
    assert event.message.startswith(f"{manager} set it aside.")


def test_what_is_clear_is_not_decided_on(
    manager: StaffUser, pages: Pages, stripe: MerchantAccount, paid: Transaction
) -> None:
    event = hear(stripe, chargeback_told(paid))

    answer = pages(manager).post(f"{LIST}{event.pk}/look-again/", follow=True)

    assert told(answer) == ["What came of this event is clear already, or nobody has looked at it yet."]


@pytest.mark.parametrize("name", ["look-again", "set-aside"])
def test_who_comes_back_from_signing_in_is_led_to_the_event(
    name: str, manager: StaffUser, pages: Pages, stripe: MerchantAccount, paid: Transaction
) -> None:
    event = hear(stripe, chargeback_told(paid))

    answer = pages(manager).get(f"{LIST}{event.pk}/{name}/", follow=True)

    assert answer.redirect_chain == [(f"{LIST}{event.pk}/change/", 302)]
    assert told(answer) == ["Nothing was decided. You may have had to sign in first: choose again."]


def test_the_dashboard_counts_what_is_unclear(
    manager: StaffUser, staff: StaffUser, pages: Pages, stripe: MerchantAccount, paid: Transaction
) -> None:
    hear(stripe, chargeback_told(paid))
    assert "Events of providers" not in words_of(pages(manager).get("/admin/"))

    hear(stripe, refund_told("pi_elsewhere", "succeeded"))

    assert "Events of providers" in words_of(pages(manager).get("/admin/"))
    assert "Events of providers" not in words_of(pages(staff).get("/admin/"))


def test_the_page_of_an_order_shows_what_moved_outside(
    staff: StaffUser, manager: StaffUser, pages: Pages, stripe: MerchantAccount, paid: Transaction
) -> None:
    make_refund(paid.purchases.get(), by=staff)
    event = hear(stripe, chargeback_told(paid))
    address = f"/admin/orders/order/{paid.order_id}/change/"

    as_staff, as_manager = words_of(pages(staff).get(address)), words_of(pages(manager).get(address))

    assert "DKK 400.00 more is given back" in as_staff or "400.00 DKK more is given back" in as_staff
    assert "product not received" in as_staff
    assert 'data-label="Moved outside" class="sum">515.00 DKK' in as_staff
    assert (event.pk in as_staff, event.pk in as_manager) == (False, True)


def test_many_events_cost_no_more_queries_than_one(
    manager: StaffUser, pages: Pages, stripe: MerchantAccount, paid: Transaction
) -> None:
    client = pages(manager)

    def queries(url: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(url)
        return len(captured)

    urls = [LIST, f"/admin/orders/order/{paid.order_id}/change/", "/admin/"]
    hear(stripe, refund_told(paid, "succeeded", number=1, minor=1_00), refund_told("pi_elsewhere", "succeeded"))
    few = [queries(url) for url in urls]
    hear(stripe, *[refund_told(paid, "succeeded", number=number, minor=1_00) for number in range(2, 6)])

    assert [queries(url) for url in urls] == few


PERSONAL = ["Kjær", "soren@", "4242", "DK50", "Nørregade", "Visa", "033899", "1111", "2030"]


def test_only_harmless_facts_are_shown(
    manager: StaffUser, pages: Pages, stripe: MerchantAccount, paid: Transaction
) -> None:
    payload = chargeback_told(paid)
    payload["data"]["object"] |= {
        "billing_details": {"name": "Søren Kjær", "email": "soren@example.org", "address": {"line1": "Nørregade 1"}},
        "payment_method_details": {"card": {"last4": "4242", "brand": "Visa"}, "iban": "DK5000400440116243"},
        "receipt_email": "soren@example.org",
        "evidence": ["Søren Kjær", {"customer_name": "Søren Kjær"}],
        "reason": "033899:1111:03/2030",
    }
    event = hear(stripe, payload)

    words = words_of(pages(manager).get(f"{LIST}{event.pk}/change/"))

    assert paid.provider_reference in words
    assert [text for text in PERSONAL if text in words.split('id="facts"')[1]] == []
    assert "9 more members not shown" in words


@pytest.mark.parametrize("payload", [{}, {"a": []}, {"id": None}, {"id": "x" * 9999}, {"id": list(range(999))}])
def test_facts_of_anything_are_few_and_short(payload: dict[str, Any]) -> None:
    facts, _ = facts_of(payload)

    assert len(facts) <= 60
    assert all(len(words) <= 120 for _, words in facts)
