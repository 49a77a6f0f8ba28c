"""Of a customer whom two organizations know, each reads that the row changed, and nothing that tells of the other."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from preo.accounts.models import Customer, Organization, OrganizationCustomer, StaffUser
from preo.audit.models import AuditEvent
from preo.customers.operations.changing import change_customer
from preo.customers.operations.merging import merge_customers
from preo.recording import surrounded_by
from tests.audit.reading import URL, events
from tests.factories import NOON, make_customer
from tests.house.conftest import sign_in

REASON = "Wrote to the other one"


@pytest.fixture
def shared(ours: Organization, theirs: Organization) -> Customer:
    customer = make_customer(ours, full_name="")
    OrganizationCustomer.objects.create(organization=theirs, customer=customer)
    return customer


def correct(customer: Customer, theirs: Organization, *, by: StaffUser) -> None:
    with surrounded_by(reason=REASON, command="tidy_up"):
        change_customer(customer, changes={"full_name": "Freja Lund"}, by=by, now=NOON)


def merge(customer: Customer, theirs: Organization, *, by: StaffUser) -> None:
    duplicate = make_customer(theirs, full_name="Freja Lund")
    with surrounded_by(command="tidy_up"):
        merge_customers(customer, duplicate, organization=theirs, by=by, reason=REASON, now=NOON)


Did = Callable[..., None]
BY_OTHERS = pytest.mark.parametrize("did", [correct, merge])


def telling(theirs: Organization, outsider: StaffUser) -> re.Pattern[str]:
    """Whatever would tell that there is another organization, which it is, and what it did through whom."""
    words = [theirs.pk, theirs.name, outsider.pk, outsider.email, "Outsider", REASON, "tidy_up"]
    words += ["nother organi", "ther organi", "lsewhere"]
    words += ["change_customer", "Change customer", "merge_customers", "Merge customers"]
    return re.compile("|".join(words))


@BY_OTHERS
def test_rest_tells_that_the_row_changed_and_no_more(
    did: Did, shared: Customer, theirs: Organization, admin: StaffUser, outsider: StaffUser
) -> None:
    did(shared, theirs, by=outsider)

    client = sign_in(admin)
    [event] = events(client, object_id=shared.pk, action="update")
    table: Any = client.get(f"{URL}/export")
    texts = [str(events(client)), client.get(f"{URL}/{event['id']}").content.decode()]
    texts.append(b"".join(table.streaming_content).decode())

    assert (event["actor"], event["operation"], event["reason"], event["request_id"]) == (
        {"type": "undisclosed", "staff_user": None, "token": None, "application_id": None, "process": ""}, "", "", "",
    )  # fmt: skip
    assert [change["after"] for change in event["changes"]] == ["Freja Lund"]
    assert [telling(theirs, outsider).findall(text) for text in texts] == [[]] * 3


@BY_OTHERS
def test_pages_tell_that_the_row_changed_and_no_more(
    did: Did, shared: Customer, theirs: Organization, admin: StaffUser, outsider: StaffUser
) -> None:
    did(shared, theirs, by=outsider)

    client = Client()
    client.force_login(admin)
    event = AuditEvent.objects.get(actor_type="undisclosed")
    pages = [
        client.get(reverse("admin:audit_auditevent_changelist")),
        client.get(reverse("admin:audit_auditevent_change", args=[event.pk])),
        client.get(reverse("admin:accounts_customer_history", args=[shared.pk])),
        client.get(reverse("admin:accounts_customer_change", args=[shared.pk])),
    ]

    texts = [_words(page) for page in pages]
    assert ["Somebody unknown" in text for text in texts] == [True] * 4
    assert [telling(theirs, outsider).findall(text) for text in texts] == [[]] * 4


def _words(answer: Any) -> str:
    """What the page says, without its own addresses and the menu, which are the same on every page."""
    main = answer.content.decode().split("<main", 1)[1]
    return unescape(" ".join(re.sub(r"<[^>]*>", " ", main).split()))


def test_those_who_did_it_read_it_all(shared: Customer, theirs: Organization, outsider: StaffUser) -> None:
    correct(shared, theirs, by=outsider)

    [event] = events(sign_in(outsider), object_id=shared.pk, action="update")

    assert (event["actor"]["staff_user"]["id"], event["operation"]) == (outsider.pk, "change_customer")
    assert (event["actor"]["process"], event["reason"]) == ("tidy_up", REASON)
