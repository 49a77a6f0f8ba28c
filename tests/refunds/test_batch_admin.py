"""Mass refunds from pages: who sees and does what, and what is said; the rules are the operations'."""

import csv
import re
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from editions.models import Edition, Product
from orders.states import TransactionStatus
from preo.accounts.models import StaffUser
from preo.api.roles import Role
from preo.public_ids import new
from refunds.admin.batches import outcome
from refunds.admin.batches.filters import Shown
from refunds.batch_policy import NEEDS_MANAGER, NEEDS_SECOND
from refunds.models import RefundBatch
from refunds.models.batches import Progress
from refunds.operations.batches import cancel_batch, pause_batch, run_batch
from tests.factories import (
    NOON,
    make_customer,
    make_edition,
    make_edition_member,
    make_location,
    make_order,
    make_product,
    make_refund,
    make_vendor,
)
from tests.refunds.batches.making import make_batch, planned, running, worked

LIST = "/admin/refunds/refundbatch/"
NEW = LIST + "add/"
CANCELLED = "event_cancelled:purchase_full"


def as_(person: StaffUser) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page_of(batch: RefundBatch, what: str = "change") -> str:
    return f"{LIST}{batch.pk}/{what}/"


def words_of(answer) -> str:
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return text.decode().replace("\xa0", " ").replace("&#x27;", "'")


