"""What one edition has of every kind of row, each text of which says whose it is."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from django.apps import apps
from django.db import connection, models

from editions.choices import HealthStatus, TriggerEvent
from editions.models import Category, Coupon, Edition, FeeRule, HealthChange, Option, PassDesign, SenderDomain, Trigger
from preo.accounts.models import Customer, CustomerExport, OrganizationCustomer, StaffUser
from preo.api.roles import Role
from preo.customers.operations.erasing import ask_for_erasure
from preo.public_ids import PublicIdField
from refunds.models import OutsideMovement
from tests.consents.asking import answer, make_asked, make_next
from tests.customers.lives import PHONE, a_whole_life
from tests.factories import (
    NOON,
    make_edition_member,
    make_email_message,
    make_location,
    make_order,
    make_refund,
    make_staff,
    make_token,
    make_vendor,
)
from tests.house.table import TABLE

Row = Any
MAKERS = list(dict.fromkeys(needs.row for needs in TABLE.values() if needs.row))
"""Of what the routes are about; a new route brings its own."""

UNMARKED = re.compile(
    r"object_type|operation|actor_type|service|provider|type|kind|credential|currency|country|digest|password|timezone"
    r"|phone_number|language|locale|(text_)?sha256|(avatar_)?key|file|content_type|color|domain|about|fingerprint|status|result"
)
"""Columns whose texts are words of the product or of a standard, though no choices say so."""

ID = re.compile(r"[a-z]{2,4}_[0-7][0-9a-hjkmnp-tv-z]{25}")
SHORTEST = 16
"""Columns below it have no room for a mark."""


@dataclass(frozen=True)
class World:
    """An edition, a row of each maker in it, and the ids of everything that came with it.

    Of a second edition of an organization these are what is of the edition; the rest is the organization's as a whole,
    and for all who work there. The `friend` is a customer who buys in all worlds, and so bears the mark of none.
    """

    edition: Edition
    mark: str
    rows: Mapping[Any, Row]
    friend: Customer
    ids: frozenset[str]
    phones: frozenset[str]

    @cached_property
    def kinds(self) -> dict[str, str]:
        """By kind, the id of a row."""
        return {key.partition("_")[0]: key for key in sorted(self.ids)} | {"edt": self.edition.pk}

    def row_to_read(self, make: Any) -> Row:
        """What a caller who is at home here looks at; of customers the one whom others know as well."""
        row = self.rows[make]
        return self.friend if isinstance(row, Customer) else row

    def leaks_in(self, text: str) -> set[str]:
        """What there is of this world in an answer that should have nothing of it."""
        return {*self.secrets.findall(text), *(self.ids & {*ID.findall(text)})}

    @cached_property
    def secrets(self) -> re.Pattern[str]:
        """What no answer to somebody else may have in it."""
        return re.compile("|".join(map(re.escape, [self.mark, *self.phones])), re.IGNORECASE)


def make_world(edition: Edition, *, mark: str, friend: Customer, before: frozenset[str]) -> World:
    """With all that there can be. `before` are the ids that there were before the edition, or its organization."""
    rows = {make: make(edition, 1) for make in MAKERS}
    _furnish(edition)
    _befriend(friend, edition)
    ids = frozenset(all_ids()) - before
    if edition.organization_id in before:
        ids &= _ids_of_edition(edition)
    _mark_texts(ids, mark)
    people = Customer.objects.filter(pk__in=[key for key in ids if key.startswith("usr_")])
    phones = frozenset(people.values_list("phone_number", flat=True)) - {"", PHONE}
    for row in rows.values():
        row.refresh_from_db()
    return World(edition, mark, rows, friend, ids, phones)


def make_friend() -> Customer:
    """Nobody knows them yet."""
    return Customer.objects.create(full_name="Freja Friis", email="freja@example.org", phone_number="+4577777777")


def all_ids() -> Iterator[str]:
    """The typed ids of all rows there are."""
    for model in _models():
        yield from model._base_manager.order_by().values_list("pk", flat=True)


_PATHS = (
    *("edition_id", "order__edition_id", "product__edition_id", "cart__edition_id", "orders__edition_id"),
    *("consent__edition_id", "transaction__order__edition_id"),
)
"""To the edition of a row that has one; of a customer, to those that they ordered in."""


def _ids_of_edition(edition: Edition) -> set[str]:
    """Of what is of the edition, and not of its organization as a whole."""
    merged_away = OrganizationCustomer.objects.filter(organization=edition.organization_id, merged_from__isnull=False)
    found = {edition.pk, *merged_away.values_list("merged_from_id", flat=True)}
    for model in _models():
        for path in filter(partial(_leads, model), _PATHS):
            found |= {*model._base_manager.filter(**{path: edition.pk}).order_by().values_list("pk", flat=True)}
    return found


def _furnish(edition: Edition) -> None:
    """What no route is about, and all that can be kept of a customer."""
    organization = edition.organization
    slug = edition.slug
    manager = make_staff(f"manager-{slug}@{organization.slug}.example", organization=organization, role=Role.MANAGER)
    make_edition_member(f"helper-{slug}@{organization.slug}.example", edition=edition, role=Role.STAFF)
    message = make_email_message(organization, edition=edition)
    make_email_message(organization)
    make_location(edition)
    make_vendor(edition, organization, code=f"BAR-{slug}")
    Category.objects.create(edition=edition, name="Tents")
    Coupon.objects.create(edition=edition, code=f"EARLY-{slug}", rate_off=5)
    PassDesign.objects.create(edition=edition, name="Pass")
    Trigger.objects.create(edition=edition, event=TriggerEvent.ORDER_COMPLETED, email_message=message)
    FeeRule.objects.create(organization=organization, name="Fees")
    SenderDomain.objects.create(organization=organization, domain=f"{slug}.example.com")
    Option.objects.create(product=edition.products.all()[0], name="Pitched", price_mod_minor=50_00)
    HealthChange.objects.create(edition=edition, status=HealthStatus.WARNING)
    make_next(make_asked(organization))
    make_token(organization)
    _keep_all_of_a_customer(edition, manager)


def _keep_all_of_a_customer(edition: Edition, manager: StaffUser) -> None:
    customer = a_whole_life(edition, manager=manager)
    order = make_order(edition, customer=customer)
    OutsideMovement.objects.create(
        transaction=order.transactions.get(),
        kind="refund",
        provider_reference=f"re_{order.pk}",
        amount_minor=1_00,
        currency="dkk",
        state="taken",
    )
    ask_for_erasure(customer, organization=edition.organization, by=manager, reason="Asked by letter", now=NOON)
    CustomerExport.objects.create(
        organization=edition.organization, customer_id=customer.pk, exported_by=manager, sha256="0" * 64
    )


def _befriend(customer: Customer, edition: Edition) -> None:
    """Somebody whom others know buys here, asks for a refund and agrees to something."""
    organization = edition.organization
    known, is_new = OrganizationCustomer.objects.get_or_create(organization=organization, customer=customer)
    if is_new:
        OrganizationCustomer.objects.filter(pk=known.pk).update(external_id=f"friend-{customer.pk}")
    order = make_order(edition, customer=customer)
    asker = make_staff(f"friend-{order.pk}@{organization.slug}.example", organization=organization, role=Role.STAFF)
    make_refund(order.purchases.get(), by=asker)
    answer(known, make_asked(organization, edition=edition))


def _mark_texts(ids: frozenset[str], mark: str) -> None:
    """Put the mark in front of every text of these rows, whatever triggers say."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for model in _models():
            if keys := [key for key in ids if key.startswith(f"{_prefix(model)}_")]:
                _mark_rows(model, keys, mark)
        cursor.execute("SET LOCAL session_replication_role = origin")


