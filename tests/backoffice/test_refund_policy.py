"""The page of the refund policy, and what the form that asks for a refund says of it; the rules are the operations'."""

import pytest
from django.urls import reverse

from preo.accounts.models import Organization
from preo.api.roles import Role
from refunds.admin.filters import waiting_for
from refunds.models import RefundRequest
from refunds.models.policy import limits_of
from refunds.operations import change_refund_policy
from refunds.policy import why_not_approve
from tests.backoffice.conftest import Pages
from tests.backoffice.test_refunds import REQUEST, ask, words_of
from tests.factories import (
    NOON,
    make_edition,
    make_edition_member,
    make_organization,
    make_purchase,
    make_refund,
    make_staff,
)

LIST = "/admin/refunds/refundpolicy/"
TYPED = {
    "refund_self_approved_up_to_minor": "20",
    "refund_second_approver_above_minor": "300,50",
    "refund_staff_ceiling_minor": "100.00",
    "refund_manager_ceiling_minor": "",
    "refund_admin_ceiling_minor": "",
    "refund_daily_limit_minor": "1000",
    "refund_reasons_with_comment": ["other", "compensation"],
}

WAITS = "Every request waits until a manager or admin approves it."
NOBODY = "nobody has to approve; above that it waits for a manager or admin."
COUNTS = "What you asked for of the same payment before counts with it."
OWN = f"You can approve your own up to 500.00 DKK; above that somebody else must. {COUNTS}"


def page_of(organization: Organization) -> str:
    return reverse("admin:refunds_refundpolicy_change", args=[organization.pk])


def opened(client, organization: Organization) -> dict[str, str]:
    """What a browser sends along without being asked."""
    return {"opened": client.get(page_of(organization)).context["adminform"].form.initial["opened"]}


def set_limits(organization: Organization, by, **limits: object) -> None:
    change_refund_policy(
        organization, changes={f"refund_{name}": value for name, value in limits.items()}, by=by, now=NOON
    )


def sentences(answer) -> str:
    return words_of(answer).partition('<p class="limits">')[2].partition(" <a ")[0]


def form_for(client, purchase) -> str:
    return sentences(client.get(f"{REQUEST}?purchase={purchase.pk}&reason=other"))


def test_admin_sets_the_policy(ours, admin, pages: Pages):
    client = pages(admin)

    answer = client.post(page_of(ours), TYPED | opened(client, ours))

    assert answer.status_code == 302
    assert limits_of(Organization.objects.get(pk=ours.pk)) == {
        "refund_self_approved_up_to_minor": 20_00,
        "refund_second_approver_above_minor": 300_50,
        "refund_staff_ceiling_minor": 100_00,
        "refund_manager_ceiling_minor": None,
        "refund_admin_ceiling_minor": None,
        "refund_daily_limit_minor": 1_000_00,
        "refund_reasons_with_comment": ["other", "compensation"],
    }


def test_admin_reads_beside_the_field_why_limits_do_not_go_together(ours, admin, pages: Pages):
    client = pages(admin)

    answer = client.post(page_of(ours), TYPED | opened(client, ours) | {"refund_self_approved_up_to_minor": "301"})

    errors = answer.context["adminform"].form.errors
    assert list(errors) == ["refund_self_approved_up_to_minor"]
    assert Organization.objects.get(pk=ours.pk).refund_daily_limit_minor is None


def test_admin_who_is_second_changes_nothing(ours, admin, pages: Pages):
    client = pages(admin)
    before = opened(client, ours)
    set_limits(ours, admin, daily_limit_minor=700_00)

    answer = client.post(page_of(ours), TYPED | before)

    assert "Somebody else changed this" in words_of(answer)
    assert Organization.objects.get(pk=ours.pk).refund_daily_limit_minor == 700_00


def test_others_read_the_policy(ours, edition, staff, manager, pages: Pages):
    set_limits(ours, None, daily_limit_minor=1_234_00, reasons_with_comment=["other"])
    of_edition = make_edition_member("gate@ours.example", edition=edition, role=Role.STAFF)

    for person in (staff, manager, of_edition):
        read = words_of(pages(person).get(page_of(ours)))
        assert "1,234.00" in read
        assert "Other reason" in read
        assert "Admins of the organization can change this" in read
        assert pages(person).post(page_of(ours), TYPED).status_code == 403


