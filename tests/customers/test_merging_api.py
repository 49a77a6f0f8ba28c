"""Merging over REST: who may, in which organization, and what it answers."""

from typing import Any

import pytest

from editions.models import Edition
from orders.models import Order
from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.api.roles import Role
from tests.consents.asking import answer, make_asked, make_known
from tests.documented import DocumentedClient
from tests.factories import make_customer, make_edition_member, make_order


@pytest.fixture
def keep(ours: Organization) -> Customer:
    return make_customer(ours, email="anna@example.org", full_name="Anna Holm", phone_number="")


@pytest.fixture
def duplicate(ours: Organization) -> Customer:
    return make_customer(ours, email="a.holm@example.org", full_name="A. Holm", phone_number="+4520202020")


def merge(person: StaffUser, keep: Customer, duplicate: Customer, *, query: str = "", **others: Any) -> Any:
    client = DocumentedClient()
    client.force_authenticate(StaffUser.objects.get(pk=person.pk))
    body = {"duplicate_id": duplicate.pk, "reason": "One person"} | others
    return client.post(f"/v1/users/{keep.pk}/merge{query}", body)


def difference(name: str, kept: str, duplicate: str, *, becomes: str) -> dict[str, Any]:
    values = {"name": name, "kept": kept, "duplicate": duplicate, "becomes": becomes}
    return values | {"is_taken_over": becomes != kept}


def test_merge_answers_what_moved(
    keep: Customer, duplicate: Customer, edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    make_order(edition, customer=duplicate)
    OrganizationCustomer.objects.filter(customer=duplicate).update(total_spent_minor={"dkk": 515_00})
    terms = make_asked(ours)
    answer(OrganizationCustomer.objects.get(customer=duplicate), terms)

    answered = merge(manager, keep, duplicate)

    assert (answered.status_code, answered.json()) == (
        200,
        {
            "organization_id": ours.pk,
            "user_id": keep.pk,
            "duplicate_id": duplicate.pk,
            "counts": {"orders": 1, "purchases": 1, "carts": 1, "refunds": 0, "answers": 1},
            "spent": [{"currency": "dkk", "amount": 515.0}],
            "differences": [
                difference("full_name", "Anna Holm", "A. Holm", becomes="Anna Holm"),
                difference("email", keep.email, duplicate.email, becomes=keep.email),
                difference("phone_number", "", "+4520202020", becomes="+4520202020"),
            ],
            "consents": [
                {"consent_id": terms.pk, "title": "Terms", "kept": "", "duplicate": "given", "holds": "given"}
            ],
        },
    )
    assert Order.objects.get().customer_id == keep.pk


def test_a_dry_run_answers_the_same_and_writes_nothing(
    keep: Customer, duplicate: Customer, edition: Edition, manager: StaffUser
) -> None:
    make_order(edition, customer=duplicate)

    looked = merge(manager, keep, duplicate, query="?dry_run=true")

    assert looked.status_code == 200
    assert Order.objects.get().customer_id == duplicate.pk
    assert merge(manager, keep, duplicate).json() == looked.json()


def test_a_role_on_an_edition_is_not_enough(
    keep: Customer, duplicate: Customer, edition: Edition, ours: Organization
) -> None:
    person = make_edition_member("camp@ours.example", edition=edition, role=Role.ADMIN)
    for customer in (keep, duplicate):
        make_order(edition, customer=customer)

    answers = [merge(person, keep, duplicate), merge(person, keep, duplicate, organization_id=ours.pk)]

    assert [(answered.status_code, answered.json()["code"]) for answered in answers] == [(403, "role_too_low")] * 2


def test_where_several_organizations_know_the_customer_one_is_named(
    keep: Customer, duplicate: Customer, ours: Organization, theirs: Organization, manager: StaffUser
) -> None:
    for customer in (keep, duplicate):
        make_known(theirs, customer=customer)
    theirs.memberships.create(staff_user=manager, role=Role.MANAGER)

    unnamed = merge(manager, keep, duplicate)
    named = merge(manager, keep, duplicate, organization_id=theirs.pk)

    assert unnamed.status_code == 400
    assert named.status_code == 200
    merged = OrganizationCustomer.objects.exclude(merged_from=None).values_list("organization", flat=True)
    assert list(merged) == [theirs.pk]


def test_whoever_is_out_of_reach_is_not_found(
    keep: Customer, theirs: Organization, manager: StaffUser, outsider: StaffUser
) -> None:
    stranger = make_customer(theirs)

    answers = [
        merge(manager, keep, stranger),
        merge(manager, stranger, keep),
        merge(outsider, keep, stranger),
        merge(manager, keep, keep, organization_id=theirs.pk),
    ]

    assert [answered.status_code for answered in answers] == [404] * 4


def test_a_rule_that_says_no_is_a_conflict(keep: Customer, manager: StaffUser) -> None:
    answered = merge(manager, keep, keep)

    assert (answered.status_code, answered.json()["code"]) == (409, "same_customer")


def test_whose_duplicate_alone_has_an_address_is_told_to_keep_that_one(
    keep: Customer, duplicate: Customer, manager: StaffUser
) -> None:
    Customer.objects.filter(pk=keep.pk).update(email="")

    answers = [merge(manager, keep, duplicate, query=query) for query in ("?dry_run=true", "")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "other_has_the_address")] * 2


@pytest.mark.parametrize("body", [{"reason": ""}, {"reason": None}, {"duplicate_id": None}, {"unknown": 1}])
def test_a_body_that_is_none_is_refused(
    keep: Customer, duplicate: Customer, manager: StaffUser, body: dict[str, Any]
) -> None:
    assert merge(manager, keep, duplicate, **body).status_code == 400


def test_a_duplicate_that_was_merged_meanwhile_is_told_with_whom(
    keep: Customer, duplicate: Customer, ours: Organization, theirs: Organization, manager: StaffUser
) -> None:
    other = make_customer(ours)
    merge(manager, keep, duplicate)

    again, elsewhere = merge(manager, keep, duplicate), merge(manager, other, duplicate, query="?dry_run=true")
    stranger, nonsense = merge(manager, keep, make_customer(theirs)), merge(manager, keep, duplicate, duplicate_id="x")

    for answered in (again, elsewhere):
        assert (answered.status_code, answered.json()["code"]) == (409, "already_merged")
        assert keep.pk in answered.json()["detail"]
    assert (stranger.status_code, nonsense.status_code) == (404, 404)