def _mark_rows(model: type[Any], keys: list[str], mark: str) -> None:
    texts = [field for field in model._meta.concrete_fields if _has_room(field)]
    plain = [field for field in texts if not isinstance(field, models.JSONField)]
    rows = list(model._base_manager.filter(pk__in=keys))
    for row in rows:
        for field in plain:
            text = getattr(row, field.attname)
            if text and not ID.search(text):
                setattr(row, field.attname, f"{mark}{text}"[: field.max_length])
        for field in texts:
            if isinstance(field, models.JSONField):
                setattr(row, field.attname, _marked(getattr(row, field.attname), mark))
    if texts:
        model._base_manager.bulk_update(rows, [field.name for field in texts])


def _has_room(field: Any) -> bool:
    if field.choices or UNMARKED.fullmatch(field.name):
        return False
    if isinstance(field, models.JSONField):
        return field.name in ("metadata", "subject", "blocks", "consent_text")
    is_text = isinstance(field, models.CharField | models.TextField)
    return is_text and (field.max_length is None or field.max_length >= SHORTEST)


def _marked(value: Any, mark: str, name: str = "") -> Any:
    """Texts by language, and whatever is in metadata."""
    if isinstance(value, dict):
        return {key: _marked(inner, mark, key) for key, inner in value.items()} or {"note": mark}
    if isinstance(value, list):
        return [_marked(inner, mark) if isinstance(inner, dict) else inner for inner in value]
    is_words = isinstance(value, str) and (len(name) == len("en") or name in ("note", "club", "gift", "to", "holder"))
    return f"{mark} {value}" if is_words else value


def _models() -> list[type[Any]]:
    return [model for model in apps.get_models() if isinstance(model._meta.pk, PublicIdField) and not model._meta.proxy]


def _prefix(model: type[models.Model]) -> str:
    assert isinstance(model._meta.pk, PublicIdField)
    return model._meta.pk.prefix


def _leads(model: type[Any], path: str) -> bool:
    first, is_longer, _ = path.partition("__")
    if is_longer:
        return first in {field.name for field in model._meta.get_fields() if field.is_relation}
    return path in {field.attname for field in model._meta.concrete_fields}


KINDS_OF_ROWS = [_prefix(model) for model in _models()]
