"""`manage.py duplicate_edition`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from editions.models import Edition, EditionMembership, EmailMessage, Event
from preo.accounts.models import Organization
from preo.api.roles import Role
from tests.editions.furnishing import make_furnished_edition
from tests.factories import make_edition_member


@pytest.fixture
def furnished(ours: Organization) -> Edition:
    return make_furnished_edition(ours, slug="camp-2026")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("duplicate_edition", "ours/camp-2026", "--name", "Camp 2027", *arguments, stdout=out)
    return out.getvalue()


def test_it_copies_and_says_what(furnished: Edition) -> None:
    told = run()

    copy = Edition.objects.get(slug="camp-2027")
    assert told.startswith(f"ours/camp-2027 ({copy.pk}): categories: 1, pickup points: 1, ")
    assert (copy.event, copy.products.count(), EmailMessage.objects.count()) == (None, 1, 4)


def test_it_takes_every_option(furnished: Edition) -> None:
    make_edition_member("one@ours.example", edition=furnished, role=Role.MANAGER)

    run("--slug", "next", "--event", str(furnished.event_id), "--share-emails", "--with-memberships")

    copy = Edition.objects.get(slug="next")
    assert (copy.event, EmailMessage.objects.count()) == (furnished.event, 2)
    assert EditionMembership.objects.filter(edition=copy).count() == 1


def test_a_dry_run_writes_nothing(furnished: Edition) -> None:
    told = run("--dry-run")

    assert told.startswith("Would copy categories: 1, pickup points: 1, vendors: 1, products: 1, ")
    assert Edition.objects.count() == 1


def test_it_refuses_a_slug_that_is_taken(furnished: Edition) -> None:
    with pytest.raises(CommandError, match="slug: Another edition"):
        run("--slug", "camp-2026")


def test_it_refuses_an_event_of_another_organization(furnished: Edition, theirs: Organization) -> None:
    event = Event.objects.create(organization=theirs, name="Winter Days")

    with pytest.raises(CommandError, match="no event"):
        run("--event", event.pk)


@pytest.mark.parametrize("text", ["ours/nothing", "theirs/camp-2026", "ours", ""])
def test_it_refuses_an_edition_that_is_not_there(furnished: Edition, text: str) -> None:
    with pytest.raises(CommandError, match="no edition"):
        call_command("duplicate_edition", text, "--name", "Camp 2027")
