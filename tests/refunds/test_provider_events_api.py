"""The address that providers send their events to: whom it believes, and what it keeps."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from editions.models import Edition, MerchantAccount
from orders.models import Transaction
from preo.accounts.models import Organization
from preo.api.errors import PROBLEM_JSON
from preo.api.idempotency import HEADER
from preo.public_ids import new
from refunds.api.provider_events import LONGEST_BODY
from refunds.models import ProviderEvent
from refunds.operations.receiving import HEAR_EVENTS
from tests.documented import DocumentedClient
from tests.factories_ready import sealed
from tests.providers.accounts import ADYEN, STRIPE
from tests.providers.events import signed
from tests.refunds.provider_cases import adyen_told, make_account, make_paid, refund_told

JSON = "application/json"


@pytest.fixture
def client() -> DocumentedClient:
    return DocumentedClient(enforce_csrf_checks=True)


@pytest.fixture
def stripe(ours: Organization) -> MerchantAccount:
    return make_account(ours)


@pytest.fixture
def paid(edition: Edition, stripe: MerchantAccount) -> Transaction:
    return make_paid(edition, stripe)


def url_of(account: MerchantAccount | str, *, provider: str = "", more: str = "") -> str:
    name = account if isinstance(account, str) else account.pk
    return f"/v1/providers/{provider or getattr(account, 'type', 'stripe')}/events?account={name}{more}"


def send(client: DocumentedClient, url: str, delivery: tuple[bytes, dict[str, str]]) -> Any:
    body, headers = delivery
    return client.generic("POST", url, body, JSON, headers=headers)


def jobs() -> int:
    return ProcrastinateJob.objects.filter(task_name=HEAR_EVENTS).count()


def test_a_signed_event_is_kept_as_it_came_and_left_for_a_job(
    client: DocumentedClient, stripe: MerchantAccount, paid: Transaction
) -> None:
    told = refund_told(paid, "succeeded")

    answer = send(client, url_of(stripe), signed("stripe", told))

    assert (answer.status_code, answer.json()) == (202, {})
    kept = ProviderEvent.objects.get()
    assert (kept.merchant_account, kept.organization, kept.provider) == (stripe, stripe.organization, "stripe")
    assert (kept.event_id, kept.type, kept.payload, kept.status) == (told["id"], told["type"], told, "received")
    paid.refresh_from_db()
    assert (jobs(), paid.outside_minor) == (1, 0)


def test_one_delivery_of_adyen_can_hold_several_events(
    client: DocumentedClient, edition: Edition, ours: Organization
) -> None:
    adyen = make_account(ours, "adyen")
    paid = make_paid(edition, adyen)
    items = [adyen_told(paid, code) for code in ("REFUND", "REFUND_FAILED", "AUTHORISATION")]

    answer = send(client, url_of(adyen), signed("adyen", *items))

    assert answer.status_code == 202
    assert {event.type for event in ProviderEvent.objects.all()} == {"REFUND", "REFUND_FAILED", "AUTHORISATION"}
    assert jobs() == 1


def test_an_event_that_comes_again_is_the_same_event(
    client: DocumentedClient, stripe: MerchantAccount, paid: Transaction
) -> None:
    told = refund_told(paid, "succeeded")

    answers = [send(client, url_of(stripe), signed("stripe", told, at=None)) for _ in range(4)]

    assert {answer.status_code for answer in answers} == {202}
    assert ProviderEvent.objects.count() == 1


def test_two_accounts_may_be_sent_the_same_event(
    client: DocumentedClient, stripe: MerchantAccount, theirs: Organization, paid: Transaction
) -> None:
    delivery, their_account = signed("stripe", refund_told(paid, "succeeded")), make_account(theirs)

    for account in (stripe, their_account):
        send(client, url_of(account), delivery)

    assert set(ProviderEvent.objects.values_list("organization", flat=True)) == {stripe.organization_id, theirs.pk}


@pytest.fixture
def refused(stripe: MerchantAccount, ours: Organization, paid: Transaction) -> dict[str, tuple[str, Any]]:
    """Addresses and deliveries of which none can be verified, for as many reasons."""
    told = refund_told(paid, "succeeded")
    body, headers = delivery = signed("stripe", told)
    old = signed("stripe", told, at=(timezone.now() - timedelta(minutes=6)).timestamp())
    others = {"organization": ours, "name": "Other", "type": "stripe", "supported_currencies": ["dkk"]}
    without_secret = MerchantAccount.objects.create(**others, credentials=sealed(secret_key=STRIPE["secret_key"]))
    other_secret = MerchantAccount.objects.create(**others, credentials=sealed(**STRIPE | {"webhook_secret": "whsec"}))
    unreadable = MerchantAccount.objects.create(**others, credentials=b"garbage")
    adyen = make_account(ours, "adyen")
    sandbox = MerchantAccount.objects.create(organization=ours, name="S", type="sandbox", supported_currencies=["dkk"])
    return {
        "unknown provider": (url_of(stripe, provider="paypal"), delivery),
        "unknown account": (url_of(new("mac")), delivery),
        "no account's id": (url_of("mac_nonsense"), delivery),
        "another kind of id": (url_of(paid.pk), delivery),
        "account of another provider": (url_of(adyen, provider="stripe"), delivery),
        "provider of another account": (url_of(stripe, provider="adyen"), delivery),
        "a provider that sends nothing": (url_of(sandbox), delivery),
        "no credentials": (url_of(without_secret), delivery),
        "another secret": (url_of(other_secret), delivery),
        "unreadable credentials": (url_of(unreadable), delivery),
        "no signature": (url_of(stripe), (body, {})),
        "another body": (url_of(stripe), (body + b" ", headers)),
        "signed long ago": (url_of(stripe), old),
        "no JSON": (url_of(stripe), (b"{", headers)),
        "nothing": (url_of(stripe), (b"", {})),
        "of Adyen, unsigned": (url_of(adyen), (b'{"notificationItems": []}', {})),
        "of Adyen, no object": (url_of(adyen), (b"[]", {})),
        "strange letters": (url_of(stripe), (body, {"Stripe-Signature": "t=1,v1=\xff"})),
    }


def test_whatever_cannot_be_verified_gets_one_answer(
    client: DocumentedClient, refused: dict[str, tuple[str, Any]]
) -> None:
    answers = {why: send(client, url, delivery) for why, (url, delivery) in refused.items()}

    assert {why: answer.status_code for why, answer in answers.items()} == dict.fromkeys(refused, 401)
    assert len({answer.content for answer in answers.values()}) == 1
    assert len({tuple(sorted(answer.headers.keys())) for answer in answers.values()}) == 1
    answer = answers["no signature"]
    assert (answer.json()["code"], answer.headers["Content-Type"]) == ("signature_invalid", PROBLEM_JSON)
    assert (ProviderEvent.objects.count(), jobs()) == (0, 0)


def test_the_account_must_be_named_once_and_nothing_else(client: DocumentedClient, stripe: MerchantAccount) -> None:
    path = "/v1/providers/stripe/events"
    urls = [path, f"{path}?account=", f"{url_of(stripe)}&account=x", url_of(stripe, more="&organization_id=1")]

    answers = [send(client, url, (b"{}", {})) for url in urls]

    assert {answer.status_code for answer in answers} == {400}
    codes = [answer.json()["errors"][0]["code"] for answer in answers]
    assert codes == ["required", "empty_parameter", "repeated_parameter", "unknown_parameter"]


@pytest.mark.parametrize("account", ["mac_nonsense", "known"])
def test_a_body_that_is_too_large_is_refused_unread(
    client: DocumentedClient, stripe: MerchantAccount, account: str
) -> None:
    body = b" " * (LONGEST_BODY + 1)

    answer = send(client, url_of(stripe if account == "known" else account), (body, {}))

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_other_methods_are_not_allowed(client: DocumentedClient, stripe: MerchantAccount, method: str) -> None:
    assert client.generic(method, url_of(stripe)).status_code == 405


def test_a_key_of_ours_and_a_type_of_theirs_make_no_difference(
    client: DocumentedClient, stripe: MerchantAccount, paid: Transaction
) -> None:
    body, headers = signed("stripe", refund_told(paid, "succeeded"))

    answer = client.generic("POST", url_of(stripe), body, "text/plain", headers={**headers, HEADER: "\xff"})

    assert answer.status_code == 202


@pytest.mark.parametrize(
    "strange", [{"type": "t" * 500}, {"id": "evt_" + "x" * 500}, {"note": "a\0b", "a\0": ["\0"]}, {"id": "evt_\0"}]
)
def test_what_does_not_fit_is_kept_nevertheless(
    client: DocumentedClient, stripe: MerchantAccount, paid: Transaction, strange: dict[str, Any]
) -> None:
    delivery = signed("stripe", refund_told(paid, "succeeded") | strange)

    answers = [send(client, url_of(stripe), delivery) for _ in range(2)]

    assert {answer.status_code for answer in answers} == {202}
    assert ProviderEvent.objects.count() == 1


def test_no_secret_is_in_the_log(
    client: DocumentedClient, refused: dict[str, tuple[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    for url, delivery in refused.values():
        send(client, url, delivery)

    secrets = [*STRIPE.values(), ADYEN["api_key"], ADYEN["hmac_key"], settings.SECRET_KEY]
    assert "provider_event_refused" in caplog.text
    assert [secret for secret in secrets if secret in caplog.text] == []
