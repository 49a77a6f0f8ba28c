"""The ceilings of roles over mass refunds: of who plans them and of who approves them."""

import pytest

from editions.models import Edition
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from refunds.batch_policy import why_not_approve, why_not_plan
from refunds.models import RefundBatch, RefundRequest
from refunds.operations import AboveCeiling
from refunds.operations.batches import approve_batch, run_batch
from refunds.states import BatchStatus, ItemState, RefundStatus
from tests.factories import NOON, make_order, make_purchase, make_token
from tests.refunds.batches.making import make_batch, planned, running, states_of, worked


def set_ceilings(organization: Organization, **ceilings: int) -> None:
    """Also on the row at hand, which an edition may hold."""
    for role, minor in ceilings.items():
        setattr(organization, f"refund_{role}_ceiling_minor", minor)
    organization.save()


def test_plan_batch_refuses_whose_ceiling_is_nothing(edition: Edition, staff: StaffUser) -> None:
    set_ceilings(edition.organization, staff=0)

    assert why_not_plan(edition, by=staff) == "Staff can't ask for refunds here."
    with pytest.raises(AboveCeiling, match="Staff can't ask for refunds here"):
        make_batch(edition, by=staff)


def test_a_line_above_the_ceiling_of_who_asked_is_not_possible(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    make_purchase(edition)
    set_ceilings(edition.organization, staff=504_99, manager=505_00)

    refused, possible = (planned(edition, by=person).items.get() for person in (staff, manager))

    assert (refused.state, refused.amount_minor) == (ItemState.NOT_POSSIBLE, 0)
    assert refused.why_not == "Staff can ask for up to 504.99 DKK at once; this is 505.00 DKK."
    assert (possible.state, possible.amount_minor) == (ItemState.PLANNED, 505_00)


def test_a_line_that_a_token_asked_for_has_the_ceiling_of_staff(ours: Organization, edition: Edition) -> None:
    make_purchase(edition)
    make_token(ours, role=Role.MANAGER)
    token = ours.service_tokens.get()
    robot = token.staff_user
    robot.token = token
    set_ceilings(edition.organization, staff=504_99)

    assert planned(edition, by=robot).items.get().why_not.startswith("Staff can ask for up to 504.99 DKK")


def test_approve_batch_refuses_a_line_above_the_own_ceiling(
    edition: Edition, staff: StaffUser, manager: StaffUser, admin: StaffUser
) -> None:
    make_purchase(edition)
    batch = planned(edition, by=staff)
    set_ceilings(edition.organization, staff=100_00, manager=504_99)
    batch = RefundBatch.objects.get(pk=batch.pk)

    why_not = "Managers can approve up to 504.99 DKK at once; the largest line is 505.00 DKK."
    assert (why_not_approve(batch, by=manager), why_not_approve(batch, by=admin)) == (why_not, None)
    with pytest.raises(AboveCeiling, match=why_not):
        approve_batch(batch, edition_name=edition.full_name, by=manager, now=NOON)
    assert approve_batch(batch, edition_name=edition.full_name, by=admin, now=NOON).status == BatchStatus.RUNNING


def test_approve_batch_refuses_whose_ceiling_is_nothing(edition: Edition, staff: StaffUser, manager: StaffUser) -> None:
    make_purchase(edition)
    batch = planned(edition, by=staff)
    set_ceilings(edition.organization, manager=0)
    batch = RefundBatch.objects.get(pk=batch.pk)

    assert why_not_approve(batch, by=manager) == "Managers can't approve refunds here."
    with pytest.raises(AboveCeiling):
        approve_batch(batch, edition_name=edition.full_name, by=manager, now=NOON)


def test_a_refund_of_a_mass_refund_keeps_the_role_of_who_asked_and_its_ceiling(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    set_ceilings(edition.organization, staff=505_00, manager=600_00)
    make_purchase(edition)

    worked(running(edition, by=staff, approver=manager))

    assert RefundRequest.objects.values_list("asked_as", "ceiling_minor").get() == ("staff", 505_00)


def test_a_line_above_a_ceiling_that_was_lowered_since_is_refused(
    edition: Edition, staff: StaffUser, manager: StaffUser
) -> None:
    make_order(edition, units=2)
    batch = running(edition, by=staff, approver=manager)
    run_batch(batch.pk, now=NOON, limit=1)
    set_ceilings(edition.organization, staff=504_99)

    batch = worked(batch)

    assert states_of(batch) == [RefundStatus.PROCESSED, ItemState.REFUSED]
    assert batch.items.in_turn()[1].why_not == "Staff can ask for up to 504.99 DKK at once; this is 505.00 DKK."
