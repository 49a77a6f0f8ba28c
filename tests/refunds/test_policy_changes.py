"""Changing the refund policy of an organization."""

import pytest

from preo.accounts.models import Organization
from preo.audit.trail import trail_of
from preo.errors import InvalidField
from preo.webhooks.models import OutboxEvent
from refunds.models.policy import limits_of
from refunds.operations import change_refund_policy
from refunds.states import RefundReason
from tests.factories import NOON
from tests.trail import events_of

EVERYTHING = {
    "refund_self_approved_up_to_minor": 20_00,
    "refund_second_approver_above_minor": 300_00,
    "refund_staff_ceiling_minor": 100_00,
    "refund_manager_ceiling_minor": 400_00,
    "refund_admin_ceiling_minor": 900_00,
    "refund_daily_limit_minor": 1_000_00,
    "refund_reasons_with_comment": ["other", "compensation"],
}


def test_change_refund_policy_sets_the_limits_and_tells(ours, admin) -> None:
    policy = change_refund_policy(ours, changes=EVERYTHING, by=admin, now=NOON)

    ours.refresh_from_db()
    assert limits_of(ours) == limits_of(policy) == EVERYTHING
    assert ours.modified == NOON
    event = OutboxEvent.objects.get()
    assert (event.type, event.organization_id, event.edition_id) == (
        "organization.refund_policy_changed",
        ours.pk,
        None,
    )
    assert event.payload == {"id": ours.pk, **EVERYTHING}


def test_change_refund_policy_tells_the_history_who(ours, admin) -> None:
    policy = change_refund_policy(ours, changes={"refund_admin_ceiling_minor": 900_00}, by=admin, now=NOON)

    entry = trail_of([policy], currency="")[0]
    assert (entry.who, entry.operation) == (str(admin), "Change refund policy")
    assert [(change.before, change.after) for change in entry.changes] == [("", "900.00")]


def test_change_refund_policy_leaves_the_rest(ours, admin) -> None:
    change_refund_policy(ours, changes=EVERYTHING, by=admin, now=NOON)

    change_refund_policy(ours, changes={"refund_daily_limit_minor": None}, by=admin, now=NOON)

    assert limits_of(Organization.objects.get(pk=ours.pk)) == EVERYTHING | {"refund_daily_limit_minor": None}


def test_change_refund_policy_to_the_same_tells_nobody(ours, admin) -> None:
    change_refund_policy(ours, changes=limits_of(ours), by=admin, now=NOON)

    assert not OutboxEvent.objects.exists()
    assert [event.action for event in events_of(ours)] == ["insert"]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"refund_daily_limit_minor": -1}, "refund_daily_limit_minor", "negative"),
        ({"refund_second_approver_above_minor": None}, "refund_second_approver_above_minor", "required"),
        ({"refund_self_approved_up_to_minor": 300_01}, "refund_self_approved_up_to_minor", "above_second_approver"),
        ({"refund_second_approver_above_minor": 19_99}, "refund_self_approved_up_to_minor", "above_second_approver"),
        ({"refund_staff_ceiling_minor": 400_01}, "refund_staff_ceiling_minor", "above_higher_role"),
        ({"refund_admin_ceiling_minor": 399_99}, "refund_manager_ceiling_minor", "above_higher_role"),
        (
            {"refund_manager_ceiling_minor": None, "refund_staff_ceiling_minor": 900_01},
            "refund_staff_ceiling_minor",
            "above_higher_role",
        ),
        ({"refund_reasons_with_comment": ["rain"]}, "refund_reasons_with_comment", "unknown_reason"),
    ],
)
def test_change_refund_policy_refuses_limits_that_do_not_go_together(ours, admin, changes, field, code) -> None:
    change_refund_policy(ours, changes=EVERYTHING, by=admin, now=NOON)

    with pytest.raises(InvalidField) as refusal:
        change_refund_policy(ours, changes=changes, by=admin, now=NOON)

    assert (refusal.value.field, refusal.value.code) == (field, code)
    assert limits_of(Organization.objects.get(pk=ours.pk)) == EVERYTHING


def test_change_refund_policy_changes_nothing_else(ours, admin) -> None:
    with pytest.raises(ValueError, match="name"):
        change_refund_policy(ours, changes={"name": "Theirs"}, by=admin, now=NOON)


def test_change_refund_policy_knows_every_reason(ours, admin) -> None:
    policy = change_refund_policy(
        ours, changes={"refund_reasons_with_comment": RefundReason.values}, by=admin, now=NOON
    )

    assert policy.refund_reasons_with_comment == RefundReason.values
