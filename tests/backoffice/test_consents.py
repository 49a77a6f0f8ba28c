"""Consents in the admin: managers write drafts and publish them; nobody else sees any."""

from typing import Any

import pytest
from django.urls import reverse

from consents.models import Consent
from consents.operations import LONGEST_TEXT, create_consent, publish_consent
from editions.models import Edition
from preo.accounts.models import Organization, StaffUser
from preo.backoffice.editable_form import CHANGED_SINCE, state_of
from tests.backoffice.conftest import Pages
from tests.consents.rows import make_answered
from tests.factories import NOON, make_edition, make_product
from tests.trail import events_of

LIST = reverse("admin:consents_consent_changelist")


def url_of(consent: Consent, page: str = "change") -> str:
    return reverse(f"admin:consents_consent_{page}", args=[consent.pk])


def typed(consent: Consent, **others: str) -> dict[str, Any]:
    """What a browser sends back of the form, with some fields typed over."""
    sent = {
        "opened": state_of(consent),
        "title": consent.title,
        "type": consent.type,
        "enabled": "on",
        **{f"consent_text_{language}": text for language, text in consent.consent_text.items()},
    }
    return sent | others


@pytest.fixture
def draft(ours: Organization) -> Consent:
    return make_draft(ours)


def make_draft(organization: Organization, **values: Any) -> Consent:
    texts = {"title": "House rules", "consent_text": {"en": "I agree."}}
    return create_consent(organization, values=texts | values, by=None, now=NOON)


def test_a_manager_writes_a_consent(ours: Organization, edition: Edition, manager: StaffUser, pages: Pages) -> None:
    sent = {
        "title": "Terms",
        "type": "terms",
        "required": "on",
        "enabled": "on",
        "edition": edition.pk,
        "consent_text_en": "I agree.",
        "document_url_en": "https://ours.example/terms",
    }

    answer = pages(manager).post(reverse("admin:consents_consent_add"), sent)

    assert answer.status_code == 302, answer.context["errors"]
    consent = Consent.objects.get()
    assert (consent.organization, consent.edition, consent.title, consent.order) == (ours, edition, "Terms", 0)
    assert (consent.required, consent.published) == (True, False)
    assert consent.consent_text == {"en": "I agree."}
    assert consent.document_url == {"en": "https://ours.example/terms"}
    [event] = events_of(consent)
    assert (event.operation, event.staff_user_id) == ("create_consent", manager.pk)


def test_a_refusal_stands_beside_its_field(draft: Consent, manager: StaffUser, pages: Pages) -> None:
    answer = pages(manager).post(url_of(draft), typed(draft, document_url_en="http://ours.example"))

    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == ["document_url"]


def test_products_of_two_editions_are_refused_beside_the_products(
    draft: Consent,
    edition: Edition,
    manager: StaffUser,
    pages: Pages,
) -> None:
    tents = [make_product(edition).pk, make_product(make_edition(edition.organization)).pk]

    answer = pages(manager).post(url_of(draft), typed(draft) | {"products": tents})

    assert list(answer.context["adminform"].form.errors) == ["products"]


def test_a_manager_changes_a_draft(draft: Consent, manager: StaffUser, pages: Pages) -> None:
    answer = pages(manager).post(url_of(draft), typed(draft, title="New"))

    assert (answer.status_code, Consent.objects.get().title) == (302, "New")


def test_of_two_who_edit_the_second_is_refused(draft: Consent, manager: StaffUser, pages: Pages) -> None:
    first, second = typed(draft, title="First"), typed(draft, title="Second")

    pages(manager).post(url_of(draft), first)
    answer = pages(manager).post(url_of(draft), second)

    assert CHANGED_SINCE in answer.content.decode()
    assert Consent.objects.get().title == "First"


def test_publishing_asks_first(draft: Consent, manager: StaffUser, pages: Pages) -> None:
    page = pages(manager).get(url_of(draft, "publish"))

    assert "I agree." in page.content.decode()
    assert not Consent.objects.get().published
    assert f'href="{url_of(draft, "publish")}"' in pages(manager).get(url_of(draft)).content.decode()


