"""Approved refunds through providers that are a process of their own, and what became of them there and here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from editions.models import Edition, MerchantAccount
from orders.models import Transaction
from preo.accounts.models import Organization, StaffUser
from refunds.models import RefundRequest
from refunds.operations import approve_refund, execute_ready, reconcile
from refunds.operations.hearing import hear_events
from refunds.states import RefundScope, RefundStatus
from tests.factories import NOON, make_refund
from tests.kills import STEP, apart, die_before
from tests.providers.remote import RemoteStandIn
from tests.refunds.provider_cases import deliver, make_account, make_paid

WAITS = (timedelta(hours=2), timedelta(hours=30))


@dataclass(frozen=True)
class Scene:
    """Accounts at both providers, and the people of an edition."""

    remote: RemoteStandIn
    accounts: dict[str, MerchantAccount]
    edition: Edition
    staff: StaffUser
    manager: StaffUser

    def ready(self, provider: str, amount_minor: int = 20_00) -> RefundRequest:
        paid = make_paid(self.edition, self.accounts[provider])
        self.remote.add_payment(reference=paid.provider_reference, minor=paid.amount_minor)
        refund = make_refund(
            paid.purchases.get(), by=self.staff, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=amount_minor
        )
        return approve_refund(refund, by=self.manager, now=NOON)

    def finish(self, *refunds: RefundRequest) -> None:
        """What the next worker does in the days after, in a process of its own, and what the providers do."""
        apart(lambda: self._finish(refunds))

    def _finish(self, refunds: Iterable[RefundRequest]) -> None:
        for wait in WAITS:
            work(NOON + wait)
            for refund in refunds:
                self.remote.advance(key=key_of(refund))
        self.tell(*refunds, now=NOON + WAITS[-1])

    def tell(self, *refunds: RefundRequest, now: datetime) -> None:
        """Deliver what Adyen has to say of them, and hear it."""
        keys = {key_of(refund) for refund in refunds}
        told = [item for item in self.remote.told(provider="adyen") if item["merchantReference"] in keys]
        deliver(self.accounts["adyen"], *told, now=now)
        hear_events(now=now)

    def outcome_of(self, refund: RefundRequest) -> tuple[str, int, int, int, int, int, int]:
        """Status, attempts, reserved, refunded; there: what the customer has, refunds taken, what ever went out."""
        refund.refresh_from_db()
        paid, there = Transaction.objects.get(pk=refund.transaction_id), {"key": key_of(refund)}
        moved = self.remote.moved(reference=paid.provider_reference)
        ours = (refund.status, refund.attempts.count(), paid.reserved_minor, paid.refunded_minor)
        return *ours, moved, self.remote.taken(**there), self.remote.sent(**there)

    def require_once(self, *refunds: RefundRequest, after: str) -> None:
        for refund in refunds:
            minor = refund.amount_minor
            assert self.outcome_of(refund) == (RefundStatus.PROCESSED, 1, 0, minor, minor, 1, minor), after

    def killed_at_any_statement(self, prepare: Callable[[], RefundRequest], die: Callable[[], Any], start: int) -> int:
        """Kill what `die` does before every STEP-th statement, on a new refund each time; answers the last number."""
        statement, died = min(start, STEP), True
        while died:
            refund = prepare()
            died = die_before(statement, die) is None
            self.finish(refund)
            self.require_once(refund, after=f"killed before {statement}")
            statement += STEP
        return statement - STEP


@pytest.fixture
def scene(
    remote_stand_in: RemoteStandIn, ours: Organization, edition: Edition, staff: StaffUser, manager: StaffUser
) -> Scene:
    accounts = {name: make_account(ours, name) for name in ("stripe", "adyen")}
    return Scene(remote_stand_in, accounts, edition, staff, manager)


def key_of(refund: RefundRequest) -> str:
    """Of its first attempt."""
    return f"{refund.pk}-1"


def work(now: datetime) -> None:
    """What a worker does in a minute."""
    execute_ready(now=now)
    reconcile(now=now)