def told(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def plan(client: Client, edition: Edition, **form):
    defaults = {"what": CANCELLED, "comment": "", "concurrency": "4"}
    return client.post(f"{NEW}?edition={edition.pk}", defaults | form, follow=True)


def cost_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_plan_makes_one_and_leads_to_its_page(edition, staff):
    answer = plan(as_(staff), edition, comment=" Storm. ", concurrency="7")

    batch = RefundBatch.objects.get()
    assert (batch.staff_user, batch.comment, batch.concurrency, batch.status) == (staff, "Storm.", 7, "planning")
    assert (batch.reason, batch.scope, batch.selection) == ("event_cancelled", "purchase_full", {})
    assert answer.redirect_chain == [(page_of(batch), 302)]
    assert told(answer) == ["The mass refund is being planned. Nothing is reserved, and no money moves."]


def test_plan_keeps_what_was_chosen_on_the_clocks_of_the_edition(ours, staff):
    edition = make_edition(ours, timezone="Europe/Copenhagen")
    product, location = make_product(edition), make_location(edition)
    make_vendor(edition, ours)
    chosen = {
        "products": [product.pk],
        "locations": [location.pk],
        "vendors": ["BAR1"],
        "order_status": "completed",
        "order_type": "online",
        "created_after_0": "2026-06-01",
        "created_before_0": "2026-07-01",
        "created_before_1": "18:30",
    }

    plan(as_(staff), edition, **chosen)

    batch = RefundBatch.objects.get()
    moments = [datetime.fromisoformat(batch.selection.pop(name)) for name in ("created_after", "created_before")]
    assert moments == [datetime(2026, 5, 31, 22, tzinfo=UTC), datetime(2026, 7, 1, 16, 30, tzinfo=UTC)]
    assert batch.selection == {
        "product_ids": [product.pk],
        "location_ids": [location.pk],
        "vendor_codes": ["BAR1"],
        "order_status": "completed",
        "order_type": "online",
    }


@pytest.mark.parametrize(
    ("field", "form", "sentence"),
    [
        ("what", {"what": ""}, "Choose a reason."),
        ("what", {"what": "compensation:purchase_custom"}, "not one of the available choices"),
        ("concurrency", {"concurrency": "17"}, "less than or equal to 16"),
        ("products", {"products": [new("prd")]}, "not one of the available choices"),
        ("created_before", {"created_after_0": "2026-06-02", "created_before_0": "2026-06-02"}, "must be later"),
        ("created_after", {"created_after_1": "12:00"}, "Enter a complete value."),
        ("created_after", {"created_after_0": "2026-02-30"}, "Enter a valid date."),
        ("created_after", {"created_after_0": "0001-01-01"}, "The year must be from 2000 to 2100."),
    ],
)
def test_plan_says_beside_the_field_what_is_wrong(field, form, sentence, edition, staff):
    answer = plan(as_(staff), edition, **form)

    assert sentence in " ".join(answer.context["form"].errors[field])
    assert not RefundBatch.objects.exists()


def test_plan_shows_a_refusal_of_the_operation_beside_its_field(edition, staff):
    product = make_product(edition)

    answer = plan(as_(staff), edition, what="event_cancelled:transaction_full", products=[product.pk])

    assert "“Full transaction” gives whole payments back" in " ".join(answer.context["form"].errors["products"])
    assert not RefundBatch.objects.exists()


def test_plan_says_which_reasons_need_a_comment(ours, staff):
    ours.refund_reasons_with_comment = ["other"]
    ours.save(update_fields=["refund_reasons_with_comment"])

    answer = plan(as_(staff), make_edition(ours), what="other:purchase_price")

    comment = answer.context["form"]["comment"]
    assert "Needed for: other reason." in comment.help_text
    assert comment.errors == ["This reason needs a comment."]


def test_plan_offers_only_the_catalog_of_that_edition(edition, staff):
    own, other = make_product(edition), make_product(make_edition(edition.organization), name="Elsewhere")

    form = as_(staff).get(f"{NEW}?edition={edition.pk}").context["form"]

    assert form.fields["products"].choices == [(own.pk, own.name)]
    assert other.name not in str(form)


def test_plan_of_five_hundred_products_costs_what_one_does(edition, staff):
    client, url = as_(staff), f"{NEW}?edition={edition.pk}"
    make_product(edition)
    first = cost_of(client, url)

    Product.objects.bulk_create(
        Product(edition=edition, name=f"Drink {number}", price_minor=25_00) for number in range(499)
    )

    assert cost_of(client, url) == first


def test_plan_asks_first_which_edition_within_reach(edition, their_edition, ours):
    other = make_edition(ours, name="Other 2026")
    member = make_edition_member("one@ours.example", edition=edition, role=Role.STAFF)

    offered = as_(member).get(NEW).context["offered"]

    assert [one.pk for one, _ in offered] == [edition.pk]
    assert other.pk not in str(offered)


@pytest.mark.parametrize("text", ["edt_x", "%00", "nonsense"])
def test_plan_of_what_is_out_of_reach_is_missing(text, edition, their_edition, staff):
    client = as_(staff)

    assert client.get(f"{NEW}?edition={their_edition.pk}").status_code == 404
    assert client.post(f"{NEW}?edition={their_edition.pk}", {"what": CANCELLED, "concurrency": 4}).status_code == 404
    assert client.get(f"{NEW}?edition={text}").status_code in (400, 404)


def test_page_of_an_edition_leads_to_planning_for_staff(edition, staff, ours):
    guest_here = make_edition_member("guest2@ours.example", edition=edition, role=Role.GUEST)
    url = f"/admin/editions/edition/{edition.pk}/change/"

    assert f"{NEW}?edition={edition.pk}" in words_of(as_(staff).get(url))
    assert NEW not in words_of(as_(guest_here).get(url, follow=True))


@pytest.mark.parametrize("who", ["guest", "nobody"])
def test_lists_and_forms_are_for_staff(who, request, edition, staff):
    batch, client = planned(edition, by=staff), as_(request.getfixturevalue(who))

    assert [client.get(url).status_code for url in (LIST, NEW)] == [403, 403]
    assert client.get(page_of(batch, "lines")).status_code == 404
    assert client.get(page_of(batch, "report")).status_code == 404
    assert client.post(page_of(batch, "withdraw")).status_code == 404


@pytest.mark.parametrize("what", ["approve", "pause", "resume", "cancel", "withdraw", "lines", "report"])
def test_what_is_of_others_is_missing(what, edition, their_edition, outsider, admin):
    batch, client = planned(their_edition, by=outsider), as_(admin)

    answers = [client.get(page_of(batch, what)), client.post(page_of(batch, what), {"edition_name": "Camp 2026"})]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert client.get(f"{LIST}{new('rfb')}/{what}/").status_code == 404


def test_page_of_others_is_answered_like_a_missing_one(edition, their_edition, outsider, admin):
    batch, missing = planned(their_edition, by=outsider), new("rfb")

    theirs = as_(admin).get(page_of(batch), follow=True)
    none = as_(admin).get(f"{LIST}{missing}/change/", follow=True)

    assert theirs.redirect_chain == none.redirect_chain == [("/admin/", 302)]
    assert [text.replace(batch.pk, missing) for text in told(theirs)] == told(none)


def test_list_shows_those_of_editions_in_reach(edition, their_edition, outsider, staff):
    planned(their_edition, by=outsider)
    own = planned(edition, by=staff)

    assert [row.pk for row in as_(staff).get(LIST).context["cl"].result_list] == [own.pk]


def test_list_has_a_tab_for_each_stage(edition, staff, admin):
    make_order(edition)
    batches = {
        Shown.WAITING: planned(edition, by=staff),
        Shown.UNDER_WAY: running(edition, by=staff, approver=admin),
    }

    shown = {tab: as_(staff).get(LIST, {"show": tab.value}).context["cl"].result_list for tab in Shown}

    assert {tab: [row.pk for row in rows] for tab, rows in shown.items() if tab in batches} == {
        tab: [batch.pk] for tab, batch in batches.items()
    }
    assert len(shown[Shown.ALL]) == 2
    assert not shown[Shown.COMPLETED]


def test_list_says_what_is_planned_and_how_far_it_is(edition, staff, admin):
    make_order(edition, units=2)
    worked(running(edition, by=staff, approver=admin))

    body = words_of(as_(staff).get(LIST))

    assert "1,010.00 DKK" in body
    assert '<progress max="2" value="2"' in body
    assert "2 of 2" in body


def test_list_and_pages_cost_the_same_for_one_and_three(edition, staff, admin):
    client, costs = as_(staff), []
    for more in (1, 2):
        for _ in range(more):
            make_order(edition, product=make_product(edition))
            make_order(edition, product=make_product(edition), transaction_status=TransactionStatus.PENDING)
            chosen = {"product_ids": list(edition.products.values_list("pk", flat=True))}
            batch = planned(edition, by=staff, selection=chosen)
        urls = [LIST, page_of(batch), page_of(batch, "lines"), page_of(batch, "withdraw")]
        costs.append([cost_of(client if url != urls[-1] else as_(admin), url) for url in urls])

    assert costs[0] == costs[1]


def test_page_shows_totals_and_why_lines_are_left_out(edition, staff):
    good = make_order(edition, units=2)
    gone = make_order(edition)
    make_refund(gone.purchases.get(), by=staff, reason="event_cancelled")
    make_order(edition, service="manual")
    batch = planned(edition, by=staff)

    page = as_(staff).get(page_of(batch)).context["page"]

    totals = [(row["currency"], row["service"], row["count"], row["total_minor"]) for row in page.totals]
    assert ("dkk", "sandbox", 2, 1010_00) in totals
    assert [(group.count, [item.transaction.order for item in group.first]) for group in page.left_out] == [(1, [gone])]
    assert good not in [item.transaction.order for item in page.left_out[0].first]


def test_page_says_in_words_what_was_chosen(ours, staff):
    edition = make_edition(ours, timezone="Europe/Copenhagen")
    products = [make_product(edition, name=f"Drink {number:02}").pk for number in range(14)]
    batch = planned(edition, by=staff, selection={"product_ids": products, "created_after": "2026-06-01T00:00:00Z"})

    shown = dict(as_(staff).get(page_of(batch)).context["page"].chosen)

    assert shown["Products"].startswith("Drink 00, Drink 01")
    assert shown["Products"].endswith("Drink 11 and 2 more")
    assert shown["Ordered from"] == "1 Jun 2026, 02:00 (Europe/Copenhagen)"


def test_pages_say_that_nothing_was_narrowed(edition, staff, manager):
    make_order(edition)
    batch = planned(edition, by=staff)

    shown = [words_of(as_(manager).get(page_of(batch, what))) for what in ("change", "approve")]

    for body in shown:
        assert "<dt>Of</dt><dd>Everything that was paid for in the edition</dd>" in body
        assert "<dt>Ordered</dt><dd>No day was chosen: all orders" in body


def test_approval_says_what_was_chosen(edition, staff, manager):
    purchase = make_order(edition).purchases.get()
    chosen = {"product_ids": [purchase.product_id], "created_after": "2026-01-01T00:00:00Z"}
    batch = planned(edition, by=staff, selection=chosen)

    shown = as_(manager).get(page_of(batch, "approve")).context["chosen"]

    assert [title for title, _ in shown] == ["Products", "Ordered from"]


@pytest.mark.parametrize("scope", [None, "transaction_full"])
def test_approval_says_how_many_lines_are_in_another_one_too(scope, edition, staff, manager):
    both, _ = make_order(edition, units=2), make_order(edition)
    planned(edition, by=staff, selection={"order_ids": [both.pk]}, scope=scope)
    cancelled = planned(edition, by=staff)
    cancel_batch(cancelled, by=manager, now=NOON)
    batch = planned(edition, by=staff)

    answer = as_(manager).get(page_of(batch, "approve"))

    assert answer.context["shared"] == 2
    assert "2 of these lines are also in another mass refund" in words_of(answer)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+00:50", "9999-12-31T23:59:59+00:00"])
def test_page_shows_a_day_that_the_clocks_of_the_edition_never_had(text, ours, staff):
    edition = make_edition(ours, timezone="Pacific/Auckland")
    batch = planned(edition, by=staff)
    RefundBatch.objects.update(selection={"created_after": text})

    answer = as_(staff).get(page_of(batch))

    assert dict(answer.context["page"].chosen)["Ordered from"] == text


def test_page_tells_what_happened_in_words(edition, staff, manager):
    make_order(edition)
    batch = worked(running(edition, by=staff, approver=manager))

    trail = as_(staff).get(page_of(batch)).context["page"].trail

    assert {entry.operation for entry in trail} == {
        "Plan mass refund",
        "Plan finished",
        "Approve mass refund",
        "Everything done",
    }


def test_page_looks_again_by_itself_only_while_it_moves(edition, staff, admin):
    make_order(edition)
    client, refresh = as_(admin), 'http-equiv="refresh"'
    batch = make_batch(edition, by=staff)
    is_planning = refresh in words_of(client.get(page_of(batch)))
    worked(batch)

    assert is_planning
    assert refresh not in words_of(client.get(page_of(batch)))
    assert refresh not in words_of(client.get(page_of(batch, "approve")))


def test_page_of_a_running_one_can_be_held_still(edition, staff, admin):
    make_order(edition)
    batch = running(edition, by=staff, approver=admin)

    assert 'http-equiv="refresh"' in words_of(as_(staff).get(page_of(batch)))
    assert 'http-equiv="refresh"' not in words_of(as_(staff).get(page_of(batch) + "?still=1"))


@pytest.mark.parametrize(("who", "why_not"), [("staff", NEEDS_MANAGER), ("manager", None), ("admin", NEEDS_SECOND)])
def test_page_says_why_somebody_may_not_approve(who, why_not, request, edition, admin):
    make_order(edition)
    batch = planned(edition, by=admin)

    page = as_(request.getfixturevalue(who)).get(page_of(batch)).context["page"]

    assert {button.step.name: button.why_not for button in page.buttons}["approve"] == why_not


@pytest.mark.parametrize(("who", "why_not"), [("staff", NEEDS_MANAGER), ("admin", NEEDS_SECOND)])
def test_approve_by_whom_it_is_barred_to_changes_nothing(who, why_not, request, edition, admin):
    make_order(edition)
    batch, client = planned(edition, by=admin), as_(request.getfixturevalue(who))

    asked = client.get(page_of(batch, "approve"))
    answer = client.post(page_of(batch, "approve"), {"edition_name": edition.full_name}, follow=True)

    assert why_not in words_of(asked)
    assert '<button type="submit" class="button">Approve' not in words_of(asked)
    assert told(answer) == [why_not]
    assert RefundBatch.objects.get().status == "planned"


def test_approve_with_the_name_sets_it_running(edition, admin, manager):
    make_order(edition)
    batch = planned(edition, by=admin)

    answer = as_(manager).post(page_of(batch, "approve"), {"edition_name": f" {edition.full_name} "}, follow=True)

    batch.refresh_from_db()
    assert (batch.status, batch.approved_by) == ("running", manager)
    assert answer.redirect_chain == [(page_of(batch), 302)]


@pytest.mark.parametrize(("text", "sentence"), [("Camp", "The name of the edition is"), ("", "Type the name")])
def test_approve_with_another_name_says_so_beside_the_field(text, sentence, edition, admin, manager):
    make_order(edition)
    batch = planned(edition, by=admin)

    answer = as_(manager).post(page_of(batch, "approve"), {"edition_name": text})

    assert sentence in " ".join(answer.context["form"].errors["edition_name"])
    assert RefundBatch.objects.get().status == "planned"


def test_approve_of_nothing_is_refused_on_the_page(edition, admin, manager):
    batch = planned(edition, by=admin)

    answer = as_(manager).post(page_of(batch, "approve"), {"edition_name": edition.full_name})

    assert "nothing in it that can be given back" in str(answer.context["form"].non_field_errors())


def test_pause_resume_and_cancel_move_it_on(edition, staff, manager, admin):
    make_order(edition)
    batch, client, seen = running(edition, by=staff, approver=admin), as_(manager), []

    for what in ("pause", "resume", "cancel"):
        client.post(page_of(batch, what), follow=True)
        batch.refresh_from_db()
        seen.append(batch.status)

    assert seen == ["paused", "running", "cancelled"]


@pytest.mark.parametrize("what", ["approve", "pause", "resume", "cancel"])
def test_looking_at_a_step_changes_nothing(what, edition, staff, admin, manager):
    make_order(edition)
    batch = running(edition, by=staff, approver=admin)
    if what == "resume":
        pause_batch(batch, by=admin, now=NOON)
    before = RefundBatch.objects.values().get()

    as_(manager).get(page_of(batch, what))

    assert RefundBatch.objects.values().get() == before


def test_withdraw_cancels_what_nobody_approved(edition, staff, manager):
    batch = planned(edition, by=staff)

    as_(manager).post(page_of(batch, "withdraw"))

    assert RefundBatch.objects.get().status == "cancelled"


def test_withdraw_is_for_who_asked_and_for_managers(edition, staff, manager):
    own, others = planned(edition, by=staff), planned(edition, by=manager)
    client = as_(staff)

    for batch in (own, others):
        client.post(page_of(batch, "withdraw"))
        batch.refresh_from_db()

    assert [own.status, others.status] == ["cancelled", "planned"]


def test_page_of_a_cancelled_one_says_what_went_back(edition, staff, manager, admin):
    make_order(edition, units=2)
    batch, withdrawn = running(edition, by=staff, approver=admin), planned(edition, by=staff)
    run_batch(batch.pk, now=NOON, limit=1)
    client = as_(manager)

    client.post(page_of(batch, "cancel"))
    client.post(page_of(withdrawn, "withdraw"))

    assert "Cancelled when 1 of 2 were paid back" in words_of(client.get(page_of(batch)))
    assert "Cancelled before anybody approved it" in words_of(client.get(page_of(withdrawn)))


def test_pages_of_a_cancelled_one_follow_what_is_still_with_a_provider(edition, staff, manager, admin):
    make_order(edition, price_minor=10_02, deposit_minor=0, handling_fee_minor=0)
    batch, client = running(edition, by=staff, approver=admin), as_(manager)
    run_batch(batch.pk, now=NOON)

    client.post(page_of(batch, "cancel"))

    body = words_of(client.get(page_of(batch)))
    assert "Cancelled; so far 0 of 1 were paid back" in body
    assert "1 refund is with a provider" in body
    assert 'http-equiv="refresh"' in body


def test_list_and_page_of_one_that_came_to_nothing_say_so(edition, staff, manager):
    orders = [make_order(edition) for _ in range(2)]
    batch, client = running(edition, by=staff, approver=manager), as_(manager)
    for order in orders:
        make_refund(order.purchases.get(), by=staff, reason="event_cancelled")
    worked(batch)

    for body in (words_of(client.get(LIST)), words_of(client.get(page_of(batch)))):
        assert "2 of 2 refused" in body
        assert '<span class="pill pill-refused">Completed, nothing paid back</span>' in body
        assert re.search('<progress [^>]*max="2" value="0"', body)


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress(planned=2), "0 of 2 paid back"),
        (Progress(planned=1, failed=1), "0 of 2 paid back, 1 failed"),
        (Progress(processed=1, invalid=1, refused=3), "1 of 5 paid back, 1 failed, 3 refused"),
        (Progress(failed=1, refused=1), "1 of 2 failed, 1 refused"),
        (Progress(processed=2, not_possible=3), "2 of 2 paid back"),
    ],
)
def test_only_what_was_paid_back_is_progress(progress, words):
    assert outcome.told(progress) == words


