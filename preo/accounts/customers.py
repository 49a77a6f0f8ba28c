"""Customers in the words of another system: who they are here, and what their orders add to what is known of them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Upper

from preo.accounts.models import Customer, Organization, OrganizationCustomer
from preo.copying import copy_in, row_of
from preo.public_ids import decode, new
from preo.recording import operation


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as another system names one: by external id, e-mail address (ASCII) or both. Phone in E.164."""

    external_id: str
    email: str
    full_name: str
    phone_number: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Buyer:
    """Of a customer row, what an order needs."""

    id: str
    full_name: str
    email: str
    phone_number: str


@dataclass(frozen=True, slots=True)
class Known:
    """Customers by what names them; `named` are the ids of those who have their one external id already."""

    by_external_id: dict[str, Buyer] = field(default_factory=dict)
    by_email: dict[str, Buyer] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)

    def find(self, person: Person) -> Buyer | None:
        """The external id decides; an address is one customer's, under whatever external ids it comes."""
        return self.by_external_id.get(person.external_id) or self.by_email.get(person.email.upper())

    def learn(self, person: Person, buyer: Buyer) -> None:
        """What is known already stays, as it will in the database."""
        if person.external_id and buyer.id not in self.named:
            self.by_external_id[person.external_id] = buyer
            self.named.add(buyer.id)
        if person.email:
            self.by_email.setdefault(person.email.upper(), buyer)

    def update(self, other: "Known") -> None:
        self.by_external_id.update(other.by_external_id)
        self.by_email.update(other.by_email)
        self.named.update(other.named)


@dataclass(frozen=True, slots=True)
class Spent:
    """One order of a customer, in minor units of `currency`. `external_id` may be empty."""

    customer_id: str
    external_id: str
    ordered_at: datetime
    amount_minor: int
    currency: str


def known_among(organization: Organization, *, people: Sequence[Person]) -> Known:
    """The customers whom the people are: those the organization knows by external id, anyone by e-mail address.

    Whoever the organization merged into another is the other.
    """
    external_ids = {person.external_id for person in people if person.external_id}
    emails = {person.email.upper() for person in people if person.email}
    rows = OrganizationCustomer.objects.filter(organization=organization, external_id__in=external_ids)
    columns = [f"customer__{column.name}" for column in fields(Buyer)]
    by_external_id = {external_id: Buyer(*of) for external_id, *of in rows.values_list("external_id", *columns)}
    by_email = _with_emails(emails)
    merged = _merged_among(organization, [buyer.id for buyer in by_email.values()])
    by_email = {email: merged.get(buyer.id, buyer) for email, buyer in by_email.items()}
    found = {buyer.id for buyer in [*by_external_id.values(), *by_email.values()]}
    named = OrganizationCustomer.objects.filter(
        organization=organization, customer__in=found, external_id__isnull=False
    )
    return Known(by_external_id, by_email, set(named.values_list("customer", flat=True)))


def meet(people: Iterable[Person], *, known: Known) -> tuple[list[Buyer], list[tuple[Buyer, Person]]]:
    """A buyer for each person, and those of them, with their person, that nobody knew; `known` learns all."""
    met, unknown = [], []
    for person in people:
        buyer = known.find(person)
        if buyer is None:
            buyer = Buyer(new("usr"), person.full_name, person.email, person.phone_number)
            unknown.append((buyer, person))
        known.learn(person, buyer)
        met.append(buyer)
    return met, unknown


@operation
def find_or_create_customers(
    organization: Organization, *, people: Sequence[Person], now: datetime
) -> tuple[list[Buyer], int]:
    """A customer for each person, and how many are new. Nobody who is known already is changed."""
    _hold_addresses(person.email.upper() for person in people if person.email)
    met, unknown = meet(people, known=known_among(organization, people=people))
    copy_in(
        Customer,
        fields=("id", "full_name", "email", "phone_number", "date_joined", "created", "modified"),
        rows=(
            row_of((decode(buyer.id)[1], buyer.full_name, buyer.email, buyer.phone_number, person.since, now, now))
            for buyer, person in unknown
        ),
    )
    return met, len(unknown)


