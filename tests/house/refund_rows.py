"""Refunds that are further on in their lives, for routes that are about those alone."""

from typing import Any

from editions.models import Edition
from preo.accounts.models import StaffUser
from preo.api.roles import Role
from refunds.models import RefundRequest
from refunds.operations import approve_refund, execute_ready
from refunds.states import RefundScope
from tests.factories import NOON, make_purchase, make_refund, make_staff


def a_failed_refund(edition: Edition, children: int = 1) -> RefundRequest:
    """The sandbox declines an amount that ends in 01."""
    return _carried_out(edition, scope=RefundScope.PURCHASE_CUSTOM, amount_minor=20_01)


def a_refund_by_hand(edition: Edition, children: int = 1) -> RefundRequest:
    """Approved, and waiting for somebody to pay it."""
    return _carried_out(edition, service="manual")


def _carried_out(edition: Edition, *, service: str = "sandbox", **others: Any) -> RefundRequest:
    refund = make_refund(make_purchase(edition, service=service), by=_asker(edition), **others)
    approve_refund(refund, by=refund.staff_user, now=NOON)
    execute_ready(now=NOON)
    return RefundRequest.objects.get(pk=refund.pk)


def _asker(edition: Edition) -> StaffUser:
    email = f"cashier@{edition.organization.slug}.example"
    known = StaffUser.objects.filter(email=email).first()
    return known or make_staff(email, organization=edition.organization, role=Role.STAFF)
