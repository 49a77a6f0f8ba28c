"""Versions of a consent in the admin: started, compared, published; and the order of consents."""

from random import Random
from time import process_time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consents.admin.comparing import ADDED, SAME, TAKEN, Piece, differences, pieces_of
from consents.admin.line import versions_of
from consents.models import Consent
from consents.operations import LONGEST_TEXT, change_consent, publish_consent
from editions.models import Edition
from preo.accounts.models import Organization, StaffUser
from preo.backoffice.editable_form import state_of
from tests.backoffice.conftest import Pages
from tests.consents.rows import make_answered, make_draft, make_next, make_published
from tests.factories import NOON, make_edition, make_product

ARRANGE = reverse("admin:consents_consent_arrange")
LIST = reverse("admin:consents_consent_changelist")


def url_of(consent: Consent, page: str = "change") -> str:
    return reverse(f"admin:consents_consent_{page}", args=[consent.pk])


def publish(consent: Consent, *, by: StaffUser | None = None) -> Consent:
    return publish_consent(consent, by=by, now=NOON)


def test_a_new_version_is_started_from_the_page_of_the_published_one(
    ours: Organization, manager: StaffUser, pages: Pages
) -> None:
    consent, client = make_published(ours), pages(manager)
    assert "Start version 2" in client.get(url_of(consent)).content.decode()

    answer = client.post(url_of(consent, "new_version"), follow=True)

    draft = Consent.objects.get(version=2)
    body = answer.content.decode()
    assert answer.redirect_chain[-1][0] == url_of(draft)
    assert "This is version 2, a draft." in body
    assert "Customers read version 1 until this one is published." in body
    assert "Open version 2, the draft" in client.get(url_of(consent)).content.decode()


def test_a_second_draft_is_refused_in_words(ours: Organization, manager: StaffUser, pages: Pages) -> None:
    consent = make_published(ours)
    make_next(consent)

    answer = pages(manager).post(url_of(consent, "new_version"), follow=True)

    draft, body = Consent.objects.get(version=2), answer.content.decode()
    assert f'<a href="{url_of(draft)}">Version 2</a> is being written; change that, or delete it.' in body
    assert f"{draft.pk}, is" not in body
    assert Consent.objects.count() == 2


def test_whoever_had_to_sign_in_first_has_started_no_version(
    ours: Organization, manager: StaffUser, pages: Pages
) -> None:
    consent = make_published(ours)

    answer = pages(manager).get(url_of(consent, "new_version"), follow=True)

    assert answer.redirect_chain == [(url_of(consent), 302)]
    assert "No version was started. You may have had to sign in first" in answer.content.decode()
    assert Consent.objects.count() == 1


def test_deleting_what_another_version_follows_says_why_not(
    ours: Organization, manager: StaffUser, pages: Pages
) -> None:
    consent = make_published(ours)
    later = publish(make_next(consent))
    client = pages(manager)

    for answer in (
        client.get(url_of(consent, "delete"), follow=True),
        client.post(url_of(consent, "delete"), follow=True),
    ):
        words = f'<a href="{url_of(later)}">Version 2</a> follows this one. Delete that first.'
        assert words in answer.content.decode()

    assert Consent.objects.count() == 2


def test_deleting_what_was_answered_and_superseded_says_so_and_offers_nothing(
    ours: Organization, manager: StaffUser, pages: Pages
) -> None:
    consent = make_published(ours)
    make_answered(consent)
    publish(make_next(consent))

    body = pages(manager).get(url_of(consent, "delete"), follow=True).content.decode()

    assert "so it is kept as evidence." in body
    assert "disable it" not in body


def test_of_a_superseded_version_nothing_is_offered_nor_saved(
    ours: Organization, manager: StaffUser, pages: Pages
) -> None:
    consent, client = make_published(ours), pages(manager)
    sent = {"opened": client.get(url_of(consent)).context["adminform"].form.initial["opened"]}
    publish(make_next(consent))

    answer = client.get(url_of(consent))
    refused = client.post(url_of(consent), sent, follow=True)

    assert answer.context["adminform"].form.fields.keys() == {"opened"}
    assert [name in answer.content.decode() for name in ('name="_save"', '"_addanother"', '"_continue"')] == [False] * 3
    assert "so nothing was saved" in refused.content.decode()
    assert Consent.objects.get(pk=consent.pk).enabled