def test_a_plan_of_nothing_waits_for_nobody(edition, staff, manager):
    batch, client = planned(edition, by=staff), as_(manager)

    page = client.get(page_of(batch)).context["page"]

    assert [button.step.name for button in page.buttons] == ["withdraw"]
    assert "Nothing to give back" in words_of(client.get(LIST))
    assert not client.get(LIST, {"show": "waiting"}).context["cl"].result_list
    assert "Mass refunds" not in [panel.title for panel in client.get("/admin/").context["panels"]]


def test_step_that_the_state_does_not_allow_leads_back(edition, staff, manager):
    batch = planned(edition, by=staff)

    answer = as_(manager).post(page_of(batch, "resume"), follow=True)

    assert answer.redirect_chain == [(page_of(batch), 302)]
    assert told(answer) == ["It is waiting for approval."]


def test_steps_need_the_token_of_the_form(edition, staff, manager):
    batch, client = planned(edition, by=staff), Client(enforce_csrf_checks=True)
    client.force_login(manager)

    assert client.post(page_of(batch, "withdraw")).status_code == 403


def test_lines_can_be_asked_for_by_what_became_of_them(edition, staff, admin):
    make_order(edition)
    left_out = make_order(edition)
    make_refund(left_out.purchases.get(), by=staff, reason="event_cancelled")
    batch, client = worked(running(edition, by=staff, approver=admin)), as_(staff)

    shown = {
        name: client.get(page_of(batch, "lines"), {"show": name}).context["shown"]
        for name in ("all", "processed", "not_possible", "waiting")
    }
    why = shown["not_possible"][0].why_not

    assert {name: len(rows) for name, rows in shown.items()} == {
        "all": 2,
        "processed": 1,
        "not_possible": 1,
        "waiting": 0,
    }
    narrowed = client.get(page_of(batch, "lines"), {"why": why})
    assert len(narrowed.context["shown"]) == 1
    assert 'href="?show=all"' in words_of(narrowed)
    assert client.get(page_of(batch, "lines"), {"show": "nonsense"}).status_code == 404


