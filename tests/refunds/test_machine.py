"""Whatever is done to refunds in whatever order, by two people at once, with workers that die: the books hold.

PREO_EXAMPLES (default: 8) is how many sequences are tried.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import IntegrityError, connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from editions.models import Edition
from orders.models import Purchase, Transaction
from preo.accounts.models import StaffUser
from preo.api.roles import Role
from preo.errors import DomainError, InvalidField
from preo.payments import sandbox
from refunds.models import RefundAttempt, RefundRequest
from refunds.operations import (
    approve_refund,
    execute_ready,
    reconcile,
    record_outcomes,
    reject_refund,
    request_refund,
    retry_refund,
)
from refunds.proof import differences
from refunds.states import HOLDS_RESERVATION, MOVES, RefundReason, RefundScope, RefundStatus
from tests.factories import NOON, make_edition, make_order, make_organization, make_staff
from tests.kills import die_before
from tests.races import at_once
from tests.trail import values_of

EXAMPLES = int(os.environ.get("PREO_EXAMPLES", "8"))
ENDINGS = st.integers(0, 6)
"""What the sandbox does with an amount is told by its last digits."""

Step = Callable[[], object]


class Refunds(RuleBasedStateMachine):
    """One payment of three units, two people, and any number of refunds of it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.staff, self.manager, self.edition = people_and_edition()
        order = make_order(self.edition, units=3)
        self.paid: Transaction = order.transactions.get()
        self.units = list(Purchase.objects.filter(transaction=self.paid).order_by("id"))

    @rule(unit=st.integers(0, 2), hundreds=st.integers(1, 320), ending=ENDINGS)
    def create(self, unit: int, hundreds: int, ending: int) -> None:
        quietly(self.asking(unit, hundreds * 1_00 + ending))

    @rule(whole=st.booleans())
    def create_of_the_payment(self, whole: bool) -> None:
        scope = RefundScope.TRANSACTION_FULL if whole else RefundScope.TRANSACTION_CUSTOM
        quietly(lambda: self._ask(None, scope, None if whole else 70_00))

    @rule(pick=st.integers(0, 9), by_asker=st.booleans())
    def approve(self, pick: int, by_asker: bool) -> None:
        quietly(self.approving(pick, by=self.staff if by_asker else self.manager))

    @rule(pick=st.integers(0, 9))
    def reject(self, pick: int) -> None:
        quietly(self.rejecting(pick))

    @rule(pick=st.integers(0, 9))
    def retry(self, pick: int) -> None:
        quietly(self.retrying(pick))

    @rule()
    def run(self) -> None:
        execute_ready(now=self.now)

    @rule(minutes=st.sampled_from([1, 10, 60 * 24]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        reconcile(now=self.now)

    @rule(statement=st.integers(1, 40), asks=st.booleans())
    def crash(self, statement: int, asks: bool) -> None:
        """A worker is killed before its n-th statement, or comes through when it has fewer."""
        die_before(statement, lambda: reconcile(now=self.now) if asks else execute_ready(now=self.now))

    @rule(pick=st.integers(0, 9))
    def event(self, pick: int) -> None:
        """The gateway tells of an attempt of its own accord: however late, also of an old one, and twice.

        Of those that it took alone: what a provider never got it can't name. Our key is known to nobody before the
        call that carries it, and an event counts only with that key, or the provider's own name for the refund.
        """
        attempts = list(RefundAttempt.objects.filter(refund__transaction=self.paid).order_by("id"))
        if not attempts:
            return
        attempt = attempts[pick % len(attempts)]
        known = sandbox.SandboxGateway().find(None, key=attempt.key, now=self.now)  # type: ignore[arg-type]  # by key
        if known:
            record_outcomes([known, known], now=self.now)

    @rule(
        pick=st.integers(0, 9),
        other=st.integers(0, 9),
        hundreds=st.integers(1, 320),
        names=st.tuples(*[st.sampled_from(["ask", "approve", "reject", "retry", "run", "reconcile"])] * 2),
    )
    def two_at_once(self, pick: int, other: int, hundreds: int, names: tuple[str, str]) -> None:
        """On a connection each, started together."""
        at_once(self._named(names[0], pick, hundreds), self._named(names[1], other, hundreds))

    @invariant()
    def books_are_what_was_entered(self) -> None:
        assert list(differences()) == []

    @invariant()
    def never_more_than_was_paid(self) -> None:
        paid = Transaction.objects.get(pk=self.paid.pk)
        assert 0 <= paid.refunded_minor + paid.reserved_minor <= paid.amount_minor
        assert self.moved() <= paid.amount_minor

    @invariant()
    def second_person(self) -> None:
        assert not self.refunds().filter(needs_second_approver=True, approved_by=self.staff).exists()

    @invariant()
    def every_move_is_legal(self) -> None:
        for refund in self.refunds():
            path = values_of(refund, "status")
            assert all(RefundStatus(b) in MOVES[RefundStatus(a)] for a, b in pairwise(path)), path

    def teardown(self) -> None:
        """Given time, everything that was approved is over, and what moved is what the books say."""
        for _ in range(6):
            self.now += timedelta(days=1)
            execute_ready(now=self.now)
            reconcile(now=self.now)
        under_way = HOLDS_RESERVATION - {RefundStatus.REQUESTED}
        assert not self.refunds().filter(status__in=under_way).exists()
        self.books_are_what_was_entered()
        assert Transaction.objects.get(pk=self.paid.pk).refunded_minor == self.moved()

    def refunds(self) -> Any:
        return RefundRequest.objects.filter(transaction=self.paid).order_by("id")

    def moved(self) -> int:
        return sandbox.moved_minor(self.paid.provider_reference or self.paid.pk, now=self.now)

    def asking(self, unit: int, amount_minor: int) -> Step:
        return lambda: self._ask(self.units[unit], RefundScope.PURCHASE_CUSTOM, amount_minor)

    def approving(self, pick: int, *, by: StaffUser) -> Step:
        return lambda: self._with(pick, lambda refund: approve_refund(refund, by=by, now=self.now))

    def rejecting(self, pick: int) -> Step:
        return lambda: self._with(
            pick, lambda refund: reject_refund(refund, reason="No.", by=self.manager, now=self.now)
        )

    def retrying(self, pick: int) -> Step:
        return lambda: self._with(pick, lambda refund: retry_refund(refund, by=self.manager, now=self.now))

    def _named(self, name: str, pick: int, hundreds: int) -> Step:
        steps: dict[str, Step] = {
            "ask": self.asking(pick % 3, hundreds * 1_00),
            "approve": self.approving(pick, by=self.manager),
            "reject": self.rejecting(pick),
            "retry": self.retrying(pick),
            "run": lambda: execute_ready(now=self.now),
            "reconcile": lambda: reconcile(now=self.now),
        }
        return steps[name]

    def _ask(self, purchase: Purchase | None, scope: RefundScope, amount_minor: int | None) -> RefundRequest:
        return request_refund(
            self.paid,
            purchase=purchase,
            reason=RefundReason.OTHER,
            scope=scope,
            amount_minor=amount_minor,
            comment="",
            pickup_point=None,
            by=self.staff,
            now=self.now,
        )

    def _with(self, pick: int, act: Callable[[RefundRequest], object]) -> object:
        refunds = list(self.refunds())
        return act(refunds[pick % len(refunds)]) if refunds else None


def quietly(step: Step) -> None:
    """A refusal is an answer, as long as the books hold."""
    try:
        step()
    except (DomainError, InvalidField, IntegrityError):
        connection.ensure_connection()


def people_and_edition() -> tuple[StaffUser, StaffUser, Edition]:
    known = Edition.objects.filter(name="Machine").first()
    if known is None:
        ours = make_organization("machine")
        make_staff("asks@machine.example", organization=ours, role=Role.MANAGER)
        make_staff("decides@machine.example", organization=ours, role=Role.MANAGER)
        known = make_edition(ours, name="Machine")
    people = [StaffUser.objects.get(email=f"{who}@machine.example") for who in ("asks", "decides")]
    return people[0], people[1], known


@pytest.mark.django_db(transaction=True)
def test_the_books_hold_whatever_happens() -> None:
    profile = settings(
        max_examples=EXAMPLES, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Refunds, settings=profile)