@operation
def note_orders(organization: Organization, *, spent: Iterable[Spent], now: datetime) -> None:
    """Add orders to what the organization knows of their customers, whom it thereby comes to know.

    Not idempotent: it belongs in the transaction that creates the orders.
    """
    sums: dict[str, list[Spent]] = {}
    for order in spent:
        sums.setdefault(order.customer_id, []).append(order)
    # In one order everywhere, so that two transactions never wait for each other.
    rows = [(decode(new("oct"))[1], decode(customer)[1], *_sum_up(sums[customer])) for customer in sorted(sums)]
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_ADD_UP, [decode(organization.pk)[1], now, now, *columns])


_ADD_UP = """
    INSERT INTO accounts_organizationcustomer AS known (
        organization_id, created, modified,
        id, customer_id, external_id, first_order_at, last_order_at, order_count, total_spent_minor
    )
    SELECT %s, %s, %s, id, customer_id, external_id, first, last, count, jsonb_build_object(currency, minor)
    FROM unnest(
        %s::uuid[], %s::uuid[], %s::text[], %s::timestamptz[], %s::timestamptz[],
        %s::integer[], %s::text[], %s::bigint[]
    ) AS new (id, customer_id, external_id, first, last, count, currency, minor)
    ON CONFLICT (organization_id, customer_id) WHERE merged_from_id IS NULL DO UPDATE SET
        external_id = coalesce(known.external_id, excluded.external_id),
        first_order_at = least(known.first_order_at, excluded.first_order_at),
        last_order_at = greatest(known.last_order_at, excluded.last_order_at),
        order_count = known.order_count + excluded.order_count,
        total_spent_minor = known.total_spent_minor || (
            SELECT jsonb_object_agg(key, value::bigint + coalesce((known.total_spent_minor ->> key)::bigint, 0))
            FROM jsonb_each_text(excluded.total_spent_minor)
        ),
        modified = excluded.modified
"""


def _sum_up(orders: Sequence[Spent]) -> tuple[str | None, datetime, datetime, int, str, int]:
    """External id, first, last, count, currency and sum of the orders of one customer, which share a currency."""
    moments = [order.ordered_at for order in orders]
    external_id = next((order.external_id for order in orders if order.external_id), None)
    total_minor = sum(order.amount_minor for order in orders)
    return external_id, min(moments), max(moments), len(orders), orders[0].currency, total_minor


def _with_emails(emails: Collection[str]) -> dict[str, Buyer]:
    """Of anyone; the addresses in upper case."""
    rows = Customer.objects.annotate(folded=Upper("email")).filter(~Q(email=""), folded__in=emails).order_by()
    return {email: Buyer(*of) for email, *of in rows.values_list("folded", *(column.name for column in fields(Buyer)))}


def _merged_among(organization: Organization, customer_ids: Collection[str]) -> dict[str, Buyer]:
    """Those of the customers that the organization merged into others, and into whom."""
    rows = OrganizationCustomer.objects.filter(organization=organization, merged_from__in=customer_ids)
    columns = [f"customer__{column.name}" for column in fields(Buyer)]
    return {merged: Buyer(*of) for merged, *of in rows.values_list("merged_from", *columns)}


_HOLD = """
    SELECT id FROM accounts_customer WHERE email <> '' AND upper(email) = ANY(%s) ORDER BY id FOR KEY SHARE
"""


def _hold_addresses(emails: Iterable[str]) -> None:
    """Let nobody take these addresses from their customers, as an erasure elsewhere would, until the end.

    In upper case; a statement of its own, so that the next one sees what was done while this one waited.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [sorted(set(emails))])