def test_publishing_a_version_shows_what_changes(ours: Organization, manager: StaffUser, pages: Pages) -> None:
    draft = make_next(make_published(ours))
    draft = change_consent(draft, changes={"consent_text": {"en": "I agree to all."}}, by=None, now=NOON)
    client = pages(manager)

    body = client.get(url_of(draft, "publish")).content.decode()
    client.post(url_of(draft, "publish"), {"opened": state_of(draft)})

    assert "in place of version 1" in body
    assert "Added: </span><bdi> to all</bdi></ins><bdi>.</bdi>" in body
    assert [row.pk for row in Consent.objects.in_force()] == [draft.pk]


def test_versions_of_tells_how_each_stands_who_published_it_and_what_was_answered(
    ours: Organization, manager: StaffUser
) -> None:
    first = publish(make_draft(ours), by=manager)
    make_answered(first)
    second = publish(make_next(first))
    third = make_next(second)

    versions = versions_of(second)

    assert [version.consent for version in versions] == [third, second, first]
    assert [version.standing[1] for version in versions] == ["Draft", "In force", "Superseded"]
    assert [version.published_by for version in versions] == ["", "The system", str(manager)]
    assert [(version.given, version.withdrawn) for version in versions] == [(0, 0), (0, 0), (1, 0)]
    assert [version.changes for version in versions] == [[], [], None]


def test_the_page_of_versions_costs_the_same_for_many(ours: Organization, manager: StaffUser) -> None:
    first = publish(make_draft(ours), by=manager)
    second = publish(make_next(first), by=manager)
    with CaptureQueriesContext(connection) as two:
        versions_of(first)

    publish(make_next(publish(make_next(second), by=manager)), by=manager)
    with CaptureQueriesContext(connection) as four:
        versions_of(first)

    assert len(two) == len(four)


def test_the_page_of_versions_shows_words_taken_away_and_added(
    ours: Organization, manager: StaffUser, pages: Pages
) -> None:
    first = make_published(ours)
    second = make_next(first)
    texts = {"en": "I agree to <b>all</b>.", "da": "Jeg siger ja."}
    change_consent(second, changes={"consent_text": texts, "required": True}, by=None, now=NOON)

    body = pages(manager).get(url_of(first, "versions")).content.decode()

    assert "Changes from version 1" in body
    assert "Danish text" in body
    assert " to &lt;b&gt;all&lt;/b&gt;</bdi></ins><bdi>.</bdi>" in body
    assert "<b>all" not in body


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        ("", "I agree.", [Piece(ADDED, "I agree.")]),
        ("I agree.", "", [Piece(TAKEN, "I agree.")]),
        (
            "I agree to some.",
            "I agree to all.",
            [Piece(SAME, "I agree to "), Piece(TAKEN, "some"), Piece(ADDED, "all"), Piece(SAME, ".")],
        ),
        ("Terms of sale", "Terms of sale and rental", [Piece(SAME, "Terms of sale"), Piece(ADDED, " and rental")]),
        ("Ask me twice", "Call us twice", [Piece(TAKEN, "Ask me"), Piece(ADDED, "Call us"), Piece(SAME, " twice")]),
    ],
)
def test_pieces_of_are_words_that_stayed_went_and_came(before: str, after: str, pieces: list[Piece]) -> None:
    assert pieces_of(before, after) == pieces


def test_pieces_of_a_long_text_show_what_is_around_a_change() -> None:
    words = [f"w{number}" for number in range(200)]
    changed = [*words[:100], "new", *words[101:]]

    first, taken, added, last = pieces_of(" ".join(words), " ".join(changed))

    assert (taken, added) == (Piece(TAKEN, "w100"), Piece(ADDED, "new"))
    assert first.text.split() == ["…", *words[80:100]]
    assert last.text.split() == [*words[101:121], "…"]


def test_the_longest_texts_are_compared_at_once() -> None:
    """Some hundred kinds of words, so that most of them are frequent."""
    chance = Random(5)
    before = " ".join(f"w{chance.randrange(300)}" for _ in range(4_000))[:LONGEST_TEXT]
    after = " ".join(word if chance.random() > 0.1 else "other" for word in before.split())
    started = process_time()

    pieces_of(before, after)

    assert process_time() - started < 2


