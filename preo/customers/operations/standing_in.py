"""Who stands in for an erased customer: somebody without a name, to whom the bookkeeping refers from then on."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from orders.operations.searching import refresh_search_text
from preo.accounts.models import Customer, Organization, OrganizationCustomer
from preo.accounts.models.customers import NO_LANGUAGE
from preo.customers.operations.moving import move_what_was_bought
from preo.updating import update_each


def give_to_stand_ins(
    known: Sequence[OrganizationCustomer],
    customers: Mapping[str, Customer],
    *,
    organization: Organization,
    now: datetime,
) -> None:
    """Let what the organization has of these customers be a new customer's, of whom nothing is known.

    `known` are its rows of them, whose answers and sums stay; a duplicate that was merged gets a stand-in of its own.
    A step of an operation, which holds everything first. Nothing keeps whom a stand-in stands for.
    """
    merged = [row for row in known if row.merged_from_id]
    stand_in, *others = _made(1 + len(merged), now=now)
    move_what_was_bought(customers.keys(), to=stand_in, organization=organization, now=now)
    refresh_search_text(stand_in)
    for row, other in zip(merged, others, strict=True):
        row.merged_from = other
    for row in known:
        row.customer, row.external_id, row.erased_at, row.modified = stand_in, None, now, now
    update_each(known, ["customer", "merged_from", "external_id", "erased_at", "modified"])


def _made(number: int, *, now: datetime) -> list[Customer]:
    times = {"date_joined": now, "created": now, "modified": now}
    return Customer.objects.bulk_create(Customer(**times, locale=NO_LANGUAGE) for _ in range(number))
