"""The command and the jobs that look at what providers told."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from procrastinate.contrib.django import app

from editions.models import Edition, MerchantAccount
from orders.models import Transaction
from preo.accounts.models import Organization
from refunds import tasks
from refunds.models import ProviderEvent
from refunds.operations.hearing import TOGETHER
from refunds.operations.receiving import HEAR_EVENTS
from tests.factories import NOON
from tests.refunds.provider_cases import conclusions, deliver, make_account, make_paid, outside, refund_told


@pytest.fixture
def stripe(ours: Organization) -> MerchantAccount:
    return make_account(ours)


@pytest.fixture
def paid(edition: Edition, stripe: MerchantAccount) -> Transaction:
    return make_paid(edition, stripe)


def command(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("hear_provider_events", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_counts_and_names_what_is_unclear(stripe: MerchantAccount, paid: Transaction) -> None:
    unknown = refund_told("pi_elsewhere", "succeeded")
    deliver(stripe, refund_told(paid, "succeeded"), unknown, now=timezone.now())

    first, heading, line = command()

    assert (first, heading) == ("2 events looked at.", "1 unclear:")
    assert f"Stripe, Unknown payment: refund.updated {unknown['id']}: No payment" in line
    assert outside(paid) == 100_00


def test_a_dry_run_looks_at_nothing(stripe: MerchantAccount, paid: Transaction) -> None:
    deliver(stripe, refund_told(paid, "succeeded"), now=timezone.now())

    assert command("--dry-run") == ["1 events are due."]
    assert conclusions() == ["received"]


def test_the_command_looks_at_most_at_so_many(stripe: MerchantAccount, paid: Transaction) -> None:
    deliver(stripe, *[refund_told(paid, "succeeded", number=number) for number in range(3)], now=timezone.now())

    assert command("--limit", "2") == ["2 events looked at."]
    assert sorted(conclusions()) == ["applied", "applied", "received"]


def test_the_job_of_a_delivery_is_known_to_the_worker() -> None:
    assert app.tasks[HEAR_EVENTS] is tasks.hear_all_events


@pytest.mark.django_db(transaction=True)
def test_the_sweep_looks_at_all_that_is_due(stripe: MerchantAccount, paid: Transaction) -> None:
    told = [refund_told(paid, "succeeded", number=number, minor=1) for number in range(TOGETHER + 1)]
    ProviderEvent.objects.bulk_create(
        ProviderEvent(
            organization_id=stripe.organization_id,
            merchant_account=stripe,
            provider="stripe",
            event_id=payload["id"],
            payload=payload,
            received_at=NOON,
        )
        for payload in told
    )

    tasks.sweep(0)

    assert set(conclusions()) == {"applied"}
    assert outside(paid) == TOGETHER + 1
