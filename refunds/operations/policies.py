"""Changing what an organization lets its people give back."""

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from preo.accounts.models import Organization, StaffUser
from preo.errors import InvalidField
from preo.recording import operation
from preo.webhooks.outbox import announce
from refunds.models.policy import CEILINGS, POLICY, limits_of
from refunds.states import RefundReason

LIMITS = [name for name in POLICY if name.endswith("_minor")]
SECOND, ALONE = "refund_second_approver_above_minor", "refund_self_approved_up_to_minor"


@operation
def change_refund_policy(
    organization: Organization, *, changes: Mapping[str, Any], by: StaffUser, now: datetime
) -> Organization:
    """Set some of the columns in `POLICY`, and no other: limits in minor units of whatever is refunded, None for none.

    What was asked for before keeps the limits of its time. That `by` is an admin is the caller's check: an admin may
    raise their own ceiling, and the history says so. Raises InvalidField. Rule: "Refund policy" in docs/rules.md.
    """
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    before = limits_of(organization)
    if others := changes.keys() - before.keys():
        raise ValueError(f"not part of the policy: {sorted(others)}")
    for name, value in changes.items():
        setattr(organization, name, value)
    limits = limits_of(organization)
    if limits == before:
        return organization
    _require_sound(limits)
    organization.modified = now
    organization.save(update_fields=[*POLICY, "modified"])
    payload = {"id": organization.pk, **limits}
    announce("organization.refund_policy_changed", payload, organization_id=organization.pk, edition_id=None, now=now)
    return organization


def _require_sound(limits: Mapping[str, Any]) -> None:
    for name in LIMITS:
        if limits[name] is not None and limits[name] < 0:
            raise InvalidField(name, "negative", "A limit can't be negative.")
    if limits[SECOND] is None:
        raise InvalidField(SECOND, "required", "Say above which amount a second person must approve.")
    if limits[ALONE] is not None and limits[ALONE] > limits[SECOND]:
        detail = "What needs a second person can't be approved by nobody: this must not be above that limit."
        raise InvalidField(ALONE, "above_second_approver", detail)
    _require_rising(limits)
    if unknown := sorted(set(limits["refund_reasons_with_comment"]) - set(RefundReason.values)):
        raise InvalidField("refund_reasons_with_comment", "unknown_reason", f"There is no reason {', '.join(unknown)}.")


def _require_rising(limits: Mapping[str, Any]) -> None:
    """A role can't ask for more at once than one above it."""
    known = [name for name in CEILINGS if limits[name] is not None]
    for lower, higher in pairwise(known):
        if limits[lower] > limits[higher]:
            raise InvalidField(lower, "above_higher_role", "A role above this one has a lower ceiling.")
