"""The order of an organization's consents, rearranged in one call."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consents.models import Consent
from consents.operations import arrange_consents, change_consent
from editions.models import Edition
from editions.operations.locking import EditionArchived
from preo.accounts.models import Organization
from preo.errors import InvalidField
from preo.webhooks.models import OutboxEvent
from tests.consents.rows import make_draft, make_next, make_published
from tests.factories import NOON, make_product

LATER = NOON.replace(hour=15)


def arrange(organization: Organization, *rows: Consent) -> None:
    arrange_consents(organization, order=[row.pk for row in rows], by=None, now=LATER)


def orders() -> list[tuple[Consent, int]]:
    return [(row, row.order) for row in Consent.objects.all()]


def test_arrange_consents_puts_the_named_ones_first_and_keeps_the_rest_behind(ours: Organization) -> None:
    first, second, third = (make_draft(ours) for _ in range(3))

    arrange(ours, third)

    assert orders() == [(third, 0), (first, 1), (second, 2)]


def test_arrange_consents_returns_the_named_ones_and_tells_once(ours: Organization) -> None:
    first, second = make_draft(ours), make_draft(ours)

    arranged = arrange_consents(ours, order=[second.pk, first.pk], by=None, now=LATER)

    assert arranged == [second, first]
    told = OutboxEvent.objects.latest("sequence")
    assert (told.type, told.payload) == (
        "consent.rearranged",
        {"organization_id": ours.pk, "consent_ids": [second.pk, first.pk]},
    )


def test_arrange_consents_as_they_are_changes_nothing(ours: Organization) -> None:
    first, second = make_draft(ours), make_draft(ours, order=1)
    told = OutboxEvent.objects.count()

    arrange(ours, first, second)

    assert set(Consent.objects.values_list("modified", flat=True)) == {NOON}
    assert OutboxEvent.objects.count() == told


def test_versions_stand_together(ours: Organization) -> None:
    terms, other = make_published(ours), make_draft(ours)
    second = make_next(terms)

    arrange(ours, other, terms)

    assert orders() == [(other, 0), (terms, 1), (second, 1)]


def test_arrange_consents_moves_published_ones_too(ours: Organization) -> None:
    first, second = make_published(ours), make_published(ours)

    arrange(ours, second, first)

    assert orders() == [(second, 0), (first, 1)]


def test_arrange_consents_names_what_is_unknown_or_repeated(ours: Organization, theirs: Organization) -> None:
    own, other = make_draft(ours), make_draft(theirs)
    cases = {
        ("consent_ids.1", "unknown"): [own.pk, other.pk],
        ("consent_ids.0", "unknown"): ["nonsense", own.pk],
        ("consent_ids.1", "repeated"): [own.pk, own.pk],
    }

    for (field, code), order in cases.items():
        with pytest.raises(InvalidField) as refusal:
            arrange_consents(ours, order=order, by=None, now=LATER)
        assert (refusal.value.field, refusal.value.code) == (field, code)


def test_consents_of_an_archived_edition_stay(ours: Organization, edition: Edition) -> None:
    kept = [make_draft(ours, edition=edition, order=7), make_draft(ours, products=[make_product(edition)], order=7)]
    own = make_draft(ours, order=9)
    Edition.objects.update(is_archived=True)

    arrange(ours, own)

    assert orders() == [(own, 0), *((row, 7) for row in kept)]
    for row in kept:
        with pytest.raises(EditionArchived):
            arrange(ours, row)


def test_arranging_many_costs_what_arranging_two_does(ours: Organization) -> None:
    counts = []
    for made in (2, 6):
        rows = [make_draft(ours) for _ in range(made)]
        with CaptureQueriesContext(connection) as captured:
            arrange(ours, *rows[::-1])
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_a_place_can_also_be_given_by_hand(ours: Organization) -> None:
    row = make_published(ours)

    change_consent(row, changes={"order": 3}, by=None, now=LATER)

    assert orders() == [(row, 3)]


def test_a_new_consent_comes_last(ours: Organization, theirs: Organization) -> None:
    make_draft(theirs, order=9)
    first, second = make_draft(ours), make_draft(ours)

    assert [(row, row.order) for row in Consent.objects.filter(organization=ours)] == [(first, 0), (second, 1)]
