"""A copy of any edition: of the same shape, with nothing shared that anybody changes, and the original untouched."""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from django.db import connection
from django.db.models import JSONField, Model, Q
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from consents.models import Consent
from editions.choices import EmailScope, EmailTemplateMode, TriggerEvent
from editions.models import (
    Category,
    Coupon,
    Edition,
    EditionMembership,
    EmailMessage,
    Event,
    FeeRule,
    HealthChange,
    Location,
    MerchantAccount,
    Option,
    PassDesign,
    Product,
    ProductImage,
    Trigger,
    Variant,
    VendorParticipation,
)
from editions.operations.duplicate import duplicate_edition
from preo.accounts.models import Organization, StaffUser
from preo.api.roles import Role
from preo.files.models import StoredFile
from tests.editions.furnishing import make_file, make_message
from tests.factories import (
    NOON,
    make_edition,
    make_edition_member,
    make_location,
    make_order,
    make_organization,
    make_product,
    make_vendor,
)

COMMON = {Organization, Event, FeeRule, MerchantAccount, StoredFile, StaffUser}
"""Whose rows an edition and its copy may share."""

DRAFT = {"published": False, "published_date": None, "version": 1, "supersedes_id": None, "first_id": None}
WITH_JSON = {Edition: "metadata", Product: "description", PassDesign: "fields", EmailMessage: "blocks"}
Rows = dict[type[Model], list[Any]]


def some(random: Random, make: Callable[[int], Any]) -> list[Any]:
    """None to three of what `make` makes."""
    return [make(number) for number in range(random.randint(0, 3))]


def maybe(random: Random, rows: list[Any]) -> Any:
    return random.choice([None, *rows])


def make_any_edition(ours: Organization, random: Random) -> Edition:
    """With any number of everything, each thing referring to any other, and with what must stay behind."""
    files = [make_file(ours) for _ in range(2)]
    edition = make_edition(ours, start_date=NOON, meta_image=maybe(random, files), is_archived=random.random() < 0.5)
    categories = some(random, lambda number: Category.objects.create(edition=edition, name="Tents", order=number))
    gates = some(random, lambda number: make_location(edition, name=f"Gate {number}"))
    vendors = some(random, lambda number: make_vendor(edition, make_organization(f"bar{number}"), code=f"B{number}"))
    tents = some(
        random,
        lambda number: make_product(
            edition,
            category=maybe(random, categories),
            vendor=maybe(random, vendors),
            order=random.randint(0, 2),
            external_id=random.choice([None, f"T{number}"]),
        ),
    )
    for tent in tents:
        _furnish(tent, gates, files, random)
    some(random, lambda number: Coupon.objects.create(edition=edition, code=f"C\t{number}\\", rate_off=10 + number))
    _write_messages(edition, files, random)
    _ask_consents(edition, tents, random)
    some(random, lambda number: make_edition_member(f"m{number}@ours.example", edition=edition, role=Role.STAFF))
    make_order(edition, product=maybe(random, tents))
    HealthChange.objects.create(edition=edition, status="healthy")
    return edition


def _furnish(tent: Product, gates: list[Any], files: list[Any], random: Random) -> None:
    tent.locations.set(random.sample(gates, random.randint(0, len(gates))))
    some(random, lambda number: Variant.objects.create(product=tent, name="Größe\nL", price_minor=number, stock=None))
    some(random, lambda number: Option.objects.create(product=tent, name="'\\N'", price_mod_minor=-number))
    for place, file in enumerate(random.sample(files, random.randint(0, 2))):
        ProductImage.objects.create(product=tent, file=file, order=place)


