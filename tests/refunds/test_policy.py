"""The limits of an organization: what people can ask for and approve, and what the database refuses beside them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from editions.models import Edition
from orders.models import Purchase, Transaction
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from preo.errors import InvalidField
from refunds.limits import ceiling_of
from refunds.models import RefundDay, RefundRequest
from refunds.operations import AboveCeiling, DailyLimitReached, approve_refund, reject_refund
from refunds.policy import why_not_approve, why_not_request
from refunds.states import RefundReason, RefundScope, RefundStatus
from tests.factories import NOON, make_edition, make_edition_member, make_order, make_purchase, make_refund, make_token


@pytest.fixture
def purchase(edition: Edition) -> Purchase:
    """Of 505.00 that can be asked back."""
    return make_purchase(edition)


def limit(organization: Organization, **columns: object) -> None:
    """Set limits by the names of their columns, without the part that all share."""
    named = {f"refund_{name}" + ("" if "reasons" in name else "_minor"): value for name, value in columns.items()}
    Organization.objects.filter(pk=organization.pk).update(**named)


def ask(purchase: Purchase, minor: int, *, by: StaffUser, **others: object) -> RefundRequest:
    paid = Purchase.objects.select_related("transaction").get(pk=purchase.pk)
    return make_refund(paid, by=by, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=minor, **others)


def asked_on(day: datetime) -> int:
    return RefundDay.objects.get(day=day.date()).asked_minor


@pytest.mark.parametrize(
    ("ceilings", "role", "expected"),
    [
        ((None, None, None), Role.STAFF, None),
        ((100, 500, 900), Role.STAFF, 100),
        ((100, 500, 900), Role.MANAGER, 500),
        ((100, 500, 900), Role.ADMIN, 900),
        ((100, 500, 900), Role.GUEST, 100),
        ((100, 500, 900), None, 100),
        ((None, 500, None), Role.STAFF, 500),
        ((None, 500, None), Role.ADMIN, None),
        ((100, None, None), Role.MANAGER, None),
        ((0, None, 900), Role.STAFF, 0),
        ((0, None, 900), Role.MANAGER, 900),
    ],
)
def test_ceiling_of_a_role_without_one_is_that_of_the_next_above(ceilings, role, expected) -> None:
    staff, manager, admin = ceilings
    organization = Organization(
        refund_staff_ceiling_minor=staff, refund_manager_ceiling_minor=manager, refund_admin_ceiling_minor=admin
    )

    assert ceiling_of(organization, role) == expected


def test_request_refund_keeps_the_role_and_its_ceiling(ours, purchase, staff, manager) -> None:
    limit(ours, staff_ceiling=100_00, manager_ceiling=300_00)

    by_staff, by_manager = ask(purchase, 100_00, by=staff), ask(purchase, 300_00, by=manager)

    assert (by_staff.asked_as, by_staff.ceiling_minor) == ("staff", 100_00)
    assert (by_manager.asked_as, by_manager.ceiling_minor) == ("manager", 300_00)


def test_request_refund_takes_the_higher_of_two_roles(ours, edition, purchase) -> None:
    limit(ours, staff_ceiling=100_00, manager_ceiling=300_00)
    person = make_edition_member("both@ours.example", edition=edition, role=Role.MANAGER)

    assert ask(purchase, 300_00, by=person).asked_as == "manager"


def test_request_refund_refuses_more_than_the_role_can_ask_for(ours, purchase, staff) -> None:
    limit(ours, staff_ceiling=100_00)

    with pytest.raises(AboveCeiling, match=r"Staff can ask for up to 100\.00 DKK at once; this is 100\.01 DKK"):
        ask(purchase, 100_01, by=staff)
    assert Transaction.objects.get().reserved_minor == 0


def test_request_refund_holds_what_a_scope_comes_to_to_the_ceiling(ours, purchase, staff) -> None:
    limit(ours, staff_ceiling=399_99)

    with pytest.raises(AboveCeiling, match=r"this is 400\.00 DKK"):
        make_refund(Purchase.objects.get(), by=staff)


def test_request_refund_by_a_token_is_held_to_the_role_of_the_token(ours, purchase) -> None:
    limit(ours, staff_ceiling=100_00)
    make_token(ours, role=Role.STAFF)
    token = ours.service_tokens.get()
    robot = token.staff_user
    robot.token = token

    with pytest.raises(AboveCeiling, match="Staff"):
        ask(purchase, 100_01, by=robot)
    assert ask(purchase, 100_00, by=robot).asked_as == "staff"


def test_request_refund_approves_itself_only_up_to_the_ceiling(ours, purchase, staff) -> None:
    limit(ours, staff_ceiling=10_00, self_approved_up_to=50_00)

    assert ask(purchase, 10_00, by=staff).status == RefundStatus.READY
    with pytest.raises(AboveCeiling):
        ask(purchase, 10_01, by=staff)


def test_approve_refund_refuses_more_than_the_role_can_approve(ours, purchase, staff, manager, admin) -> None:
    refund = ask(purchase, 400_00, by=staff)
    limit(ours, staff_ceiling=100_00, manager_ceiling=300_00)

    with pytest.raises(AboveCeiling, match=r"Managers can approve up to 300\.00 DKK at once; this is 400\.00 DKK"):
        approve_refund(refund, by=manager, now=NOON)
    assert approve_refund(refund, by=admin, now=NOON).status == RefundStatus.READY


def test_why_not_approve_says_the_ceiling(ours, purchase, staff, manager, admin) -> None:
    refund = ask(purchase, 400_00, by=staff)
    limit(ours, manager_ceiling=300_00)
    refund = RefundRequest.objects.get(pk=refund.pk)

    assert why_not_approve(refund, by=manager) == "Managers can approve up to 300.00 DKK at once; this is 400.00 DKK."
    assert why_not_approve(refund, by=admin) is None


def test_why_not_request_says_a_ceiling_of_nothing(ours, purchase, staff, manager) -> None:
    limit(ours, staff_ceiling=0)
    purchase = Purchase.objects.get()

    assert why_not_request(purchase, by=staff) == "Staff can't ask for refunds here."
    assert why_not_request(purchase, by=manager) is None


def test_request_refund_needs_a_comment_for_the_reasons_of_the_policy(ours, purchase, staff) -> None:
    limit(ours, reasons_with_comment=[RefundReason.OTHER])

    with pytest.raises(InvalidField, match="needs a comment") as refusal:
        ask(purchase, 1_00, by=staff, reason=RefundReason.OTHER, comment=" \n ")
    assert (refusal.value.field, refusal.value.code) == ("comment", "required")
    assert ask(purchase, 1_00, by=staff, reason=RefundReason.OTHER, comment="Rain").needs_comment
    assert not ask(purchase, 1_00, by=staff).needs_comment


@pytest.mark.parametrize("comment", ["\u200b", " \u00a0\t\u2060", "\u3164", "\u0301", "\u2800"], ids=ascii)
def test_request_refund_takes_nothing_that_nobody_sees_for_a_comment(ours, purchase, staff, comment) -> None:
    limit(ours, reasons_with_comment=[RefundReason.OTHER])

    with pytest.raises(InvalidField, match="needs a comment"):
        ask(purchase, 1_00, by=staff, reason=RefundReason.OTHER, comment=comment)


@pytest.mark.parametrize("comment", ["\u96e8", "7", "?", "\u200bRain"], ids=ascii)
def test_request_refund_takes_a_comment_in_any_script(ours, purchase, staff, comment) -> None:
    limit(ours, reasons_with_comment=[RefundReason.OTHER])

    assert ask(purchase, 1_00, by=staff, reason=RefundReason.OTHER, comment=comment).comment == comment


def test_second_person_counts_what_one_person_asked_for_of_a_payment_together(ours, edition, manager, admin) -> None:
    limit(ours, second_approver_above=500_00)
    first, second, other = make_order(edition, units=3).purchases.order_by("id")

    assert not ask(first, 499_00, by=manager).needs_second_approver
    assert ask(second, 1_01, by=manager).needs_second_approver
    assert not ask(other, 499_00, by=admin).needs_second_approver
    assert not ask(make_purchase(edition), 499_00, by=manager).needs_second_approver


def test_second_person_does_not_count_what_gave_nothing_back(ours, edition, manager) -> None:
    limit(ours, second_approver_above=500_00)
    first, second, third = make_order(edition, units=3).purchases.order_by("id")
    reject_refund(ask(first, 499_00, by=manager), reason="No", by=manager, now=NOON)

    assert not ask(second, 499_00, by=manager).needs_second_approver
    assert ask(third, 499_00, by=manager).needs_second_approver


def test_self_approval_counts_what_one_person_asked_for_of_a_payment_together(ours, edition, staff) -> None:
    limit(ours, self_approved_up_to=50_00)
    first, second = make_order(edition, units=2).purchases.order_by("id")

    assert ask(first, 30_00, by=staff).status == RefundStatus.READY
    assert ask(second, 20_01, by=staff).status == RefundStatus.REQUESTED
    assert ask(make_purchase(edition), 50_00, by=staff).status == RefundStatus.READY


def test_daily_limit_counts_what_was_asked_for_whatever_became_of_it(ours, purchase, staff, manager) -> None:
    limit(ours, daily_limit=100_00)
    reject_refund(ask(purchase, 60_00, by=staff), reason="No", by=manager, now=NOON)

    with pytest.raises(DailyLimitReached, match=r"You can ask for 40\.00 DKK more today; this is 40\.01 DKK"):
        ask(purchase, 40_01, by=staff)
    ask(purchase, 40_00, by=staff)
    assert asked_on(NOON) == 100_00


def test_daily_limit_refuses_a_first_request_above_it(ours, purchase, staff) -> None:
    limit(ours, daily_limit=100_00)

    with pytest.raises(DailyLimitReached, match=r"100\.00 DKK more today"):
        ask(purchase, 100_01, by=staff)
    assert not RefundDay.objects.exists()


def test_daily_limit_is_one_for_each_person_and_currency(ours, purchase, staff, manager) -> None:
    limit(ours, daily_limit=100_00)
    in_euro = make_purchase(make_edition(ours, currency="eur"))

    for paid, person in ((purchase, staff), (in_euro, staff), (purchase, manager)):
        ask(paid, 100_00, by=person)

    assert list(RefundDay.objects.values_list("asked_minor", flat=True)) == [100_00] * 3


def test_daily_limit_starts_anew_at_midnight_of_the_edition(ours, staff) -> None:
    limit(ours, daily_limit=100_00)
    purchase = make_purchase(make_edition(ours, timezone="Europe/Copenhagen"))
    before_midnight = datetime(2026, 6, 1, 21, 59, tzinfo=UTC)

    ask(purchase, 100_00, by=staff, now=before_midnight)
    with pytest.raises(DailyLimitReached, match=r"0\.00 DKK more"):
        ask(purchase, 1, by=staff, now=before_midnight)
    ask(purchase, 50_00, by=staff, now=before_midnight + timedelta(minutes=1))

    assert [row.asked_minor for row in RefundDay.objects.order_by("day")] == [100_00, 50_00]


def test_daily_limit_that_is_lowered_below_what_was_asked_for_leaves_nothing(ours, purchase, staff) -> None:
    limit(ours, daily_limit=100_00)
    ask(purchase, 60_00, by=staff)
    limit(ours, daily_limit=50_00)

    with pytest.raises(DailyLimitReached, match=r"0\.00 DKK more"):
        ask(purchase, 1, by=staff)
    assert asked_on(NOON) == 60_00


def test_daily_limit_that_is_raised_counts_at_once(ours, purchase, staff) -> None:
    limit(ours, daily_limit=100_00)
    ask(purchase, 100_00, by=staff)
    limit(ours, daily_limit=150_00)

    ask(purchase, 50_00, by=staff)

    assert asked_on(NOON) == 150_00


def test_a_refused_request_does_not_count(ours, edition, staff) -> None:
    limit(ours, daily_limit=600_00, staff_ceiling=100_00)
    purchase = make_order(edition).purchases.get()

    with pytest.raises(AboveCeiling):
        ask(purchase, 100_01, by=staff)

    assert not RefundDay.objects.exists()


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"ceiling_minor": 99_99}, "Cannot update"),
        ({"asked_as": "admin"}, "Cannot update"),
        ({"needs_comment": False}, "Cannot update"),
        ({"comment": ""}, "refund_has_a_comment_where_one_is_needed"),
    ],
)
def test_the_database_keeps_the_limits_of_a_request(ours, purchase, staff, columns, constraint) -> None:
    limit(ours, staff_ceiling=100_00, reasons_with_comment=[RefundReason.CUSTOMER_REQUEST])
    refund = ask(purchase, 100_00, by=staff, comment="Rain")

    with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
        RefundRequest.objects.filter(pk=refund.pk).update(**columns)


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"ceiling_minor": 99_99}, "refund_stays_below_the_ceiling_of_a_role"),
        ({"needs_comment": True}, "refund_has_a_comment_where_one_is_needed"),
    ],
)
def test_the_database_refuses_a_request_beyond_its_limits(purchase, staff, columns, constraint) -> None:
    refund = ask(purchase, 100_00, by=staff)
    again = {field.attname: getattr(refund, field.attname) for field in RefundRequest._meta.concrete_fields}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        RefundRequest.objects.create(**{**again, "id": "rfd_01jx0000000000000000000000"} | columns)


def test_the_database_refuses_a_day_beyond_its_limit(ours, purchase, staff) -> None:
    limit(ours, daily_limit=100_00)
    ask(purchase, 60_00, by=staff)

    with pytest.raises(IntegrityError, match="refund_day_stays_below_limit"), transaction.atomic():
        RefundDay.objects.update(asked_minor=100_01)
