"""Where the back office leads to customers, their erasures and histories from elsewhere."""

from django.urls import reverse

from preo.api.roles import Role
from preo.customers.operations.erasing import ask_for_erasure
from tests.backoffice.conftest import Pages
from tests.factories import NOON, make_customer, make_email_message, make_staff

MINE, OTHERS = "Waiting for you", "Waiting for another admin"


def test_dashboard_says_for_whom_an_erasure_waits(ours, admin, manager, pages: Pages):
    asking = make_staff("asks@ours.example", organization=ours, role=Role.ADMIN)
    ask_for_erasure(make_customer(ours), organization=ours, by=asking, reason="By letter.", now=NOON)

    bodies = [pages(person).get(reverse("admin:index")).content.decode() for person in (admin, asking, manager)]

    assert [[label in body for label in (MINE, OTHERS)] for body in bodies] == [
        [True, False],
        [False, True],
        [False, True],
    ]
    assert ["tile-mine" in body for body in (body.split("Erasures of customers")[1] for body in bodies)] == [
        True,
        False,
        False,
    ]


def test_dashboard_counts_apart_what_waits_for_whom(ours, admin, manager, pages: Pages):
    for person in (admin, manager, manager):
        ask_for_erasure(make_customer(ours), organization=ours, by=person, reason="By letter.", now=NOON)

    answer = pages(admin).get(reverse("admin:index"))

    [panel] = [each for each in answer.context["panels"] if each.title == "Erasures of customers"]
    assert [(tile["label"], tile["count"]) for tile in panel.context["tiles"]] == [(MINE, 2), (OTHERS, 1)]


def test_email_message_leads_to_its_history(edition, manager, pages: Pages):
    message = make_email_message(edition.organization)
    page, history = (
        reverse(f"admin:editions_emailmessage_{name}", args=[message.pk]) for name in ("change", "history")
    )

    assert f'href="{history}"' in pages(manager).get(page).content.decode()


def test_lists_lead_to_their_filters(ours, staff, pages: Pages):
    for name in ("accounts_customer", "orders_order", "refunds_refundrequest"):
        body = pages(staff).get(reverse(f"admin:{name}_changelist")).content.decode()
        assert body.index('href="#changelist-filter"') < body.index('id="changelist-form"')
        assert 'id="changelist-filter"' in body
