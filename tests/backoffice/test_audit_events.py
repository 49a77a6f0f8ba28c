"""The list of audit events in the back office, and the page of one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editions.models import Category, Edition
from editions.operations.catalog import add_row, remove_row
from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.api.roles import Role
from preo.audit.models import AuditEvent
from preo.customers.operations.changing import change_customer
from preo.recording import recorded
from tests.backoffice.conftest import Pages
from tests.factories import NOON, make_customer, make_edition_member, make_order, make_refund, make_staff

LIST = "/admin/audit/auditevent/"
CATEGORIES = {"object_type": "editions.category"}


def words_of(answer: Any) -> str:
    return " ".join(answer.content.decode().replace("\xa0", " ").replace("&#x27;", "'").split())


def make_category(edition: Edition, *, by: StaffUser, name: str = "Tents") -> Category:
    return add_row(Category(edition=edition, name=name), by=by, now=NOON)


def event_of(row: Any, **where: Any) -> AuditEvent:
    return AuditEvent.objects.filter(object_type=row._meta.label_lower, **where).latest("created")


def listed(answer: Any) -> list[AuditEvent]:
    return list(answer.context["cl"].result_list)


def test_an_admin_finds_events_and_opens_one(admin: StaffUser, edition: Edition, pages: Pages) -> None:
    category = make_category(edition, by=admin)
    event = event_of(category)

    found, page = pages(admin).get(LIST, CATEGORIES), words_of(pages(admin).get(f"{LIST}{event.pk}/change/"))

    assert listed(found) == [event]
    assert f'Category <a href="/admin/editions/category/{category.pk}/change/">Tents</a>' in words_of(found)
    assert "Admin Holm" in words_of(found)
    assert (f"<code>{category.pk}</code>" in page, "<dd>Admin Holm</dd>" in page) == (True, True)
    assert '<td data-label="After"><ins>Tents</ins></td>' in page


@pytest.mark.parametrize("role", [Role.GUEST, Role.STAFF, Role.MANAGER])
def test_events_are_for_admins(role: Role, request: Any, edition: Edition, admin: StaffUser, pages: Pages) -> None:
    event = event_of(make_category(edition, by=admin))
    client = pages(request.getfixturevalue(role))

    assert client.get(LIST).status_code == 403
    assert "Tents" not in words_of(client.get(f"{LIST}{event.pk}/change/", follow=True))


def test_another_organization_sees_nothing(
    outsider: StaffUser, edition: Edition, admin: StaffUser, pages: Pages
) -> None:
    event = event_of(make_category(edition, by=admin))

    assert listed(pages(outsider).get(LIST, CATEGORIES)) == []
    assert pages(outsider).get(f"{LIST}{event.pk}/change/").status_code == 302


def test_events_of_no_organization_are_told_to_nobody(superuser: StaffUser, admin: StaffUser, pages: Pages) -> None:
    event = event_of(admin, organization_id=None)

    assert pages(superuser).get(LIST).status_code == 403
    assert pages(admin).get(f"{LIST}{event.pk}/change/").status_code == 302


def test_the_admin_of_one_edition_sees_what_is_of_it(ours: Organization, edition: Edition, pages: Pages) -> None:
    client = pages(make_edition_member("one@ours.example", edition=edition, role=Role.ADMIN))

    assert {event.edition_id for event in listed(client.get(LIST))} == {edition.pk}


def test_nothing_is_written_there(admin: StaffUser, edition: Edition, pages: Pages) -> None:
    event = event_of(make_category(edition, by=admin))
    client = pages(admin)

    answers = [
        client.post(f"{LIST}{event.pk}/change/", {"reason": "x"}),
        client.get(f"{LIST}add/"),
        client.post(f"{LIST}{event.pk}/delete/", {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [405, 403, 403]


def test_search_finds_by_the_id_of_a_row_or_of_a_request(admin: StaffUser, edition: Edition, pages: Pages) -> None:
    category, other = make_category(edition, by=admin), make_category(edition, by=admin, name="Drinks")
    event = event_of(other, object_uuid=AuditEvent.objects.filter(**CATEGORIES).latest("created").object_uuid)
    client = pages(admin)

    assert [str(found.line.name) for found in listed(client.get(LIST, {"q": category.pk}))] == ["Tents"]
    assert listed(client.get(LIST, {"q": "no such request"})) == []
    assert listed(client.get(LIST, {"q": "%00"})) == []
    assert event in listed(client.get(LIST, {"q": f" {other.pk} "}))


@pytest.mark.parametrize("organization", ["theirs", "nonsense"])
def test_filter_by_an_organization_out_of_reach_finds_nothing(
    organization: str, admin: StaffUser, theirs: Organization, edition: Edition, pages: Pages
) -> None:
    make_category(edition, by=admin)
    asked = {"theirs": theirs.pk}.get(organization, organization)

    assert listed(pages(admin).get(LIST, {"organization_id": asked})) == []


def test_who_reads_for_several_organizations_sees_which_was_told(
    admin: StaffUser, ours: Organization, theirs: Organization, pages: Pages
) -> None:
    both = make_staff("both@ours.example", organization=ours, role=Role.ADMIN)
    theirs.memberships.create(staff_user=both, role=Role.ADMIN)
    customer = make_customer(ours)
    OrganizationCustomer.objects.create(organization=theirs, customer=customer)
    change_customer(customer, changes={"full_name": "Freja Lind"}, by=admin, now=NOON)

    several, one = (words_of(pages(person).get(LIST, {"q": customer.pk})) for person in (both, admin))

    assert [f'"field-told_to">{organization}<' in several for organization in (ours, theirs)] == [True, True]
    assert "field-told_to" not in one


@pytest.mark.parametrize(
    "query", [{"action": "delete"}, {"actor_type": "command"}, {"object_type": "x.y"}, {"staff_user_id": "nonsense"}]
)
def test_filters_narrow(query: dict[str, str], admin: StaffUser, edition: Edition, pages: Pages) -> None:
    make_category(edition, by=admin)

    assert listed(pages(admin).get(LIST, CATEGORIES | query)) == []


def test_events_of_one_person_are_found(admin: StaffUser, manager: StaffUser, edition: Edition, pages: Pages) -> None:
    make_category(edition, by=admin)
    make_category(edition, by=manager, name="Drinks")

    found = listed(pages(admin).get(LIST, {**CATEGORIES, "staff_user_id": manager.pk}))

    assert [event.staff_user_id for event in found] == [manager.pk]


def test_people_of_other_organizations_are_not_offered(
    admin: StaffUser, outsider: StaffUser, edition: Edition, pages: Pages
) -> None:
    make_edition_member("one@ours.example", edition=edition, role=Role.STAFF)

    words = words_of(pages(admin).get(LIST))

    assert ("One Holm" in words, "Outsider Holm" in words) == (True, False)


def test_a_row_that_is_gone_is_told_without_a_link(admin: StaffUser, edition: Edition, pages: Pages) -> None:
    category = make_category(edition, by=admin)
    remove_row(category, by=admin, now=NOON)
    event = event_of(Category(), action="delete")
    client = pages(admin)

    page = words_of(client.get(f"{LIST}{event.pk}/change/"))

    assert "/change/" not in page.split('id="row"')[1].split("</dl>")[0]
    assert '<td data-label="Before"><del>Tents</del></td>' in page
    assert client.get(LIST, CATEGORIES).status_code == 200


def test_a_customer_whom_only_others_know_by_now_has_no_name_there(
    admin: StaffUser, ours: Organization, theirs: Organization, pages: Pages
) -> None:
    customer = make_customer(ours)
    OrganizationCustomer.objects.create(organization=theirs, customer=customer)
    Customer.objects.filter(pk=customer.pk).update(locale="da")
    OrganizationCustomer.objects.filter(organization=ours).delete()
    Customer.objects.filter(pk=customer.pk).update(full_name="Known Elsewhere")

    events = listed(pages(admin).get(LIST, {"object_type": "accounts.customer"}))
    pages_of_them = [words_of(pages(admin).get(f"{LIST}{event.pk}/change/")) for event in events]

    assert {event.line.name for event in events} == {""}
    assert [page for page in pages_of_them if "Known Elsewhere" in page] == []


def test_many_events_cost_no_more_queries_than_one(admin: StaffUser, edition: Edition, pages: Pages) -> None:
    client = pages(admin)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    def do_much() -> None:
        person = make_staff(f"p{AuditEvent.objects.count()}@ours.example")
        make_category(edition, by=person)
        order = make_order(edition)
        make_refund(order.purchases.get(), by=admin)
        with recorded("tidy", by=person):
            Edition.objects.filter(pk=edition.pk).update(name=str(AuditEvent.objects.count()))

    do_much()
    few = queries()
    do_much()

    assert queries() == few
