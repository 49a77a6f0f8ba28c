"""What of consents can be deleted: nothing that anybody answered."""

import pytest

from consents.models import Consent
from consents.operations import (
    ConsentAnswered,
    ConsentHasLaterVersion,
    publish_consent,
    remove_consent,
)
from preo.accounts.models import Organization
from preo.webhooks.models import OutboxEvent
from tests.consents.rows import make_answered, make_draft, make_next, make_published
from tests.factories import NOON


def test_remove_consent_deletes_a_draft(ours: Organization) -> None:
    remove_consent(make_draft(ours), by=None, now=NOON)

    assert not Consent.objects.exists()
    assert OutboxEvent.objects.latest("sequence").type == "consent.deleted"


def test_remove_consent_deletes_a_published_one_that_nobody_answered(ours: Organization) -> None:
    remove_consent(make_published(ours), by=None, now=NOON)

    assert not Consent.objects.exists()


def test_remove_consent_keeps_what_was_answered_and_offers_to_disable_it(ours: Organization) -> None:
    consent = make_published(ours)
    make_answered(consent)

    with pytest.raises(ConsentAnswered, match="disable it"):
        remove_consent(consent, by=None, now=NOON)

    assert Consent.objects.exists()


def test_remove_consent_keeps_a_version_when_an_earlier_one_was_answered(ours: Organization) -> None:
    first = make_published(ours)
    make_answered(first)
    second = publish_consent(make_next(first), by=None, now=NOON)

    with pytest.raises(ConsentAnswered, match=r"^Customers have answered this"):
        remove_consent(first, by=None, now=NOON)
    with pytest.raises(ConsentAnswered, match="Nobody has answered version 2, but customers have answered version 1"):
        remove_consent(second, by=None, now=NOON)
    assert list(Consent.objects.in_force()) == [second]


def test_remove_consent_keeps_what_led_to_an_answered_version(ours: Organization) -> None:
    first = make_published(ours)
    make_answered(publish_consent(make_next(first), by=None, now=NOON))

    with pytest.raises(ConsentAnswered, match=r"^Customers have answered version 2 of this"):
        remove_consent(first, by=None, now=NOON)


def test_remove_consent_deletes_the_draft_of_a_version_although_others_were_answered(ours: Organization) -> None:
    first = make_published(ours)
    make_answered(first)

    remove_consent(make_next(first), by=None, now=NOON)

    assert list(Consent.objects.all()) == [first]
    assert make_next(first).version == 2


@pytest.mark.parametrize("is_published", [True, False])
def test_remove_consent_keeps_what_a_later_version_follows(ours: Organization, is_published: bool) -> None:
    first = make_published(ours)
    second = make_next(first)
    if is_published:
        publish_consent(second, by=None, now=NOON)

    with pytest.raises(ConsentHasLaterVersion, match=f"Version 2, {second.pk}"):
        remove_consent(first, by=None, now=NOON)


def test_without_the_version_that_took_its_place_the_one_before_holds_again(ours: Organization) -> None:
    first = make_published(ours)
    second = publish_consent(make_next(first), by=None, now=NOON)

    remove_consent(second, by=None, now=NOON)

    assert list(Consent.objects.in_force()) == [first]
