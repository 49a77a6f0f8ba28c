"""Erasing: one organization forgets a customer, which one person asks for and another carries out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from preo.accounts.models import Customer, Erasure, Organization, OrganizationCustomer, StaffUser
from preo.accounts.states import MOVES, ErasureStatus
from preo.customers.holdings import counts_of, mentions_of
from preo.customers.naming import require_nameless
from preo.customers.obstacles import obstacles_to_erasing
from preo.customers.operations.forgetting import forget_records, forget_traces
from preo.customers.operations.holding import (
    hold_customers,
    hold_known,
    hold_orders,
    hold_organization,
    known_elsewhere,
)
from preo.customers.operations.standing_in import give_to_stand_ins
from preo.customers.refusals import CustomerErased, CustomerUnknown, ErasureAsked, NeedsSecondPerson
from preo.errors import DomainError, InvalidField
from preo.recording import operation, recorded
from preo.states import require_move
from preo.webhooks.outbox import announce


@dataclass(frozen=True, slots=True)
class ErasurePreview:
    """What erasing a customer in one organization would touch, and what stands in its way for now.

    `counts` has `orders`, `purchases`, `carts`, `refunds`, `answers` and `merged`, the duplicates merged into the
    customer, who are erased as well. `mentions` are refunds in whose comments staff name the customer: these stay. The
    `obstacles` are the refusals that carrying it out would raise.
    """

    organization_id: str
    customer_id: str
    counts: Mapping[str, int]
    mentions: int
    obstacles: Sequence[DomainError]


def preview_erasure(customer: Customer, *, organization: Organization) -> ErasurePreview:
    """What carry_out_erasure would do now; writes nothing and locks nothing. Raises CustomerUnknown, CustomerErased."""
    rows = OrganizationCustomer.objects.filter(organization=organization, customer=customer.pk)
    known = _require_known(customer.pk, list(rows))
    return ErasurePreview(
        organization_id=organization.pk,
        customer_id=customer.pk,
        counts={**counts_of(organization, [customer.pk]), "merged": len(known) - 1},
        mentions=mentions_of(organization, customer),
        obstacles=list(obstacles_to_erasing(organization, _ids_of(customer.pk, known))),
    )


@operation
def ask_for_erasure(
    customer: Customer, *, organization: Organization, by: StaffUser, reason: str, now: datetime
) -> Erasure:
    """Ask that the organization forgets a customer. Nothing is erased before a second person carries it out.

    The reason stays, so it must not say whom it is about. That `by` is a manager of the whole organization is the
    caller's check. Raises InvalidField without a reason; NamesTheCustomer; CustomerUnknown, CustomerErased,
    ErasureAsked.
    Rule: "Erasure" in docs/rules.md.
    """
    if not reason.strip():
        raise InvalidField("reason", "required", "Say why the customer is erased.")
    organization = hold_organization(organization.pk)
    rows = OrganizationCustomer.objects.filter(organization=organization, customer=customer.pk)
    _require_known(customer.pk, list(rows))
    require_nameless(reason, customer=Customer.objects.get(pk=customer.pk))
    if Erasure.objects.waiting().filter(organization=organization, customer_id=customer.pk).exists():
        raise ErasureAsked("Somebody asked for this already.")
    asked = Erasure.objects.create(
        organization=organization,
        customer_id=customer.pk,
        reason=reason.strip()[:500],
        asked_by=by,
        created=now,
        modified=now,
    )
    _tell(asked, "erasure_asked", now=now)
    return asked


def carry_out_erasure(erasure: Erasure, *, by: StaffUser, now: datetime) -> Erasure:
    """Let the organization forget the customer who was asked about; there is no way back. Done already, it stays so.

    What was bought goes to a stand-in without a name, and with it the bookkeeping; whatever says who that was is
    removed. Another organization that knows the customer keeps all it has, and nobody can tell whether there is one.
    That `by` is an admin of the organization is the caller's check. Locks as holding.py says.

    Raises NeedsSecondPerson; RefundUnderWay, MailUnderWay, ProviderEventUnclear while money or letters are on their
    way; IllegalMove once it was called off; CustomerUnknown, CustomerErased.
    Rule: "Erasure" in docs/rules.md.
    """
    with recorded("carry_out_erasure", by=by, reason=erasure.reason):
        organization = hold_organization(erasure.organization_id)
        erasure = _hold(erasure)
        if erasure.status != ErasureStatus.DONE:
            if why_not := why_not_carry_out(erasure, by=by):
                raise why_not
            _erase(erasure, organization, by=by, now=now)
        return erasure


def why_not_carry_out(erasure: Erasure, *, by: StaffUser) -> NeedsSecondPerson | None:
    """Why this person can't carry it out, if so."""
    if erasure.asked_by_id == by.pk:
        return NeedsSecondPerson("Who asked to erase a customer can't carry it out; another person has to.")
    return None