def test_lines_come_a_hundred_at_a_time(edition, staff):
    make_order(edition, units=101)
    batch = planned(edition, by=staff)

    pages = [as_(staff).get(page_of(batch, "lines"), {"page": number}).context["shown"] for number in (1, 2)]

    assert [len(page) for page in pages] == [100, 1]


def test_report_is_a_download_with_a_row_for_each_line(edition, staff, admin):
    make_order(edition, units=2, customer=make_customer(edition.organization))
    batch = worked(running(edition, by=staff, approver=admin))

    answer = as_(staff).get(page_of(batch, "report"))

    rows = list(csv.DictReader(StringIO(words_of(answer))))
    assert answer["Content-Disposition"] == f'attachment; filename="mass-refund-{batch.pk}.csv"'
    assert [(row["amount"], row["refund_status"]) for row in rows] == [("505.00", "processed")] * 2


def test_queue_can_show_the_refunds_of_one(edition, staff, admin):
    make_refund(make_order(edition).purchases.get(), by=staff)
    make_order(edition)
    batch = worked(running(edition, by=staff, approver=admin))
    client, queue = as_(staff), "/admin/refunds/refundrequest/"

    listed = {text: client.get(queue, {"show": "all", "batch": text}) for text in (batch.pk, new("rfb"), "nonsense")}

    assert {row.batch_id for row in listed[batch.pk].context["cl"].result_list} == {batch.pk}
    assert [answer.context["cl"].result_count for answer in listed.values()] == [batch.refunds.count(), 0, 0]


def test_queue_does_not_tell_of_a_mass_refund_of_others(edition, their_edition, outsider, staff):
    make_refund(make_order(edition).purchases.get(), by=staff)
    theirs = planned(their_edition, by=outsider)

    body = words_of(as_(staff).get("/admin/refunds/refundrequest/", {"batch": theirs.pk}))

    assert str(theirs) not in body


def test_dashboard_counts_what_waits_and_what_is_under_way(edition, their_edition, outsider, staff, admin):
    make_order(edition)
    planned(their_edition, by=outsider)
    planned(edition, by=staff)
    running(edition, by=staff, approver=admin)

    panels = {panel.title: panel for panel in as_(staff).get("/admin/").context["panels"]}

    tiles = {tile["label"]: tile["count"] for tile in panels["Mass refunds"].context["tiles"]}
    assert tiles == {"Waiting for approval": 1, "Under way": 1}


def test_dashboard_is_silent_when_there_is_none(edition, staff):
    titles = [panel.title for panel in as_(staff).get("/admin/").context["panels"]]

    assert "Mass refunds" not in titles