def test_the_policy_says_what_holds_where_a_limit_is_empty(ours, staff, admin, pages: Pages):
    set_limits(ours, admin, manager_ceiling_minor=1_234_00)

    listed, read = (words_of(pages(staff).get(address)) for address in (LIST, page_of(ours)))

    assert "1,234.00 / 1,234.00 / No limit" in listed
    assert "<dt>Staff</dt><dd>1,234.00</dd>" in read
    assert "<dt>Needs no approval up to</dt><dd>Never</dd>" in read


def test_guests_and_outsiders_see_no_policy(ours, guest, outsider, pages: Pages):
    assert pages(guest).get(LIST).status_code == 403
    for person in (guest, outsider):
        assert pages(person).get(page_of(ours)).status_code in (302, 403)
    assert ours.name not in words_of(pages(outsider).get(LIST))


def test_admin_of_one_organization_only_reads_the_policy_of_another(ours, admin, pages: Pages):
    other = make_organization("other")
    make_staff("x@other.example", organization=other, role=Role.ADMIN)
    admin.memberships.create(organization=other, role=Role.MANAGER)

    assert pages(admin).post(page_of(other), TYPED).status_code == 403


def test_nobody_adds_or_removes_a_policy(ours, admin, pages: Pages):
    assert pages(admin).get(LIST + "add/").status_code == 403
    assert pages(admin).post(f"{LIST}{ours.pk}/delete/", {"post": "yes"}).status_code == 403


def test_history_tells_who_changed_which_limit_and_nothing_else(ours, admin, pages: Pages):
    set_limits(ours, admin, admin_ceiling_minor=900_00, reasons_with_comment=["other"])
    Organization.objects.filter(pk=ours.pk).update(name="Renamed")

    history = words_of(pages(admin).get(f"{LIST}{ours.pk}/history/"))

    assert f"<strong>Change refund policy</strong> by {admin}" in history
    assert "<ins>900.00</ins>" in history
    assert "<ins>Other reason</ins>" in history
    assert "slug" not in history
    assert history.count("<strong>Change") == 1


@pytest.mark.parametrize(
    ("limits", "by_staff", "by_manager"),
    [
        ({}, WAITS, f"{WAITS} {OWN}"),
        ({"second_approver_above_minor": 0}, WAITS, f"{WAITS} That must be somebody other than you."),
        (
            {"staff_ceiling_minor": 600_00, "daily_limit_minor": 1_200_00, "self_approved_up_to_minor": 50_00},
            (
                "You can give back at most 600.00 DKK at once, "
                "and at most 1,200.00 DKK in all during the rest of today. "
                f"Up to 50.00 DKK {NOBODY} {COUNTS}"
            ),
            f"You can give back 1,200.00 DKK more today. Up to 50.00 DKK {NOBODY} {OWN}",
        ),
        (
            {"manager_ceiling_minor": 40_00, "self_approved_up_to_minor": 40_00},
            f"You can give back at most 40.00 DKK at once. Up to 40.00 DKK {NOBODY} {COUNTS}",
            f"You can give back at most 40.00 DKK at once. Up to 40.00 DKK {NOBODY} {OWN}",
        ),
        (
            {"staff_ceiling_minor": 300_00, "manager_ceiling_minor": 400_00},
            f"You can give back at most 300.00 DKK at once. {WAITS}",
            f"You can give back at most 400.00 DKK at once. {WAITS} {OWN}",
        ),
    ],
)
def test_request_says_the_limits_before_one_asks(
    limits, by_staff, by_manager, ours, edition, staff, manager, admin, pages: Pages
):
    set_limits(ours, admin, **limits)
    purchase = make_purchase(edition)

    assert form_for(pages(staff), purchase) == by_staff
    assert form_for(pages(manager), purchase) == by_manager


