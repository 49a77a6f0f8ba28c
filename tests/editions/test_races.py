"""Two writers of one edition at once, each rule with a control that shows what goes wrong without its lock."""

from threading import Barrier
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from editions.api.email_messages import EmailMessageViewSet
from editions.choices import EmailTemplateMode, EmailType
from editions.models import Edition, Event, MerchantAccount
from editions.operations import editions as operations
from editions.operations import slugs
from editions.operations.duplicate import duplicate_edition
from editions.operations.email_messages import delete_email_message
from editions.operations.merchant_accounts import save_merchant_account
from preo.accounts.models import StaffUser
from preo.api.conditional import ConditionalWrites
from tests.documented import DocumentedClient
from tests.factories import NOON, make_email_message
from tests.races import SECONDS, Meeting, at_once, somebody_waits, together

pytestmark = pytest.mark.django_db(transaction=True)


def rename_twice(edition: Edition, person: StaffUser) -> list[Any]:
    """What two writers are answered who both read the edition as it is."""
    clients = [DocumentedClient() for _ in range(2)]
    for client in clients:
        client.force_authenticate(person)
    url = f"/v1/editions/{edition.pk}"
    etag = clients[0].get(url).headers["ETag"]

    def rename(client: DocumentedClient, name: str) -> int:
        return int(client.patch(url, {"name": name}, headers={"If-Match": etag}).status_code)

    answers: list[Any] = at_once(lambda: rename(clients[0], "First"), lambda: rename(clients[1], "Second"))
    return sorted(answers)


