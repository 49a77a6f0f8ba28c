"""No secret is ever in the trail: not in its table, not in an answer, not on a page."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from editions.models import MerchantAccount
from editions.operations.merchant_accounts import save_merchant_account
from preo.accounts.models import Organization, ServiceToken, StaffUser
from preo.accounts.operations import revoke_service_token
from preo.audit.models import AuditEvent
from preo.history import RECORDED
from tests.backoffice.conftest import Pages, pages, superuser
from tests.factories import NOON, PASSWORD, make_staff, make_token
from tests.house.conftest import sign_in

__all__ = ["pages", "superuser"]

KEY, NEXT_KEY = "sk_live_very_secret", "sk_live_even_more_secret"
SECRETS = {("accounts.staffuser", "password"), ("accounts.servicetoken", "digest")} | {
    ("editions.merchantaccount", "credentials")
}


def stored(table: str, column: str) -> list[str]:
    """As the trail would write them down."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb({column}) #>> '{{}}' FROM {table}")
        return [str(value) for (value,) in cursor.fetchall() if value]


def whole_trail() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(to_jsonb(event)::text, '') FROM audit_auditevent event")
        [(events,)] = cursor.fetchall()
        cursor.execute("SELECT coalesce(string_agg(to_jsonb(detail)::text, ''), '') FROM audit_personaldetail detail")
        [(details,)] = cursor.fetchall()
    return str(events) + str(details)


@pytest.fixture
def secrets(ours: Organization, admin: StaffUser) -> list[str]:
    """Of every secret column, what it was and what it became; and what people typed or were shown."""
    found = [make_token(ours), KEY, NEXT_KEY, PASSWORD, "a-new-password"]
    account = MerchantAccount(organization=ours, name="Shop", type="stripe", supported_currencies=["dkk"])
    account = save_merchant_account(account, changes={}, given={"secret_key": KEY}, cleared=(), by=admin, now=NOON)
    person = make_staff("one@ours.example")
    found += everything_secret()
    person.set_password("a-new-password")
    person.save()
    save_merchant_account(account, changes={}, given={"secret_key": NEXT_KEY}, cleared=(), by=admin, now=NOON)
    token = ServiceToken.objects.get()
    ServiceToken.objects.filter(pk=token.pk).update(digest="d" * 64)
    revoke_service_token(token, now=datetime(2026, 6, 2, tzinfo=UTC))
    found += everything_secret()
    person.delete()
    MerchantAccount.objects.filter(pk=account.pk).delete()
    return found


def everything_secret() -> list[str]:
    tables = {model._meta.label_lower: model._meta.db_table for model in RECORDED}
    return [value for kind, column in SECRETS for value in stored(tables[kind], column)]


def test_every_secret_column_is_kept_as_one() -> None:
    """A column that is one by its name, and is not here, is to be looked at."""
    telling = ("password", "digest", "credential", "secret", "token_hash", "private")

    named = {
        (str(model._meta.label_lower), field.column)
        for model in RECORDED
        for field in model._meta.concrete_fields
        if any(word in field.column for word in telling)
    }

    assert named == SECRETS


def test_the_trail_holds_no_secret(secrets: list[str]) -> None:
    trail = whole_trail()

    assert len(set(secrets)) >= 9
    assert [secret for secret in secrets if secret in trail] == []
    for kind, column in SECRETS:
        events = AuditEvent.objects.filter(object_type=kind, changes__has_key=column)
        assert {value for event in events for value in event.changes[column]} <= {None, "", "\\x", "•••"}
        assert {event.action for event in events} >= {"insert", "update"}


def test_no_answer_holds_a_secret(secrets: list[str], admin: StaffUser) -> None:
    client = sign_in(admin)
    url, told = "/v1/audit-events?cursor=&page_size=50", ""

    while url:
        answer = client.get(url)
        told += answer.content.decode()
        url = answer.json()["next"]

    assert "•••" in told
    assert [secret for secret in secrets if secret in told] == []


def test_no_page_holds_a_secret(
    secrets: list[str], admin: StaffUser, superuser: StaffUser, pages: Pages, ours: Organization
) -> None:
    client, operator = pages(admin), pages(superuser)
    events = AuditEvent.objects.filter(organization_id=ours.pk, object_type__in=[kind for kind, _ in SECRETS])
    token = ServiceToken.objects.get()

    told = client.get("/admin/audit/auditevent/").content.decode()
    told += "".join(client.get(f"/admin/audit/auditevent/{event.pk}/change/").content.decode() for event in events)
    told += operator.get(f"/admin/accounts/servicetoken/{token.pk}/history/").content.decode()
    told += operator.get(f"/admin/accounts/staffuser/{admin.pk}/history/").content.decode()

    assert told.count("•••") >= 4
    assert [secret for secret in secrets if secret in told] == []
