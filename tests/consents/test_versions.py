"""Versions of a consent: each a draft that starts as the one before and takes its place once published."""

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from consents.choices import ConsentScope
from consents.models import Consent
from consents.operations import (
    ConsentNotPublished,
    VersionInPreparation,
    change_consent,
    create_version,
    publish_consent,
)
from consents.operations.versions import COPIED, ConsentSuperseded
from editions.models import Edition
from editions.operations.locking import EditionArchived
from preo.accounts.models import Organization
from preo.errors import InvalidField
from tests.consents.rows import make_draft, make_next, make_published
from tests.factories import NOON, make_product, make_vendor

LATER = NOON.replace(hour=15)


def test_create_version_copies_all_but_what_makes_it_another(edition: Edition) -> None:
    tents = [make_product(edition), make_product(edition)]
    first = make_published(edition.organization, products=tents, required=True, type="notice", order=4)

    second = Consent.objects.get(pk=create_version(first, by=None, now=LATER).pk)

    assert [getattr(second, name) for name in COPIED] == [getattr(first, name) for name in COPIED]
    assert set(second.products.all()) == set(tents)
    assert (second.version, second.supersedes, second.first) == (2, first, first)
    assert (second.published, second.published_date, second.enabled, second.created) == (False, None, True, LATER)


def test_every_column_is_copied_or_makes_it_another() -> None:
    others = {"id", "created", "modified", "enabled", "published", "published_date", "version", "supersedes", "first"}

    assert {field.name for field in Consent._meta.concrete_fields} == others | {*COPIED}


def test_a_third_version_follows_the_second_in_the_line_of_the_first(ours: Organization) -> None:
    first = make_published(ours)
    second = publish_consent(make_next(first), by=None, now=NOON)

    third = make_next(second)

    assert (third.version, third.supersedes, third.first) == (3, second, first)


def test_create_version_of_a_draft_is_refused(ours: Organization) -> None:
    with pytest.raises(ConsentNotPublished):
        create_version(make_draft(ours), by=None, now=NOON)


def test_there_is_one_draft_of_the_next_version(ours: Organization) -> None:
    first = make_published(ours)
    second = make_next(first)

    with pytest.raises(VersionInPreparation, match=second.pk):
        create_version(first, by=None, now=NOON)


def test_create_version_of_what_is_superseded_is_refused(ours: Organization) -> None:
    first = make_published(ours)
    second = publish_consent(make_next(first), by=None, now=NOON)

    with pytest.raises(ConsentSuperseded, match=second.pk):
        create_version(first, by=None, now=NOON)


def test_create_version_in_an_archived_edition_is_refused(edition: Edition) -> None:
    first = make_published(edition.organization, edition=edition)
    Edition.objects.update(is_archived=True)

    with pytest.raises(EditionArchived):
        create_version(first, by=None, now=NOON)


def test_a_version_keeps_the_type_of_its_line(ours: Organization) -> None:
    second = make_next(make_published(ours))

    with pytest.raises(InvalidField) as refusal:
        change_consent(second, changes={"type": "marketing"}, by=None, now=NOON)

    assert (refusal.value.field, refusal.value.code) == ("type", "of_its_line")


def test_in_force_is_the_newest_published_version_while_it_is_enabled(ours: Organization) -> None:
    first = make_published(ours)
    make_draft(ours)
    assert list(Consent.objects.in_force()) == [first]

    second = make_next(first)
    assert list(Consent.objects.in_force()) == [first]

    publish_consent(second, by=None, now=NOON)
    assert list(Consent.objects.in_force()) == [second]

    change_consent(second, changes={"enabled": False}, by=None, now=NOON)
    assert not Consent.objects.in_force()


def test_of_scope_tells_whom_consents_are_asked_of(edition: Edition, theirs: Organization) -> None:
    ours = edition.organization
    make_vendor(edition, theirs)
    rows = {
        ConsentScope.ORGANIZATION: make_draft(ours),
        ConsentScope.EDITION: make_draft(ours, edition=edition),
        ConsentScope.VENDOR: make_draft(ours, vendor_org=theirs),
        ConsentScope.PRODUCT: make_draft(ours, products=[make_product(edition), make_product(edition)]),
    }

    assert {scope: list(Consent.objects.of_scope(scope)) for scope in rows} == {
        scope: [row] for scope, row in rows.items()
    }


@pytest.mark.parametrize(
    "change",
    [
        "consent_text = '{}'",
        'document_url = \'{"en": "https://other.example"}\'',
        "title = 'New'",
        "required = true",
        "published = false, published_date = NULL",
        "published_date = now()",
        "organization_id = gen_random_uuid()",
    ],
)
def test_the_database_keeps_what_was_published(ours: Organization, change: str) -> None:
    make_published(ours)

    with pytest.raises(ProgrammingError, match="frozen"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE consents_consent SET {change}")


def test_the_database_adds_no_product_to_what_was_published(edition: Edition) -> None:
    tent, other = make_product(edition), make_product(edition)
    consent = make_published(edition.organization, products=[tent])
    links: Any = Consent.products.through.objects

    for write in (
        lambda: links.create(consent=consent, product=other),
        lambda: links.update(product=other),
    ):
        with pytest.raises(ProgrammingError, match="frozen"), transaction.atomic():
            write()

    assert list(consent.products.all()) == [tent]