def test_publishing_publishes(draft: Consent, manager: StaffUser, pages: Pages) -> None:
    answer = pages(manager).post(url_of(draft, "publish"), {"opened": state_of(draft)}, follow=True)

    assert "House rules is published." in answer.content.decode()
    assert Consent.objects.get().published


def test_publishing_says_why_not(ours: Organization, manager: StaffUser, pages: Pages) -> None:
    draft = make_draft(ours, consent_text={})

    answer = pages(manager).post(url_of(draft, "publish"), {"opened": state_of(draft)}, follow=True)

    assert "Write a text, or link a document, first." in answer.content.decode()
    assert not Consent.objects.get().published


def test_publishing_what_was_changed_after_it_was_shown_is_refused_and_shows_it(
    draft: Consent, manager: StaffUser, pages: Pages
) -> None:
    client = pages(manager)
    opened = client.get(url_of(draft, "publish")).context["opened"]
    client.post(url_of(draft), typed(draft, consent_text_en="I agree to something else."))

    for sent in ({"opened": opened}, {}):
        answer = client.post(url_of(draft, "publish"), sent)
        body = answer.content.decode()
        assert "so nothing was published" in body
        assert "I agree to something else." in body
        assert not Consent.objects.get().published

    client.post(url_of(draft, "publish"), {"opened": answer.context["opened"]})
    assert Consent.objects.get().published


@pytest.mark.parametrize("method", ["get", "post"])
def test_publishing_what_is_published_leads_back_and_says_so(
    draft: Consent, manager: StaffUser, pages: Pages, method: str
) -> None:
    publish_consent(draft, by=None, now=NOON)

    answer = getattr(pages(manager), method)(url_of(draft, "publish"), follow=True)

    assert answer.redirect_chain == [(url_of(draft), 302)]
    assert "Version 1 of House rules is published already." in answer.content.decode()


def test_of_a_published_one_only_enabled_is_offered(
    draft: Consent,
    manager: StaffUser,
    pages: Pages,
) -> None:
    consent = publish_consent(draft, by=None, now=NOON)
    client = pages(manager)

    offered = client.get(url_of(consent)).context["adminform"].form.fields.keys()
    client.post(url_of(consent), {"opened": state_of(consent), "title": "Other"})

    changed = Consent.objects.get()
    assert offered == {"opened", "enabled"}
    assert (changed.enabled, changed.title) == (False, "House rules")


def test_what_nobody_answered_can_be_deleted_and_nothing_else(draft: Consent, manager: StaffUser, pages: Pages) -> None:
    unanswered, answered = (publish_consent(make_draft(draft.organization), by=None, now=NOON) for _ in range(2))
    make_answered(answered)
    client = pages(manager)

    answers = [client.post(url_of(row, "delete"), {"post": "yes"}) for row in (draft, unanswered, answered)]

    assert [answer["Location"] for answer in answers] == [LIST, LIST, url_of(answered)]
    assert list(Consent.objects.all()) == [answered]
    body = client.get(url_of(answered)).content.decode()
    assert "so it is kept as evidence. To ask nobody any more, disable it." in body
    assert "untick Enabled" in body


def test_a_refusal_stands_in_the_column_of_its_language(draft: Consent, manager: StaffUser, pages: Pages) -> None:
    answer = pages(manager).post(url_of(draft), typed(draft, document_url_da="http://ours.example"))

    columns = {column.code: column for column in answer.context["adminform"].form.columns()}
    assert [code for code, column in columns.items() if column.document.error] == ["da"]
    assert (columns["da"].document.value, columns["en"].text.value) == ("http://ours.example", "I agree.")
    assert answer.context["adminform"].form.errors_of_all_languages() == []


