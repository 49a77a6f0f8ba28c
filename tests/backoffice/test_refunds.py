"""Asking for refunds and deciding on them, from pages; the rules are the operations'."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from editions.models import Location
from orders.models import Purchase
from preo.api.roles import Role
from preo.money import Money
from preo.payments.gateway import Outcome, Result
from refunds.admin.deciding import NOTHING_DECIDED
from refunds.models import RefundAttempt, RefundRequest
from refunds.operations import approve_refund, begin_attempts, execute_ready, record_outcomes
from refunds.policy import NEEDS_SECOND, NO_LONGER_FITS
from refunds.states import RefundStatus
from tests.backoffice.conftest import Pages
from tests.factories import NOON, make_edition, make_location, make_purchase, make_refund, make_staff

QUEUE = "/admin/refunds/refundrequest/"
DECIDE = QUEUE + "decide/"
REQUEST = QUEUE + "request/"


def words_of(answer) -> str:
    return answer.content.decode().replace("\xa0", " ").replace("&#x27;", "'")


def dkk(minor: int) -> str:
    return Money(minor, "dkk").formatted().replace("\xa0", " ")


def told(answer) -> list[str]:
    return [str(message).replace("\xa0", " ") for message in answer.context["messages"]]


def ask(client, purchase: Purchase, *, reason="customer_request", once="1", **form):
    defaults = {"scope": "purchase_price", "amount": "", "comment": "", "pickup_point": "", "once": once}
    return client.post(f"{REQUEST}?purchase={purchase.pk}&reason={reason}", defaults | form, follow=True)


def test_request_makes_a_refund_and_leads_back_to_the_order(edition, staff, pages: Pages):
    purchase = make_purchase(edition)

    answer = ask(pages(staff), purchase, comment="Rain")

    refund = RefundRequest.objects.get()
    assert (refund.amount_minor, refund.staff_user, refund.comment) == (400_00, staff, "Rain")
    assert answer.redirect_chain == [(reverse("admin:orders_order_change", args=[purchase.order_id]), 302)]
    assert told(answer) == [f"A refund of {dkk(400_00)} was requested. It waits for approval."]


@pytest.mark.parametrize("text", ["12.50", "12,50", " 12.5 "])
def test_request_takes_an_amount_as_people_write_it(text, edition, staff, pages: Pages):
    ask(pages(staff), make_purchase(edition), scope="purchase_custom", amount=text)

    assert RefundRequest.objects.get().amount_minor == 12_50


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "needs an amount"),
        ("1,250", "must be a number"),
        ("12 50", "only stand between thousands"),
        ("1.255", "more than two decimals"),
        ("NaN", "finite"),
        ("1e400", "largest amount"),
        ("-1", "negative"),
        ("abc", "must be a number"),
        ("9999", "DKK left"),
    ],
)
def test_request_says_beside_the_field_what_is_wrong_with_an_amount(text, sentence, edition, staff, pages: Pages):
    answer = ask(pages(staff), make_purchase(edition), scope="purchase_custom", amount=text)

    assert sentence in " ".join(answer.context["form"].errors["amount"])
    assert not RefundRequest.objects.exists()


def test_request_of_a_computed_amount_is_refused_in_words(edition, staff, pages: Pages):
    answer = ask(pages(staff), make_purchase(edition), scope="purchase_price", amount="100")

    said = "Price only comes to 400.00 DKK by itself: leave the amount out."
    assert answer.context["form"].errors["amount"] == [said]


def test_request_sent_twice_asks_once(edition, staff, pages: Pages):
    purchase, client = make_purchase(edition), pages(staff)
    again = {"scope": "purchase_custom", "amount": "10"}

    ask(client, purchase, **again)
    ask(client, purchase, **again)

    assert RefundRequest.objects.count() == 1


def test_request_offers_pickup_points_of_that_edition_only(edition, their_edition, staff, pages: Pages):
    purchase = make_purchase(edition)
    other = make_location(make_edition(edition.organization), name="Elsewhere")

    answer = ask(pages(staff), purchase, pickup_point=other.pk)

    offered = answer.context["form"].fields["pickup_point"].queryset
    assert set(offered) == set(Location.objects.filter(edition=edition))
    assert answer.context["form"].errors["pickup_point"]


def test_request_offers_what_the_reason_allows(edition, staff, pages: Pages):
    purchase = make_purchase(edition)

    answer = pages(staff).get(f"{REQUEST}?purchase={purchase.pk}&reason=deposit_reclaim")

    labels = [label.replace("\xa0", " ") for _, label in answer.context["form"].fields["scope"].choices]
    assert labels == [f"Deposit only: {dkk(100_00)}", f"Custom amount of the purchase: up to {dkk(100_00)}"]


@pytest.mark.parametrize("address", ["?purchase={}", "?purchase=pur_x", "?transaction=nonsense", ""])
def test_request_for_what_is_out_of_reach_is_missing(address, their_edition, edition, admin, pages: Pages):
    theirs = make_purchase(their_edition)

    assert pages(admin).get(REQUEST + address.format(theirs.pk)).status_code == 404


def test_queue_shows_what_waits_for_me_oldest_first(edition, manager, staff, pages: Pages):
    first, second = (make_refund(make_purchase(edition), by=staff) for _ in range(2))
    own = make_refund(make_purchase(edition, price_minor=900_00), by=manager)

    listed = pages(manager).get(QUEUE).context["cl"].queryset
    everything = pages(manager).get(QUEUE, {"show": "all"}).context["cl"].queryset

    assert [refund.pk for refund in listed] == [first.pk, second.pk]
    assert [refund.pk for refund in everything] == [own.pk, second.pk, first.pk]


def test_queue_costs_the_same_for_one_and_three_refunds(edition, manager, staff, pages: Pages):
    client, counts = pages(manager), []
    for more in (1, 2):
        for _ in range(more):
            make_refund(make_purchase(edition), by=staff)
        with CaptureQueriesContext(connection) as queries:
            client.get(QUEUE)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_chosen_refunds_are_confirmed_with_totals_by_currency(edition, manager, staff, pages: Pages):
    euros = make_edition(edition.organization, currency="eur")
    refunds = [make_refund(make_purchase(each), by=staff) for each in (edition, edition, euros)]

    answer = pages(manager).post(
        QUEUE, {"action": "approve_selected", "_selected_action": [refund.pk for refund in refunds]}
    )

    assert f"Approve 3 refunds: {dkk(800_00)}, 400.00 EUR" in words_of(answer)
    assert set(RefundRequest.objects.values_list("status", flat=True)) == {RefundStatus.REQUESTED}


def decide(client, decision: str, refunds, **form):
    ids = [refund.pk for refund in refunds]
    return client.post(DECIDE, {"decision": decision, "refund": ids, "confirmed": "1"} | form, follow=True)


def test_approving_many_reports_on_each(edition, manager, staff, pages: Pages):
    refund = make_refund(make_purchase(edition), by=staff)
    own = make_refund(make_purchase(edition, price_minor=900_00), by=manager)

    answer = decide(pages(manager), "approve", [refund, own])

    assert told(answer) == [
        f"1 refund approved: {dkk(400_00)}.",
        "1 refund not approved.",
        f"{dkk(900_00)} for Søren Kjær: {NEEDS_SECOND}",
    ]
    refund.refresh_from_db()
    own.refresh_from_db()
    assert (refund.status, refund.approved_by, own.status) == (RefundStatus.READY, manager, RefundStatus.REQUESTED)


def test_rejecting_needs_a_reason(edition, manager, staff, pages: Pages):
    refund = make_refund(make_purchase(edition), by=staff)
    client = pages(manager)

    without = decide(client, "reject", [refund], reason=" ")
    decide(client, "reject", [refund], reason="Used already")

    assert without.context["form"].errors["reason"] == ["This field is required."]
    refund.refresh_from_db()
    assert (refund.status, refund.rejection_reason) == (RefundStatus.REJECTED, "Used already")


@pytest.mark.parametrize("decision", ["approve", "reject", "retry"])
def test_deciding_on_what_is_out_of_reach_is_missing(decision, edition, their_edition, outsider, admin, pages: Pages):
    theirs = make_refund(make_purchase(their_edition), by=outsider)

    assert decide(pages(admin), decision, [theirs], reason="x").status_code == 404

    theirs.refresh_from_db()
    assert theirs.status == RefundStatus.REQUESTED


def test_staff_can_not_decide_even_by_hand(edition, staff, pages: Pages):
    other = make_staff("second@ours.example", organization=edition.organization, role=Role.STAFF)
    refund = make_refund(make_purchase(edition), by=other)

    answer = decide(pages(staff), "approve", [refund])

    refund.refresh_from_db()
    assert refund.status == RefundStatus.REQUESTED
    assert "Only a manager or admin can decide this." in " ".join(told(answer))


def test_page_explains_to_the_requester_why_the_button_is_not_there(edition, manager, admin, pages: Pages):
    refund = make_refund(make_purchase(edition, price_minor=900_00), by=manager)
    address = reverse("admin:refunds_refundrequest_change", args=[refund.pk])

    own, others = words_of(pages(manager).get(address)), words_of(pages(admin).get(address))

    assert NEEDS_SECOND in own
    assert 'value="approve"' not in own
    assert NEEDS_SECOND not in others
    assert 'value="approve"' in others


def test_one_press_on_the_page_approves(edition, manager, staff, pages: Pages):
    refund = make_refund(make_purchase(edition), by=staff)

    answer = decide(pages(manager), "approve", [refund], origin="page")

    assert answer.redirect_chain == [(reverse("admin:refunds_refundrequest_change", args=[refund.pk]), 302)]
    assert "Manager Holm approved it" in words_of(answer)


def test_dashboard_counts_what_waits_for_me(edition, their_edition, outsider, manager, staff, pages: Pages):
    make_refund(make_purchase(edition), by=staff)
    make_refund(make_purchase(edition, price_minor=900_00), by=manager)
    make_refund(make_purchase(their_edition), by=outsider)

    tiles = pages(manager).get(reverse("admin:index")).context["panels"][0].context["tiles"]

    assert [(tile["name"], tile["count"]) for tile in tiles] == [
        ("mine", 1),
        ("waiting", 2),
        ("under_way", 0),
        ("failed", 0),
        ("processed", 0),
    ]


def page_of(refund: RefundRequest) -> str:
    return reverse("admin:refunds_refundrequest_change", args=[refund.pk])


def failed(edition, *, by, approver) -> RefundRequest:
    """All of the price, which the provider did not pay."""
    refund = make_refund(make_purchase(edition), by=by)
    approve_refund(refund, by=approver, now=NOON)
    begin_attempts(now=NOON)
    record_outcomes([Outcome(f"{refund.pk}-1", Result.FAILED, "", "")], now=NOON)
    return RefundRequest.objects.select_related("transaction", "purchase").get(pk=refund.pk)


def test_a_failed_refund_that_no_longer_fits_says_so_and_is_not_tried_again(edition, staff, manager, pages: Pages):
    refund = failed(edition, by=staff, approver=manager)
    make_refund(refund.purchase, by=staff, scope="purchase_custom", amount_minor=1_00)

    page = pages(manager).get(page_of(refund))
    answer = decide(pages(manager), "retry", [refund], origin="page")

    assert page.context["page"].notice.text == f"Nothing was paid. {NO_LONGER_FITS}"
    assert 'value="retry"' not in words_of(page)
    assert NO_LONGER_FITS in " ".join(told(answer))


def test_what_waits_for_a_person_to_pay_it_says_so(edition, staff, manager, pages: Pages):
    refund = make_refund(make_purchase(edition, service="manual"), by=staff)
    approve_refund(refund, by=manager, now=NOON)
    execute_ready(now=NOON)
    addresses = [page_of(refund), reverse("admin:orders_order_change", args=[refund.order_id]), QUEUE + "?show=all"]

    for address in addresses:
        assert "To be paid by hand</span>" in words_of(pages(manager).get(address)), address


@pytest.mark.parametrize(
    ("service", "decision", "said"),
    [
        ("manual", "cancel", "1 refund called off: 20.04 DKK."),
        ("sandbox", "ask_to_cancel", "1 refund sent to the provider to be called off: 20.04 DKK."),
    ],
)
def test_calling_off_says_what_was_done(service, decision, said, edition, staff, manager, pages: Pages):
    purchase = make_purchase(edition, service=service)
    refund = make_refund(purchase, by=staff, scope="purchase_custom", amount_minor=20_04)
    approve_refund(refund, by=manager, now=NOON)
    execute_ready(now=NOON)
    assert f'value="{decision}"' in words_of(pages(manager).get(page_of(refund)))

    answer = decide(pages(manager), decision, [refund], origin="page")

    assert told(answer) == [said]


def test_one_transfer_confirms_several(edition, staff, manager, pages: Pages):
    refunds = [make_refund(make_purchase(edition, service="manual"), by=staff) for _ in range(2)]
    for refund in refunds:
        approve_refund(refund, by=manager, now=NOON)
    execute_ready(now=NOON)
    client, tab = pages(staff), QUEUE + "?show=by_hand"
    listed, elsewhere = words_of(client.get(tab)), words_of(client.get(QUEUE + "?show=all"))

    asked = client.post(tab, {"action": "confirm_selected", "_selected_action": [refund.pk for refund in refunds]})
    answer = decide(client, "confirm", refunds, reference="Transfer 7")

    assert ("Confirm selected…" in listed, "Confirm selected…" in elsewhere) == (True, False)
    assert "Confirm 2 refunds: 800.00 DKK" in words_of(asked)
    assert told(answer) == ["2 refunds confirmed: 800.00 DKK."]
    assert {row.provider_reference for row in RefundAttempt.objects.all()} == {"Transfer 7"}


def test_who_comes_back_from_signing_in_is_led_to_the_queue(manager, pages: Pages):
    answer = pages(manager).get(DECIDE, follow=True)

    assert answer.redirect_chain == [(QUEUE, 302)]
    assert told(answer) == [NOTHING_DECIDED]
