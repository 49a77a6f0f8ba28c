"""What the limits of an organization answer over REST."""

from typing import Any

import pytest

from orders.models import Purchase
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from refunds.models import RefundDay, RefundRequest
from refunds.operations import change_refund_policy
from tests.documented import DocumentedClient
from tests.factories import NOON, make_purchase, make_refund, make_token

URL = "/v1/refunds"


def client_of(person: StaffUser) -> DocumentedClient:
    found = DocumentedClient()
    found.force_authenticate(StaffUser.objects.get(pk=person.pk))
    return found


def set_limits(organization: Organization, by: StaffUser, **limits: object) -> None:
    changes = {f"refund_{name}": value for name, value in limits.items()}
    change_refund_policy(organization, changes=changes, by=by, now=NOON)


def asked(purchase: Purchase, **others: Any) -> dict[str, Any]:
    return {"purchase_id": purchase.pk, "reason": "compensation", "amount": 100.01} | others


def test_asking_above_the_ceiling_is_a_conflict(ours, edition, staff, admin) -> None:
    set_limits(ours, admin, staff_ceiling_minor=100_00)

    answer = client_of(staff).post(URL, asked(make_purchase(edition)), format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "above_ceiling")
    assert answer.json()["detail"] == "Staff can ask for up to 100.00 DKK at once; this is 100.01 DKK."
    assert not RefundRequest.objects.exists()


def test_asking_for_more_than_is_left_of_the_day_is_a_conflict(ours, edition, staff, admin) -> None:
    set_limits(ours, admin, daily_limit_minor=150_00)
    client, purchase = client_of(staff), make_purchase(edition)
    assert client.post(URL, asked(purchase), format="json").status_code == 201

    answer = client.post(URL, asked(purchase), format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "daily_limit_reached")
    assert answer.json()["detail"] == "You can ask for 49.99 DKK more today; this is 100.01 DKK."


def test_asking_without_a_comment_that_is_needed_names_the_member(ours, edition, staff, admin) -> None:
    set_limits(ours, admin, reasons_with_comment=["compensation"])

    answer = client_of(staff).post(URL, asked(make_purchase(edition)), format="json")

    assert answer.status_code == 400
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("comment", "required")]


def test_approving_above_the_ceiling_is_a_conflict_that_can_approve_foretells(
    ours, edition, staff, manager, admin
) -> None:
    refund = make_refund(make_purchase(edition), by=staff)
    set_limits(ours, admin, manager_ceiling_minor=399_99)

    told = {person: client_of(person).get(f"{URL}/{refund.pk}").json()["can_approve"] for person in (manager, admin)}
    refused = client_of(manager).post(f"{URL}/{refund.pk}/approve")

    assert told == {manager: False, admin: True}
    assert (refused.status_code, refused.json()["code"]) == (409, "above_ceiling")
    assert client_of(admin).post(f"{URL}/{refund.pk}/approve").status_code == 200


@pytest.mark.parametrize(("role", "status"), [(Role.STAFF, 409), (Role.MANAGER, 201)])
def test_tokens_are_held_to_the_ceiling_of_their_role_and_share_a_day(ours, edition, admin, role, status) -> None:
    set_limits(ours, admin, staff_ceiling_minor=100_00, daily_limit_minor=150_00)
    purchase, client = make_purchase(edition), DocumentedClient()
    tokens = [make_token(ours, role=role), make_token(ours, role=Role.MANAGER)]
    headers = [{"Authorization": f"Bearer {token}", "Idempotency-Key": token[-8:]} for token in tokens]

    first, second = (client.post(URL, asked(purchase), format="json", headers=sent) for sent in headers)

    assert first.status_code == status
    assert second.status_code == (409 if status == 201 else 201)
    assert RefundDay.objects.get().staff_user.robot_of == ours