def test_request_says_what_is_left_of_the_day(ours, edition, staff, admin, pages: Pages):
    set_limits(ours, admin, daily_limit_minor=100_00)
    client, purchase = pages(staff), make_purchase(edition)
    ask(client, purchase, scope="purchase_custom", amount="60", reason="compensation")

    assert form_for(client, purchase).startswith("You can give back 40.00 DKK more today.")

    refused = ask(client, purchase, scope="purchase_custom", amount="40.01", reason="compensation", once="2")
    assert "You can ask for 40.00 DKK more today; this is 40.01 DKK." in words_of(refused)
    ask(client, purchase, scope="purchase_custom", amount="40", reason="compensation", once="3")
    over = words_of(client.get(f"{REQUEST}?purchase={purchase.pk}"))
    assert "Nothing is left of what you can ask for in a day." in over
    assert "Choose a reason" not in over


@pytest.mark.parametrize(
    ("form", "field"),
    [({}, "scope"), ({"scope": "purchase_custom", "amount": "400"}, "amount")],
)
def test_request_shows_a_refusal_above_the_ceiling_beside_what_was_chosen(
    form, field, ours, edition, staff, admin, pages: Pages
):
    set_limits(ours, admin, staff_ceiling_minor=100_00)

    answer = ask(pages(staff), make_purchase(edition), **form)

    assert answer.context["form"].errors == {field: ["Staff can ask for up to 100.00 DKK at once; this is 400.00 DKK."]}
    assert not RefundRequest.objects.exists()


def test_request_offers_no_scope_above_what_can_be_asked_for(ours, edition, staff, admin, pages: Pages):
    set_limits(ours, admin, staff_ceiling_minor=200_00)

    address = f"{REQUEST}?purchase={make_purchase(edition).pk}&reason=product_defect"
    radios = [radio.data for radio in pages(staff).get(address).context["form"]["scope"]]

    offered = [(radio["value"], radio["label"].replace("\xa0", " "), radio["selected"]) for radio in radios]
    assert offered == [
        ("purchase_price", "Price only: 400.00 DKK (you can give back at most 200.00 DKK now)", False),
        ("purchase_full", "Full purchase (with fees): 505.00 DKK (you can give back at most 200.00 DKK now)", False),
        ("purchase_custom", "Custom amount of the purchase: up to 200.00 DKK", True),
    ]
    assert [radio["attrs"].get("disabled", False) for radio in radios] == [True, True, False]


def test_request_asks_for_a_comment_where_the_reason_needs_one(ours, edition, staff, admin, pages: Pages):
    set_limits(ours, admin, reasons_with_comment=["customer_request"])
    client, purchase = pages(staff), make_purchase(edition)

    assert ask(client, purchase, comment="  ").context["form"].errors["comment"] == ["This field is required."]
    ask(client, purchase, comment="Rain", once="2")

    assert RefundRequest.objects.get().comment == "Rain"


def test_what_waits_for_me_is_within_the_ceiling_of_the_role_held_there(ours, edition, staff, manager, admin):
    asked = {
        minor: make_refund(make_purchase(edition), by=staff, scope="purchase_custom", amount_minor=minor).pk
        for minor in (300_00, 300_01, 500_00)
    }
    elsewhere = make_refund(make_purchase(make_edition(ours)), by=staff).pk
    of_edition = make_edition_member("gate@ours.example", edition=edition, role=Role.ADMIN)
    both = make_staff("both@ours.example", organization=ours, role=Role.MANAGER)
    both.edition_memberships.create(edition=edition, role=Role.ADMIN)
    set_limits(ours, admin, manager_ceiling_minor=300_00)

    found = [set(waiting_for(person).values_list("pk", flat=True)) for person in (manager, of_edition, both, admin)]

    everything = set(asked.values())
    assert found == [{asked[300_00]}, everything, everything, {*everything, elsewhere}]


@pytest.mark.parametrize("role", ["staff", "manager", "admin"])
def test_what_waits_for_me_is_what_i_can_approve(role, ours, edition, manager, admin, django_assert_num_queries):
    refund = make_refund(make_purchase(edition), by=manager)
    set_limits(ours, admin, **{f"{role}_ceiling_minor": 399_99})
    refund = RefundRequest.objects.select_related("organization").get(pk=refund.pk)

    for person in (manager, admin):
        expected = [] if why_not_approve(refund, by=person) else [refund]
        with django_assert_num_queries(1):
            assert list(waiting_for(person)) == expected