def _write_messages(edition: Edition, files: list[Any], random: Random) -> None:
    ours = edition.organization
    of_platform = EmailMessage.objects.create(title="Platform's", type="other", scope=EmailScope.PLATFORM)
    of_another = make_message(ours, edition=make_edition(ours, name="Another"))
    messages = [of_platform, of_another, make_message(ours), make_message(ours, edition=edition)]
    some(
        random,
        lambda _: Trigger.objects.create(
            edition=edition,
            event=random.choice(TriggerEvent.values),
            email_message=random.choice(messages),
            is_active=random.random() < 0.5,
        ),
    )
    some(random, lambda _: PassDesign.objects.create(edition=edition, name="Pass", logo=maybe(random, files)))
    edition.transaction_receipt_email = maybe(random, messages)
    edition.refund_confirmation_email = maybe(random, messages)
    edition.save()


def _ask_consents(edition: Edition, tents: list[Product], random: Random) -> None:
    ours = edition.organization
    Consent.objects.create(organization=ours, title="Of all", published=True, published_date=NOON)
    first = Consent.objects.create(organization=ours, edition=edition, title="Terms")
    if random.random() < 0.5:
        later: Any = {"version": 2, "supersedes": first, "first": first}
        Consent.objects.create(organization=ours, edition=edition, title="Terms 2", **later)
    for tent in tents:
        consent = Consent.objects.create(organization=ours, title="Tents")
        consent.products.set({tent, random.choice(tents)})
        Consent.objects.filter(pk=consent.pk).update(published=True, published_date=NOON)


def write_ids_into_json(edition: Edition, random: Random) -> None:
    """Ids of rows of every kind, as whole strings, in links, as names of members; some that lead elsewhere too."""
    rows = [row for found in rows_of(edition, with_memberships=True).values() for row in found]
    ids = [str(row.pk) for row in rows] + [str(edition.orders.get().pk), str(edition.organization_id), "prd_no"]
    for model, name in WITH_JSON.items():
        for row in rows_of(edition, with_memberships=True)[model]:
            one, two, three = random.choices(ids, k=3)
            value = {"a": one, "b": [f"https://x.example/{two}?y=ø\n{three}", {two: {"\\": [None, 1, one * 2]}}]}
            model._default_manager.filter(pk=row.pk).update(**{name: value if name != "fields" else [value]})


def rows_of(edition: Edition, *, with_memberships: bool) -> Rows:
    """What makes an edition up, each table in the order of its ids."""
    sent = Q(triggers__edition=edition) | Q(pk__in=filter(None, emails_of(edition)))
    found: Any = {
        Edition: Edition.objects.filter(pk=edition.pk),
        EmailMessage: EmailMessage.objects.filter(Q(edition=edition) | sent).distinct(),
        Consent: Consent.objects.filter(Q(edition=edition) | Q(products__edition=edition), superseded_by=None)
        .order_by("pk")
        .distinct(),
        EditionMembership: EditionMembership.objects.filter(edition=edition, pk__isnull=not with_memberships),
        ProductImage: ProductImage.objects.filter(product__edition=edition),
        Product.locations.through: Product.locations.through.objects.filter(product__edition=edition),
        Consent.products.through: Consent.products.through.objects.filter(product__edition=edition),
        Variant: Variant.objects.filter(product__edition=edition),
        Option: Option.objects.filter(product__edition=edition),
    }
    for model in (Category, Location, VendorParticipation, Product, Coupon, Trigger, PassDesign):
        found[model] = model.objects.filter(edition=edition)
    return {model: list(rows.order_by("pk")) for model, rows in found.items()}


def emails_of(edition: Edition) -> list[str | None]:
    return [edition.transaction_receipt_email_id, edition.refund_confirmation_email_id]