@operation
def call_off_erasure(erasure: Erasure, *, by: StaffUser, now: datetime) -> Erasure:
    """Let the customer stay; whoever asked may do so too. Raises IllegalMove once it is done or called off."""
    hold_organization(erasure.organization_id)
    erasure = _hold(erasure)
    _decide(erasure, ErasureStatus.CALLED_OFF, by=by, now=now)
    _tell(erasure, "erasure_called_off", now=now)
    return erasure


def _erase(erasure: Erasure, organization: Organization, *, by: StaffUser, now: datetime) -> None:
    require_move(MOVES, here=erasure.status, to=ErasureStatus.DONE)
    known = _require_known(erasure.customer_id, hold_known(organization, [erasure.customer_id]))
    gone = _ids_of(erasure.customer_id, known)
    customers = hold_customers(gone)
    orders = hold_orders(organization, gone)
    for obstacle in obstacles_to_erasing(organization, gone):
        raise obstacle
    forget_records(orders, organization=organization, customers=list(customers.values()), now=now)
    give_to_stand_ins(known, customers, organization=organization, now=now)
    unknown = gone - known_elsewhere(organization, gone)
    Customer.objects.filter(pk__in=unknown).update(
        full_name="", email="", phone_number="", metadata={}, last_seen=None, modified=now
    )
    _decide(erasure, ErasureStatus.DONE, by=by, now=now)
    _record_duplicates(erasure, gone - {erasure.customer_id}, now=now)
    forget_traces([row.pk for row in known], organization=organization, customer_ids=gone, unknown_ids=unknown)
    _tell(erasure, "erased", now=now)


def _require_known(customer_id: str, known: Sequence[OrganizationCustomer]) -> Sequence[OrganizationCustomer]:
    """Raises CustomerUnknown, CustomerErased."""
    own = next((row for row in known if not row.merged_from_id), None)
    if own is None:
        raise CustomerUnknown(f"The organization knows no customer {customer_id}.")
    if own.erased_at:
        raise CustomerErased(f"{customer_id} was erased.")
    return known


def _ids_of(customer_id: str, known: Sequence[OrganizationCustomer]) -> set[str]:
    """The customer, and the duplicates that were merged into it."""
    return {customer_id, *(row.merged_from_id for row in known if row.merged_from_id)}


def _hold(erasure: Erasure) -> Erasure:
    return Erasure.objects.select_for_update(of=("self",)).select_related("organization").get(pk=erasure.pk)


def _decide(erasure: Erasure, to: ErasureStatus, *, by: StaffUser, now: datetime) -> None:
    require_move(MOVES, here=erasure.status, to=to)
    erasure.status, erasure.decided_by, erasure.decided_at, erasure.modified = to, by, now, now
    erasure.save(update_fields=["status", "decided_by", "decided_at", "modified"])


def _record_duplicates(erasure: Erasure, customer_ids: set[str], *, now: datetime) -> None:
    """Whoever was merged into the customer is erased with it, under the same decision."""
    Erasure.objects.bulk_create(
        Erasure(
            organization_id=erasure.organization_id,
            customer_id=customer_id,
            status=erasure.status,
            reason=erasure.reason,
            asked_by_id=erasure.asked_by_id,
            decided_by_id=erasure.decided_by_id,
            decided_at=now,
            created=erasure.created,
            modified=now,
        )
        for customer_id in sorted(customer_ids)
    )


def _tell(erasure: Erasure, what: str, *, now: datetime) -> None:
    """Announce `customer.<what>`; subscribers who keep anything of the customer have to act on `customer.erased`."""
    payload = {"id": erasure.customer_id, "organization_id": erasure.organization_id, "erasure_id": erasure.pk}
    announce(f"customer.{what}", payload, organization_id=erasure.organization_id, edition_id=None, now=now)