def test_one_of_two_writers_who_read_the_same_gets_through(
    edition: Edition, manager: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = ConditionalWrites._body_of_a_read
    monkeypatch.setattr(ConditionalWrites, "_body_of_a_read", together(body))

    assert rename_twice(edition, manager) == [200, 412]


def test_control_without_the_lock_both_get_through(
    edition: Edition, manager: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = ConditionalWrites._body_of_a_read
    monkeypatch.setattr(ConditionalWrites, "_body_of_a_read", together(body))
    monkeypatch.setattr(ConditionalWrites, "hold", lambda *_: None)

    assert rename_twice(edition, manager) == [200, 200]


def create_twice(edition: Edition, person: StaffUser, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What becomes of two new editions of one name."""
    event = Event.objects.select_related("organization").get(pk=edition.event_id)
    monkeypatch.setattr(operations, "take_slug", together(operations.take_slug))

    def create() -> Edition:
        return operations.create_edition(event, name="Camp 2027", settings={}, by=person, now=NOON)

    return at_once(create, create)


def test_two_editions_of_one_name_at_once_get_slugs_of_their_own(
    edition: Edition, manager: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = create_twice(edition, manager, monkeypatch)

    assert sorted(row.slug for row in created) == ["camp-2027", "camp-2027-2"]


def test_control_without_holding_the_names_one_of_them_fails(
    edition: Edition, manager: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slugs, "_hold_slugs", lambda *_: None)

    created = create_twice(edition, manager, monkeypatch)

    assert sorted(type(result).__name__ for result in created) == ["Edition", "IntegrityError"]


def create_while_a_copy_takes_the_slug(edition: Edition, person: StaffUser) -> list[str]:
    """The slugs of a copy that asks for one, and of a new edition whose name makes the same one meanwhile."""
    event = Event.objects.select_related("organization").get(pk=edition.event_id)
    taken, stop = Barrier(2), Meeting()

    def copy() -> str:
        with transaction.atomic():
            found = duplicate_edition(
                edition,
                name="Copy",
                slug="camp-2027",
                event=None,
                email_template_mode=EmailTemplateMode.COPY,
                by=person,
                now=NOON,
            )
            taken.wait(SECONDS)
            stop.wait()
        return found.slug

    def create() -> str:
        taken.wait(SECONDS)
        return operations.create_edition(event, name="Camp 2027", settings={}, by=person, now=NOON).slug

    return [result if isinstance(result, str) else type(result).__name__ for result in at_once(copy, create)]


def test_a_new_edition_waits_for_the_slug_that_a_copy_takes(edition: Edition, manager: StaffUser) -> None:
    assert create_while_a_copy_takes_the_slug(edition, manager) == ["camp-2027", "camp-2027-2"]


def test_control_without_holding_the_slugs_the_new_edition_fails(
    edition: Edition, manager: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slugs, "_hold_slugs", lambda *_: None)

    assert create_while_a_copy_takes_the_slug(edition, manager) == ["camp-2027", "IntegrityError"]


def lose_a_currency_while_it_is_chosen(edition: Edition, person: StaffUser) -> list[str]:
    """An account gives up a currency, and before that is committed an edition that sells in it chooses the account."""
    account = MerchantAccount.objects.create(
        organization=edition.organization, name="Box", type="sandbox", supported_currencies=["dkk", "eur"]
    )
    given_up, stop = Barrier(2), Meeting()

    def give_up() -> str:
        with transaction.atomic():
            changes = {"supported_currencies": ["eur"]}
            save_merchant_account(account, changes=changes, given={}, cleared=(), by=person, now=NOON)
            given_up.wait(SECONDS)
            stop.wait()
        return "given up"

    def choose() -> str:
        given_up.wait(SECONDS)
        operations.update_edition(edition, changes={"merchant_account": account}, by=person, now=NOON)
        stop.wait()
        return "chosen"

    return [result if isinstance(result, str) else type(result).__name__ for result in at_once(give_up, choose)]


def test_an_account_is_chosen_for_the_currencies_that_it_has_by_then(edition: Edition, manager: StaffUser) -> None:
    assert lose_a_currency_while_it_is_chosen(edition, manager) == ["given up", "InvalidField"]


def test_control_without_holding_the_account_it_is_chosen_for_what_it_gave_up(
    edition: Edition, manager: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "_hold", lambda *_: None)

    assert lose_a_currency_while_it_is_chosen(edition, manager) == ["given up", "chosen"]


def take_while_it_is_deleted(edition: Edition, person: StaffUser) -> list[str]:
    """An edition takes a message on, and before that is committed somebody deletes the message."""
    message = make_email_message(edition.organization, type=EmailType.RECEIPT)
    taken, stop = Barrier(2), Meeting()

    def take() -> str:
        with transaction.atomic():
            operations.update_edition(edition, changes={"transaction_receipt_email": message}, by=person, now=NOON)
            taken.wait(SECONDS)
            stop.wait()
        return "taken"

    def delete() -> str:
        taken.wait(SECONDS)
        delete_email_message(message, by=person, now=NOON)
        stop.wait()
        return "deleted"

    return [result if isinstance(result, str) else type(result).__name__ for result in at_once(take, delete)]


def test_a_message_that_is_being_taken_on_is_not_deleted(edition: Edition, manager: StaffUser) -> None:
    assert take_while_it_is_deleted(edition, manager) == ["taken", "EmailMessageInUse"]


def test_control_without_holding_the_message_the_edition_loses_it(
    edition: Edition, manager: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "_hold", lambda *_: None)

    assert take_while_it_is_deleted(edition, manager) == ["IntegrityError", "deleted"]


def change_twice(edition: Edition, person: StaffUser, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What two writers of one message of an edition are answered, of whom one names what it read."""
    message = make_email_message(edition.organization, edition=edition)
    url = f"/v1/email-messages/{message.pk}"
    clients = [APIClient(raise_request_exception=False) for _ in range(2)]
    for client in clients:
        client.force_authenticate(person)
    etag = clients[0].get(url).headers["ETag"]
    read, compared = ConditionalWrites._body_of_a_read, Barrier(2)

    def compare(*args: Any) -> bytes:
        compared.wait(SECONDS)
        assert somebody_waits()
        return read(*args)

    monkeypatch.setattr(ConditionalWrites, "_body_of_a_read", compare)

    def change(client: APIClient, name: str, **headers: str) -> int:
        if not headers:
            compared.wait(SECONDS)
        return int(client.patch(url, {"title": name}, headers=headers).status_code)

    return at_once(lambda: change(clients[0], "First", **{"If-Match": etag}), lambda: change(clients[1], "Second"))


def test_writers_with_and_without_a_condition_wait_in_one_order(
    edition: Edition, manager: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert change_twice(edition, manager, monkeypatch) == [200, 200]


def test_control_with_the_message_locked_first_they_wait_for_each_other(
    edition: Edition, manager: StaffUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EmailMessageViewSet, "hold", ConditionalWrites.hold)

    assert 500 in change_twice(edition, manager, monkeypatch)
