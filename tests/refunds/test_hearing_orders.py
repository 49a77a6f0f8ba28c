"""The same events in any order, and each any number of times, come to the same."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from editions.models import Edition, MerchantAccount
from orders.models import LedgerEntry, Transaction
from preo.api.roles import Role
from refunds.models import OutsideMovement, ProviderEvent, RefundRequest
from refunds.operations import approve_refund, begin_attempts
from refunds.operations.hearing import hear_events
from refunds.states import RefundScope
from tests.factories import NOON, make_edition, make_organization, make_refund, make_staff
from tests.refunds.provider_cases import adyen_told, chargeback_told, deliver, make_account, make_paid, refund_told

AT_STRIPE = ["pending", "succeeded", "failed", "other pending", "other succeeded", "charged back", "reversed"]
AT_ADYEN = ["ours settled", "ours failed late", "settled", "failed late", "charged back", "reversed", "again"]


def told_by_stripe(paid: Transaction) -> dict[str, dict[str, Any]]:
    return {
        **{status: refund_told(paid, status) for status in ("pending", "succeeded", "failed")},
        **{f"other {status}": refund_told(paid, status, number=2) for status in ("pending", "succeeded")},
        "charged back": chargeback_told(paid),
        "reversed": chargeback_told(paid, is_reversed=True),
    }


def told_by_adyen(paid: Transaction, key: str) -> dict[str, dict[str, Any]]:
    return {
        "ours settled": adyen_told(paid, "REFUND", minor=20_00, key=key),
        "ours failed late": adyen_told(paid, "REFUND_FAILED", minor=20_00, key=key),
        "again": chargeback_told(paid) | {"eventCode": "SECOND_CHARGEBACK"},
        "settled": adyen_told(paid, "REFUND") | {"pspReference": "RF2"},
        "failed late": adyen_told(paid, "REFUND_FAILED") | {"pspReference": "RF2"},
        "charged back": chargeback_told(paid),
        "reversed": chargeback_told(paid, is_reversed=True),
    }


def any_order(names: list[str]) -> st.SearchStrategy[list[tuple[str, bool]]]:
    """Each twice, with or without somebody listening in between."""
    return st.permutations(names * 2).flatmap(
        lambda order: st.tuples(*(st.tuples(st.just(name), st.booleans()) for name in order)).map(list)
    )


class AnyOrder(TestCase):
    def set_up(self) -> None:
        """Within the example, which is rolled back."""
        ours = make_organization("ours")
        self.edition: Edition = make_edition(ours)
        self.accounts: dict[str, MerchantAccount] = {name: make_account(ours, name) for name in ("stripe", "adyen")}
        self.staff = make_staff("staff@ours.example", organization=ours, role=Role.STAFF)
        self.manager = make_staff("manager@ours.example", organization=ours, role=Role.MANAGER)

    def hear(self, account: MerchantAccount, told: dict[str, Any], order: list[tuple[str, bool]]) -> None:
        for name, is_heard_at_once in order:
            deliver(account, told[name])
            if is_heard_at_once:
                hear_events(now=NOON)
        hear_events(now=NOON)

    def sent_refund(self, paid: Transaction) -> RefundRequest:
        refund = make_refund(paid.purchases.get(), by=self.staff, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=20_00)
        approve_refund(refund, by=self.manager, now=NOON)
        begin_attempts(now=NOON)
        return refund

    def came_to(self, paid: Transaction) -> tuple[Any, ...]:
        paid.refresh_from_db()
        entries = LedgerEntry.objects.filter(transaction=paid, account="outside").values_list("amount_minor", flat=True)
        assert sum(entries) == paid.outside_minor
        assert not ProviderEvent.objects.exclude(status__in=("applied", "ignored")).exists()
        taken = OutsideMovement.objects.order_by("kind", "provider_reference").values_list("kind", "state")
        return paid.outside_minor, paid.reserved_minor, paid.refunded_minor, *taken

    @settings(max_examples=12, deadline=None)
    @given(any_order(AT_STRIPE))
    def test_what_stripe_tells_comes_to_the_same(self, order: list[tuple[str, bool]]) -> None:
        self.set_up()
        paid = make_paid(self.edition, self.accounts["stripe"])

        self.hear(self.accounts["stripe"], told_by_stripe(paid), order)

        gone = (("chargeback", "returned"), ("refund", "returned"), ("refund", "taken"))
        assert self.came_to(paid) == (100_00, 0, 0, *gone)

    @settings(max_examples=12, deadline=None)
    @given(any_order(AT_ADYEN))
    def test_what_adyen_tells_comes_to_the_same(self, order: list[tuple[str, bool]]) -> None:
        self.set_up()
        paid = make_paid(self.edition, self.accounts["adyen"])
        refund = self.sent_refund(paid)

        self.hear(self.accounts["adyen"], told_by_adyen(paid, f"{refund.pk}-1"), order)

        refund.refresh_from_db()
        gone = (("chargeback", "returned"), ("chargeback", "taken"), ("refund", "returned"))
        assert (refund.status, *self.came_to(paid)) == ("failed", 515_00, 0, 0, *gone)