def values_of(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def turned(value: Any, ids: dict[str, str]) -> Any:
    """The same, with every id anywhere in it turned."""
    text = json.dumps(value)
    for old, new in ids.items():
        text = text.replace(old, new)
    return json.loads(text)


def expected(row: Any, copy: Edition, ids: dict[str, str]) -> dict[str, Any]:
    """What the copy of a row is to be, but for its own number."""
    values = values_of(row)
    for field in row._meta.concrete_fields:
        if isinstance(field, JSONField) or field.is_relation or field.primary_key:
            values[field.attname] = turned(values[field.attname], ids)
    if "created" in values:
        values |= {"created": NOON, "modified": NOON}
    return values | _differs(row, copy)


def _differs(row: Any, copy: Edition) -> dict[str, Any]:
    match row:
        case Edition():
            state = {"is_draft": True, "is_archived": False, "published_at": None}
            return {"name": "Copy", "slug": "copy", "event_id": None, **state}
        case Trigger():
            return {"is_active": False}
        case Consent():
            return DRAFT
        case EmailMessage():
            return {"scope": "edition", "edition_id": copy.pk, "organization_id": copy.organization_id}
    return {}


def without_number(values: dict[str, Any]) -> dict[str, Any]:
    """Rows without a typed id are known by what they link."""
    return {name: value for name, value in values.items() if name != "id" or isinstance(value, str)}


def reachable(row: Any) -> Iterator[Any]:
    """Every row that a row leads to or is led to from, step by step, without stepping beyond the common ones."""
    seen, waiting = set(), [row]
    while waiting:
        if (row := waiting.pop()) in seen:
            continue
        seen.add(row)
        yield row
        if type(row) not in COMMON:
            waiting.extend(neighbors(row))


def neighbors(row: Any) -> Iterator[Any]:
    for field in row._meta.get_fields(include_hidden=True):
        other: Any = field.related_model
        if not other or field.many_to_many:
            continue
        if field.concrete:
            yield from filter(None, [getattr(row, field.name)])
        else:
            yield from other._base_manager.filter(**{field.field.name: row})


class AnyEdition(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(st.randoms(use_true_random=False), st.sampled_from(EmailTemplateMode), st.booleans())
    def test_its_copy_is_isomorphic_and_shares_nothing(
        self, random: Random, emails: EmailTemplateMode, with_memberships: bool
    ) -> None:
        edition = make_any_edition(make_organization("ours"), random)
        write_ids_into_json(edition, random)
        before = {row: values_of(row) for row in reachable(Edition.objects.get(pk=edition.pk))}

        copy = duplicate_edition(
            edition,
            name="Copy",
            event=None,
            email_template_mode=emails,
            with_memberships=with_memberships,
            by=None,
            now=NOON,
        )

        connection.check_constraints()
        copy = Edition.objects.get(pk=copy.pk)
        is_shared = emails == EmailTemplateMode.SHARE
        self.assert_untouched(before)
        self.assert_isomorphic(edition, copy, with_memberships=with_memberships, without_messages=is_shared)
        if not is_shared:
            found = set(reachable(copy))
            assert {type(row) for row in found & before.keys()} <= COMMON
            assert {type(row) for row in found} <= COMMON | rows_of(edition, with_memberships=True).keys()

    def assert_untouched(self, before: dict[Any, dict[str, Any]]) -> None:
        now = {row: values_of(type(row)._base_manager.get(pk=row.pk)) for row in before}

        assert now == before

    def assert_isomorphic(self, edition: Edition, copy: Edition, **which: bool) -> None:
        without_messages = which.pop("without_messages")
        edition = Edition.objects.get(pk=edition.pk)
        originals, copies = rows_of(edition, **which), rows_of(copy, **which)
        if without_messages:
            assert [row.pk for row in copies.pop(EmailMessage)] == self.sent_by(edition)
            del originals[EmailMessage]
        pairs = [(old, new) for model in originals for old, new in zip(originals[model], copies[model], strict=True)]
        ids = {str(old.pk): str(new.pk) for old, new in pairs if isinstance(old.pk, str)}

        for old, new in pairs:
            assert without_number(values_of(new)) == without_number(expected(old, copy, ids)), type(old)

    def sent_by(self, edition: Edition) -> list[str]:
        triggered = edition.triggers.values_list("email_message", flat=True)
        return sorted({*triggered, *filter(None, emails_of(edition))})
