"""Merchant accounts: credentials go in, encrypted, and never come out; what an edition sells through stays."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from editions.models import Edition, MerchantAccount
from editions.models.credentials import credentials_of, when_set
from editions.operations.merchant_accounts import CurrencyInUse, TypeOfAccountInUse, save_merchant_account
from preo.accounts.models import Organization, StaffUser
from preo.audit.models import AuditEvent
from preo.backoffice.editable_form import state_of
from preo.errors import InvalidField
from preo.webhooks.models import OutboxEvent
from tests.backoffice.conftest import Pages
from tests.factories import NOON

SECRET, OTHER = "sk_live_51Hidden", "whsec_Hidden"
GIVEN = {"secret_key": SECRET, "webhook_secret": OTHER}
FORM = {"name": "Shop", "type": "stripe", "supported_currencies": ["dkk", "eur"]}


def make_account(
    organization: Organization, *, by: StaffUser, given: dict[str, str] | None = None, **others: Any
) -> Any:
    values = {"name": "Shop", "type": "stripe", "supported_currencies": ["dkk", "eur"]} | others
    return save_merchant_account(
        MerchantAccount(organization=organization, **values), changes={}, given=given or {}, cleared=(), by=by, now=NOON
    )


def save(account: MerchantAccount, *, by: StaffUser, changes: Any = None, given: Any = None, cleared: Any = ()) -> Any:
    return save_merchant_account(account, changes=changes or {}, given=given or {}, cleared=cleared, by=by, now=NOON)


def page(account: MerchantAccount, name: str = "change") -> str:
    return reverse(f"admin:editions_merchantaccount_{name}", args=[account.pk])


def test_credentials_are_kept_encrypted(ours, manager):
    account = make_account(ours, by=manager, given=GIVEN)

    account.refresh_from_db()
    assert SECRET.encode() not in bytes(account.credentials)
    assert credentials_of(account) == GIVEN
    assert when_set(account) == {"secret_key": NOON, "webhook_secret": NOON}


def test_an_empty_input_leaves_a_credential_and_a_box_forgets_it(ours, manager):
    account = make_account(ours, by=manager, given=GIVEN)

    save(account, by=manager, given={"secret_key": "sk_new", "webhook_secret": " "})
    replaced = credentials_of(MerchantAccount.objects.get())
    save(account, by=manager, cleared=["secret_key"])

    assert replaced == {"secret_key": "sk_new", "webhook_secret": OTHER}
    assert credentials_of(MerchantAccount.objects.get()) == {"webhook_secret": OTHER}
    assert when_set(MerchantAccount.objects.get())["secret_key"] is None


def test_credentials_of_another_type_are_refused_and_go_with_the_type(ours, manager):
    account = make_account(ours, by=manager, given=GIVEN)

    with pytest.raises(InvalidField, match="no such credential"):
        save(account, by=manager, given={"api_key": "x"})
    save(account, by=manager, changes={"type": "manual"})

    assert credentials_of(MerchantAccount.objects.get()) == {}


@pytest.mark.parametrize("text", ["x" * 501, "a\0b", "sk_é", "a\nb"])
def test_what_is_no_credential_is_refused_without_being_repeated(text, ours, manager):
    with pytest.raises(InvalidField) as refusal:
        make_account(ours, by=manager, given={"secret_key": text})

    assert text not in refusal.value.detail


def test_an_environment_is_one_of_two(ours, manager):
    with pytest.raises(InvalidField, match="test, live"):
        make_account(ours, by=manager, type="adyen", given={"environment": "prod"})


def test_the_type_of_an_account_in_use_stays(edition, ours, manager):
    account = make_account(ours, by=manager)
    Edition.objects.update(merchant_account=account)

    with pytest.raises(TypeOfAccountInUse):
        save(account, by=manager, changes={"type": "adyen"})


@pytest.mark.parametrize(("currencies", "is_refused"), [(["eur"], True), (["dkk"], False)])
def test_a_currency_in_use_stays(currencies, is_refused, edition, ours, manager):
    account = make_account(ours, by=manager)
    Edition.objects.update(merchant_account=account)

    if is_refused:
        with pytest.raises(CurrencyInUse, match="sells in DKK"):
            save(account, by=manager, changes={"supported_currencies": currencies})
    else:
        save(account, by=manager, changes={"supported_currencies": currencies})
    account.refresh_from_db()
    assert account.supported_currencies == (["dkk", "eur"] if is_refused else currencies)


def test_one_event_tells_that_credentials_changed_and_not_to_what(ours, manager):
    make_account(ours, by=manager, given=GIVEN)
    save(MerchantAccount.objects.get(), by=manager, given={"secret_key": "sk_other"}, changes={"name": "Till"})

    told = list(OutboxEvent.objects.order_by("sequence").values_list("type", "payload"))
    assert [kind for kind, _ in told] == ["merchant_account.created", "merchant_account.updated"]
    assert told[1][1]["changed"] == ["credentials", "name"]
    assert "sk_" not in str(told)


def test_no_table_but_the_accounts_own_has_any_trace_of_a_secret(ours, manager):
    make_account(ours, by=manager, given=GIVEN)
    save(MerchantAccount.objects.get(), by=manager, given={"secret_key": "sk_Hidden2"})

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" AS a WHERE a::text ILIKE %s', ["%hidden%"])
            assert cursor.fetchone() == (0,), table
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE column_name = 'credentials'")
        assert cursor.fetchall() == [("credentials",)]


def test_no_page_shows_a_secret(ours, manager, staff, pages: Pages):
    account = make_account(ours, by=manager, given=GIVEN)
    known = bytes(MerchantAccount.objects.get().credentials).decode()
    wrong = {**FORM, "name": "", "secret_key": "sk_typed", "opened": state_of(MerchantAccount.objects.get())}
    answers = [
        pages(person).get(address)
        for person in (manager, staff)
        for address in (reverse("admin:editions_merchantaccount_changelist"), page(account), page(account, "history"))
    ]
    answers += [pages(manager).get(page(account, "delete")), pages(manager).post(page(account), wrong)]

    for answer in answers:
        body = answer.content.decode()
        assert answer.status_code == 200
        assert not [secret for secret in (SECRET, OTHER, "sk_typed", known) if secret in body]
    assert "Set on 1 Jun 2026, 12:00." in answers[1].content.decode()


def test_credentials_are_typed_into_the_page(ours, manager, pages: Pages):
    account = make_account(ours, by=manager)
    client = pages(manager)
    before = client.get(page(account)).content.decode()

    for form in ({"secret_key": SECRET}, {"webhook_secret": OTHER}, {"clear_secret_key": "on"}):
        answer = client.post(page(account), {**FORM, **form, "opened": state_of(MerchantAccount.objects.get())})
        assert answer.status_code == 302, answer.context["errors"]

    assert before.count("Not set.") == 2
    assert credentials_of(MerchantAccount.objects.get()) == {"webhook_secret": OTHER}


def test_a_refusal_stands_at_its_field(edition, ours, manager, pages: Pages):
    account = make_account(ours, by=manager)
    Edition.objects.update(merchant_account=account)
    form = {**FORM, "type": "adyen", "secret_key": SECRET, "opened": state_of(account)}

    answer = pages(manager).post(page(account), form)

    assert list(answer.context["adminform"].form.errors) == ["type"]
    assert SECRET not in answer.content.decode()


def test_credentials_under_a_lost_key_are_asked_for_again(ours, manager, settings, pages: Pages):
    account = make_account(ours, by=manager, given=GIVEN)
    settings.ENCRYPTION_KEYS = ["b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyMTI="]

    body = pages(manager).get(page(account)).content.decode()
    save(account, by=manager, given={"secret_key": "sk_new"})

    assert "missing here; set it again" in body
    assert credentials_of(MerchantAccount.objects.get()) == {"secret_key": "sk_new"}


@pytest.mark.django_db(transaction=True)  # entries are told apart by their transactions
def test_history_says_which_credential_was_set_or_forgotten_and_no_value(ours, manager, pages: Pages):
    account = make_account(ours, by=manager, given={"secret_key": SECRET})
    later = NOON + timedelta(hours=1)
    changed: Any = {"changes": {"name": "Till"}, "given": {"webhook_secret": OTHER}, "cleared": ["secret_key"]}
    save_merchant_account(account, **changed, by=manager, now=later)

    page_ = pages(manager).get(page(account, "history"))

    told = [
        [(change.name, change.before, change.after) for change in entry.changes] for entry in page_.context["trail"]
    ]
    assert told[0] == [
        ("Name", "Shop", "Till"),
        ("Credentials", "•••", "•••"),
        ("Secret key", "", "forgotten"),
        ("Webhook secret", "", "set"),
    ]
    assert told[1][-1] == ("Secret key", "", "set")
    assert not any(secret in str(event.changes) for secret in GIVEN.values() for event in AuditEvent.objects.all())


@pytest.mark.parametrize("type_", ["stripe", "adyen"])
def test_the_page_says_where_the_provider_sends_its_events(type_, ours, manager, staff, pages: Pages, settings):
    settings.PUBLIC_URL = "https://preo.example"
    account = make_account(ours, by=manager, type=type_)
    address = f"https://preo.example/v1/providers/{type_}/events?account={account.pk}"

    assert address in pages(manager).get(page(account)).content.decode()
    assert address in pages(staff).get(page(account)).content.decode()


@pytest.mark.parametrize("type_", ["manual", "sandbox"])
def test_who_sends_no_events_has_no_address_for_them(type_, ours, manager, pages: Pages):
    account = make_account(ours, by=manager, type=type_)

    assert "/v1/providers/" not in pages(manager).get(page(account)).content.decode()
