"""Merging duplicates: in one organization, all that is of one customer becomes another's."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from orders.operations.searching import refresh_search_text
from preo.accounts.models import Customer, Erasure, Organization, OrganizationCustomer, StaffUser
from preo.customers.comparing import MergePreview, compared
from preo.customers.events import tell
from preo.customers.naming import require_nameless
from preo.customers.operations.changing import LARGEST_METADATA, SEARCHED, organizations_knowing
from preo.customers.operations.holding import hold_customers, hold_known, hold_orders, hold_organization
from preo.customers.operations.moving import move_what_was_bought
from preo.customers.refusals import (
    AlreadyMerged,
    CustomerErased,
    CustomerUnknown,
    ErasureAsked,
    OtherHasTheAddress,
    SameCustomer,
    TooMuchMetadata,
)
from preo.recording import operation, seen_only_by
from preo.webhooks.outbox import announce

SUMS = ("first_order_at", "last_order_at", "order_count", "total_spent_minor")


def preview_merge(keep: Customer, duplicate: Customer, *, organization: Organization) -> MergePreview:
    """What merge_customers would do now; writes nothing and locks nothing. Raises what it raises."""
    pair = (keep.pk, duplicate.pk)
    known = list(OrganizationCustomer.objects.filter(organization=organization, customer__in=pair).order_by("id"))
    _require_mergeable(keep, duplicate, organization=organization, known=known)
    return _compared(keep, duplicate, organization=organization, known=known)


@operation
def merge_customers(
    keep: Customer, duplicate: Customer, *, organization: Organization, by: StaffUser, reason: str, now: datetime
) -> MergePreview:
    """Let all that the organization has of the duplicate be the kept customer's; there is no way back.

    Orders with purchases, payments and refunds, carts, answers to consents, and what was merged into the duplicate
    before. The organization then no longer knows the duplicate, and whoever comes as it again is the kept customer.
    What the kept profile lacks is filled, which each organization that knows it is told as of any change of it; nothing
    depends on whether there is another. That `by` is a manager of the whole organization is the caller's check. Locks
    as holding.py says.

    Raises SameCustomer, CustomerUnknown, AlreadyMerged, CustomerErased, ErasureAsked, NamesTheCustomer,
    OtherHasTheAddress, TooMuchMetadata.
    Rule: "Merging" in docs/rules.md.
    """
    pair = (keep.pk, duplicate.pk)
    organization = hold_organization(organization.pk)
    known = hold_known(organization, pair)
    _require_mergeable(keep, duplicate, organization=organization, known=known)
    customers = hold_customers(pair)
    keep, duplicate = customers[keep.pk], customers[duplicate.pk]
    for customer in (keep, duplicate):
        require_nameless(reason, customer=customer)
    merged = _compared(keep, duplicate, organization=organization, known=known)
    orders = hold_orders(organization, [duplicate.pk])
    filled = {each.name: each.becomes for each in merged.differences if each.is_taken_over}
    if filled:
        _fill(keep, filled, organization=organization, now=now)
    _see(keep, duplicate, now=now)
    move_what_was_bought([duplicate.pk], to=keep, organization=organization, now=now)
    _join(known, keep=keep, duplicate=duplicate, now=now)
    if orders or SEARCHED & filled.keys():
        refresh_search_text(keep)
    _tell(merged, now=now)
    return merged


def _require_mergeable(
    keep: Customer, duplicate: Customer, *, organization: Organization, known: Sequence[OrganizationCustomer]
) -> None:
    """Raises SameCustomer, CustomerUnknown, AlreadyMerged, CustomerErased, ErasureAsked."""
    if keep.pk == duplicate.pk:
        raise SameCustomer("A customer can't be merged with itself.")
    for customer in (keep, duplicate):
        row = _own(known, customer)
        if row is None:
            require_not_merged(customer.pk, organization=organization)
            raise CustomerUnknown(f"The organization knows no customer {customer.pk}.")
        if row.erased_at:
            raise CustomerErased(f"{customer.pk} was erased.")
    waiting = Erasure.objects.waiting().filter(organization=organization, customer_id__in=[keep.pk, duplicate.pk])
    if waiting.exists():
        raise ErasureAsked("Somebody asked to erase one of the two; that has to be decided first.")


def _compared(
    keep: Customer, duplicate: Customer, *, organization: Organization, known: Sequence[OrganizationCustomer]
) -> MergePreview:
    """Of the profiles as they are now, which may have changed until they were held.

    Raises OtherHasTheAddress, TooMuchMetadata.
    """
    if duplicate.email and not keep.email:
        detail = f"{keep.pk} has no e-mail address, and {duplicate.pk} has one. Keep {duplicate.pk} instead."
        raise OtherHasTheAddress(detail)
    merged = compared(keep, duplicate, organization=organization, known=known)
    for each in merged.differences:
        if each.name == "metadata" and each.is_taken_over and len(json.dumps(each.becomes)) > LARGEST_METADATA:
            raise TooMuchMetadata(f"The metadata of both together is above {LARGEST_METADATA // 1024} KB.")
    return merged


def _own(known: Sequence[OrganizationCustomer], customer: Customer) -> OrganizationCustomer | None:
    """The row of the customer itself, not that of a duplicate merged into it."""
    return next((row for row in known if row.customer_id == customer.pk and not row.merged_from_id), None)


def _fill(keep: Customer, values: Mapping[str, Any], *, organization: Organization, now: datetime) -> None:
    """Whoever else knows the kept customer is told what changed, and not by whom."""
    seen_only_by([organization.pk])
    for name, value in values.items():
        setattr(keep, name, value)
    keep.modified = now
    keep.save(update_fields=[*values, "modified"])
    tell(keep, "updated", organization_ids=organizations_knowing(keep), now=now, changed=values)


def _see(keep: Customer, duplicate: Customer, *, now: datetime) -> None:
    """Who was seen last as the duplicate was seen; since when the kept customer is one stays as it is."""
    if duplicate.last_seen and (keep.last_seen is None or keep.last_seen < duplicate.last_seen):
        Customer.objects.filter(pk=keep.pk).update(last_seen=duplicate.last_seen, modified=now)


def require_not_merged(customer_id: str, *, organization: Organization) -> None:
    """Raises AlreadyMerged, with whom the organization merged this customer into."""
    rows = OrganizationCustomer.objects.filter(organization=organization, merged_from=customer_id, erased_at=None)
    if into := rows.values_list("customer_id", flat=True).first():
        raise AlreadyMerged(f"{customer_id} was merged into {into} before.", into=into)


def _join(known: Sequence[OrganizationCustomer], *, keep: Customer, duplicate: Customer, now: datetime) -> None:
    """The kept row gets what the other had; the other, and all that led to it, lead to the kept one."""
    kept, other = _own(known, keep), _own(known, duplicate)
    if kept is None or other is None:
        raise AssertionError("Both are known here, as was required.")
    earlier = [row.pk for row in known if row.customer_id == duplicate.pk and row.merged_from_id]
    _add(kept, other, now=now)
    # One external id is known once, so that the one row lets go of it before the other takes it.
    name, other.external_id = other.external_id, other.external_id if kept.external_id else None
    kept.external_id = kept.external_id or name
    other.customer, other.merged_from, other.modified = keep, duplicate, now
    other.order_count, other.total_spent_minor, other.first_order_at, other.last_order_at = 0, {}, None, None
    other.save(update_fields=["customer", "merged_from", "external_id", *SUMS, "modified"])
    # Only now: the database lets them follow the duplicate, and go nowhere else.
    OrganizationCustomer.objects.filter(pk__in=earlier).update(customer=keep, modified=now)
    kept.save(update_fields=["external_id", *SUMS, "modified"])


def _add(kept: OrganizationCustomer, other: OrganizationCustomer, *, now: datetime) -> None:
    """Counts and sums, and when it began and was last."""
    kept.order_count += other.order_count
    sums, more = kept.total_spent_minor, other.total_spent_minor
    kept.total_spent_minor = {key: sums.get(key, 0) + more.get(key, 0) for key in sorted({*sums, *more})}
    firsts = [row.first_order_at for row in (kept, other) if row.first_order_at]
    lasts = [row.last_order_at for row in (kept, other) if row.last_order_at]
    kept.first_order_at, kept.last_order_at = min(firsts, default=None), max(lasts, default=None)
    kept.modified = now


def _tell(merged: MergePreview, *, now: datetime) -> None:
    payload = {"id": merged.keep_id, "organization_id": merged.organization_id, "duplicate_id": merged.duplicate_id}
    announce("customer.merged", payload, organization_id=merged.organization_id, edition_id=None, now=now)