def test_a_text_that_is_too_long_is_told_with_its_language(draft: Consent, manager: StaffUser, pages: Pages) -> None:
    answer = pages(manager).post(url_of(draft), typed(draft, consent_text_en="x" * (LONGEST_TEXT + 1)))

    [error] = answer.context["adminform"].form.errors_of_all_languages()
    assert error.startswith("English: at most 20000 characters")


def test_languages_are_those_of_the_editions(ours: Organization, manager: StaffUser, pages: Pages) -> None:
    edition = make_edition(ours, default_language="da", enabled_languages=["en", "da"])
    make_edition(ours, default_language="pl", enabled_languages=["pl"])
    rows = {
        "everybody": make_draft(ours, consent_text={"nl": "Ja"}),
        "edition": make_draft(ours, edition=edition),
        "products": make_draft(ours, products=[make_product(edition)]),
    }
    client = pages(manager)

    offered = {name: client.get(url_of(row)).context["adminform"].form.columns() for name, row in rows.items()}

    assert {name: [column.code for column in columns] for name, columns in offered.items()} == {
        "everybody": ["en", "da", "nl", "pl"],
        "edition": ["da", "en"],
        "products": ["da", "en"],
    }


def test_the_list_says_who_is_asked(draft: Consent, edition: Edition, manager: StaffUser, pages: Pages) -> None:
    make_draft(draft.organization, products=[make_product(edition, name="Igloo")])

    body = pages(manager).get(LIST).content.decode()

    assert "Everybody" in body
    assert "Igloo" in body


@pytest.mark.parametrize("page", ["change", "publish", "delete", "history", "versions", "new_version"])
def test_nobody_else_reaches_a_consent(
    draft: Consent,
    outsider: StaffUser,
    staff: StaffUser,
    pages: Pages,
    page: str,
) -> None:
    make_draft(outsider.memberships.get().organization)

    for person in (outsider, staff):
        client = pages(person)
        answers = [client.get(url_of(draft, page)), client.post(url_of(draft, page), typed(draft, title="Theirs"))]
        assert {answer.status_code for answer in answers} <= {302, 403, 404}

    consent = Consent.objects.get(pk=draft.pk)
    assert (consent.title, consent.published) == ("House rules", False)
    assert "House rules" not in pages(staff).get(LIST).content.decode()


def test_the_form_offers_own_rows_alone(
    draft: Consent,
    edition: Edition,
    their_edition: Edition,
    manager: StaffUser,
    pages: Pages,
) -> None:
    own, other = make_product(edition), make_product(their_edition)

    body = pages(manager).get(url_of(draft)).content.decode()

    assert [pk in body for pk in (own.pk, edition.pk, other.pk, their_edition.pk)] == [True, True, False, False]


def test_a_text_that_another_edition_does_not_take_stays_in_sight(
    ours: Organization, manager: StaffUser, pages: Pages
) -> None:
    edition = make_edition(ours, enabled_languages=["en", "da"])
    make_edition(ours, default_language="pl", enabled_languages=["pl"])
    draft = make_draft(ours, consent_text={"en": "I agree.", "pl": "Tak."})

    answer = pages(manager).post(url_of(draft), typed(draft, edition=edition.pk))

    columns = {column.code: column.text for column in answer.context["adminform"].form.columns()}
    assert (columns["pl"].value, columns["pl"].error) == ("Tak.", "Polish is not an enabled language.")


def test_what_is_published_is_read_in_every_language_it_was_written_in(
    ours: Organization, manager: StaffUser, pages: Pages
) -> None:
    edition = make_edition(ours, default_language="da", enabled_languages=["en", "da"])
    consent = make_draft(ours, edition=edition, consent_text={"en": "I agree.", "da": "Ja."})
    publish_consent(consent, by=None, now=NOON)
    Edition.objects.filter(pk=edition.pk).update(enabled_languages=["da"])

    reading = pages(manager).get(url_of(consent)).context["reading"]

    assert [(part.code, part.text) for part in reading] == [("da", "Ja."), ("en", "I agree.")]