def test_differences_are_of_everything_that_customers_meet(edition: Edition) -> None:
    first = make_published(edition.organization)
    second = make_next(first)
    changes = {
        "title": "Rules",
        "required": True,
        "products": [make_product(edition, name="Tent")],
        "document_url": {"en": "https://ours.example/b"},
        "consent_text": {},
    }
    change_consent(second, changes=changes, by=None, now=NOON)

    found = differences(Consent.objects.get(pk=first.pk), Consent.objects.get(pk=second.pk))

    assert [difference.name for difference in found] == [
        "Title",
        "Required",
        "Asked of",
        "English text",
        "English document",
    ]


def ordered(organization: Organization) -> list[str]:
    return [row.title for row in Consent.objects.filter(organization=organization, version=1)]


def move(client: Any, step: str, consent: Consent) -> Any:
    return client.post(ARRANGE, {"move": f"{step}:{consent.pk}"}, follow=True)


def test_consents_move_up_and_down(ours: Organization, manager: StaffUser, pages: Pages) -> None:
    first, second, third = (make_draft(ours, title=name) for name in "ABC")
    client = pages(manager)

    answer = move(client, "up", third)
    assert ordered(ours) == ["A", "C", "B"]
    assert "C is number 2 now." in answer.content.decode()

    move(client, "down", first)
    assert ordered(ours) == ["C", "A", "B"]

    move(client, "up", third)
    move(client, "down", second)
    assert ordered(ours) == ["C", "A", "B"]


def test_the_order_lists_one_version_of_each_consent(ours: Organization, manager: StaffUser, pages: Pages) -> None:
    first = make_published(ours, title="One")
    second = publish(make_next(first))
    make_next(second)
    draft = make_draft(ours, title="Two")
    make_draft(ours, title="Old", edition=(archived := make_edition(ours)))
    make_draft(ours, title="Old", products=[make_product(archived)])
    Edition.objects.filter(pk=archived.pk).update(is_archived=True)

    listed = [row for row, *_ in pages(manager).get(ARRANGE).context["rows"]]

    assert listed == [second, draft]


@pytest.mark.parametrize("page", [ARRANGE, LIST])
def test_lists_of_many_cost_what_a_list_of_one_does(
    ours: Organization, manager: StaffUser, pages: Pages, page: str
) -> None:
    client, counts = pages(manager), []
    for _ in range(2):
        make_next(make_published(ours, edition=(edition := make_edition(ours))))
        make_draft(ours, products=[make_product(edition)])
        with CaptureQueriesContext(connection) as captured:
            client.get(page)
        counts.append(len(captured))

    assert counts[0] == counts[1]


def test_what_is_not_there_is_not_moved(
    ours: Organization, theirs: Organization, manager: StaffUser, pages: Pages
) -> None:
    rows, other = [make_draft(ours, title=name) for name in "AB"], make_draft(theirs)

    for sent in (f"up:{other.pk}", "up:nonsense", f"away:{rows[1].pk}", ""):
        answer = pages(manager).post(ARRANGE, {"move": sent}, follow=True)
        assert "meanwhile" in answer.content.decode()

    assert ordered(ours) == ["A", "B"]


def test_only_managers_arrange_and_only_their_own(
    ours: Organization, theirs: Organization, manager: StaffUser, staff: StaffUser, pages: Pages
) -> None:
    make_draft(theirs)

    assert pages(staff).get(ARRANGE).status_code == 403
    assert pages(manager).get(ARRANGE, {"organization": theirs.pk}).status_code == 404


@pytest.mark.parametrize(
    ("standing", "found"),
    [("in_force", ["2"]), ("draft", ["3"]), ("disabled", ["other"]), ("superseded", ["1"]), ("zzz", [])],
)
def test_the_list_is_filtered_by_how_consents_stand(
    ours: Organization, manager: StaffUser, pages: Pages, standing: str, found: list[str]
) -> None:
    first = make_published(ours, title="1")
    second = make_next(first)
    change_consent(second, changes={"title": "2"}, publish=True, by=None, now=NOON)
    change_consent(make_next(second), changes={"title": "3"}, by=None, now=NOON)
    make_published(ours, title="other", enabled=False)

    listed = pages(manager).get(LIST, {"standing": standing}).context["cl"].result_list

    assert [row.title for row in listed] == found
