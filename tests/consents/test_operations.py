"""What may be done to a consent, and when it may not."""

from functools import partial
from typing import Any

import pytest
from django.db import connection

from consents.models import Consent
from consents.operations import (
    ConsentGone,
    ConsentPublished,
    ConsentUnreadable,
    change_consent,
    create_consent,
    publish_consent,
    remove_consent,
)
from editions.models import Category, Edition, Product
from editions.operations.catalog import StillInUse, remove_row
from editions.operations.locking import EditionArchived
from preo.accounts.models import Organization, StaffUser
from preo.audit.models import AuditEvent
from preo.errors import InvalidField
from preo.public_ids import decode
from preo.webhooks.models import OutboxEvent
from tests.consents.rows import TEXT, make_draft, make_next, make_published
from tests.factories import NOON, make_edition, make_product, make_vendor


def test_create_consent_makes_a_draft_of_the_organization(ours: Organization) -> None:
    consent = Consent.objects.get(pk=make_draft(ours).pk)

    assert (consent.organization, consent.edition, consent.vendor_org) == (ours, None, None)
    assert (consent.published, consent.published_date, consent.version, consent.enabled) == (False, None, 1, True)
    assert (consent.created, consent.modified) == (NOON, NOON)


def test_create_consent_for_products(edition: Edition) -> None:
    tents = [make_product(edition), make_product(edition)]

    consent = make_draft(edition.organization, products=tents)

    assert set(consent.products.all()) == set(tents)


def test_create_consent_for_a_vendor_that_takes_part(edition: Edition, theirs: Organization) -> None:
    make_vendor(edition, theirs)

    assert make_draft(edition.organization, vendor_org=theirs).vendor_org == theirs


ODD_ADDRESSES = [
    ("https://ours.example:99999/", "not_a_port"),
    ("https://ours.example:0/", "not_a_port"),
    ("https://ours.example/\u202egpj", "unsafe_character"),
    ("https://ours.example/\u2066x", "unsafe_character"),
    ("https://ours.example/a\u200bb", "unsafe_character"),
    ('https://ours.example/"onclick', "unsafe_character"),
    ("https://ours.example/'onclick", "unsafe_character"),
    ("https://ours.example/<script>", "unsafe_character"),
    ("https://ours.example/\\there", "unsafe_character"),
    ("https://ours.example/%zz", "unsafe_character"),
    ("https://ours.example/vilk\u00e5r", "unsafe_character"),
    ("https://ours.example/a b", "not_https"),
    ("https://ours.example/a\nb", "not_https"),
    ("https://ours.example/a\x1fb", "not_https"),
    ("https://ours.example/a\x7fb", "unsafe_character"),
    ("https://\u0430pple.example/", "host_not_ascii"),
    ("https://x\u202e.example/", "host_not_ascii"),
    ("https://bl\u00e5b\u00e6r.example/", "host_not_ascii"),
    ("https://localhost/terms", "not_public"),
    ("https://ours.localhost/terms", "not_public"),
    ("https://printer.local./terms", "not_public"),
    ("https://127.0.0.1/terms", "not_public"),
    ("https://93.184.216.34/terms", "not_public"),
    ("https://[::1]/terms", "not_public"),
    ("https://2130706433/terms", "not_https"),
]


@pytest.mark.parametrize(
    "address",
    [
        "https://ours.example",
        "https://ours.example:8443/terms/%C3%A5?v=1&lang=da#part-2",
        "https://xn--blbr-roah.example/(terms)~1,2;a=*!",
        "https://www.ours.example./",
    ],
)
def test_create_consent_takes_the_address_of_a_document(ours: Organization, address: str) -> None:
    assert make_draft(ours, document_url={"en": address}).document_url == {"en": address}


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"title": ""}, "title", "blank"),
        ({"title": "  "}, "title", "blank"),
        ({"title": "x" * 251}, "title", "max_length"),
        ({"type": "promise"}, "type", "invalid_choice"),
        ({"order": -1}, "order", "min_value"),
        ({"consent_text": {"xx": "?"}}, "consent_text.xx", "not_enabled"),
        ({"document_url": {"en": "http://ours.example/terms"}}, "document_url.en", "not_https"),
        ({"document_url": {"en": "javascript:alert(1)"}}, "document_url.en", "not_https"),
        ({"document_url": {"en": "ours.example/terms"}}, "document_url.en", "not_https"),
        ({"document_url": {"en": "data:text/html,terms"}}, "document_url.en", "not_https"),
        ({"document_url": {"en": "https:///terms"}}, "document_url.en", "not_https"),
        ({"document_url": {"en": "https://a:b@ours.example"}}, "document_url.en", "with_credentials"),
        ({"document_url": {"en": "https://ours.example\\@b.example"}}, "document_url.en", "with_credentials"),
        *(({"document_url": {"en": address}}, "document_url.en", code) for address, code in ODD_ADDRESSES),
        *(({"title": f"Terms{sign}"}, "title", "not_printable") for sign in "\u202e\u202a\u2066\u2069\n\t\x1b\x7f"),
        ({"document_url": {"en": f"https://ours.example/{'x' * 2000}"}}, "document_url.en", "max_length"),
        ({"consent_text": {"en": "x" * 20_001}}, "consent_text.en", "max_length"),
        ({"published": True}, "published", "frozen"),
        ({"version": 2}, "version", "frozen"),
    ],
)
def test_create_consent_refuses(ours: Organization, values: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(InvalidField) as refusal:
        make_draft(ours, **values)

    assert (refusal.value.field, refusal.value.code) == (field, code)
    assert not Consent.objects.exists()


def test_create_consent_refuses_a_second_target(edition: Edition, theirs: Organization) -> None:
    make_vendor(edition, theirs)
    targets: dict[str, Any] = {"edition": edition, "vendor_org": theirs, "products": [make_product(edition)]}

    for left_out in targets:
        two = {name: target for name, target in targets.items() if name != left_out}
        with pytest.raises(InvalidField, match="one of them at most"):
            make_draft(edition.organization, **two)


def test_create_consent_refuses_products_of_several_editions(edition: Edition, ours: Organization) -> None:
    with pytest.raises(InvalidField, match="of one edition"):
        make_draft(ours, products=[make_product(edition), make_product(make_edition(ours))])


@pytest.mark.parametrize("target", ["edition", "products", "vendor_org"])
def test_create_consent_refuses_what_is_another_organizations(
    ours: Organization, their_edition: Edition, target: str
) -> None:
    theirs: Any = {
        "edition": their_edition,
        "products": [make_product(their_edition)],
        "vendor_org": their_edition.organization,
    }

    with pytest.raises(InvalidField) as refusal:
        make_draft(ours, **{target: theirs[target]})

    code = "not_a_vendor" if target == "vendor_org" else "other_organization"
    assert refusal.value.code == code


@pytest.mark.parametrize("target", ["edition", "products"])
def test_texts_are_only_in_languages_of_the_edition(ours: Organization, target: str) -> None:
    edition = make_edition(ours, enabled_languages=["en", "da"])
    on: Any = {"edition": edition, "products": [make_product(edition)]}
    make_draft(ours, **{target: on[target]}, consent_text={"da": "Ja"})

    with pytest.raises(InvalidField) as refusal:
        make_draft(ours, **{target: on[target]}, consent_text={"pl": "Tak"})

    assert (refusal.value.field, refusal.value.code) == ("consent_text.pl", "not_enabled")


def test_change_consent_changes_a_draft(edition: Edition) -> None:
    draft = make_draft(edition.organization)

    change_consent(draft, changes={"title": "New", "edition": edition, "type": "notice"}, by=None, now=NOON)

    changed = Consent.objects.get()
    assert (changed.title, changed.edition, changed.type) == ("New", edition, "notice")


def test_change_consent_moves_from_an_edition_to_products(edition: Edition) -> None:
    draft, tent = make_draft(edition.organization, edition=edition), make_product(edition)

    change_consent(draft, changes={"edition": None, "products": [tent]}, by=None, now=NOON)

    changed = Consent.objects.get()
    assert (changed.edition, list(changed.products.all())) == (None, [tent])


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "New"},
        {"type": "notice"},
        {"required": True},
        {"consent_text": {"en": "I agree to all."}},
        {"document_url": {"en": "https://ours.example/terms"}},
        {"title": "New", "enabled": False},
    ],
)
def test_change_consent_leaves_a_published_one_as_it_is(ours: Organization, changes: dict[str, Any]) -> None:
    consent = make_published(ours)

    with pytest.raises(ConsentPublished):
        change_consent(consent, changes=changes, by=None, now=NOON)

    assert Consent.objects.get().enabled


def test_change_consent_never_gives_a_published_one_another_target(edition: Edition) -> None:
    consent = make_published(edition.organization)

    for changes in ({"edition": edition}, {"products": [make_product(edition)]}):
        with pytest.raises(ConsentPublished):
            change_consent(consent, changes=changes, by=None, now=NOON)


def test_change_consent_disables_and_orders_a_published_one(ours: Organization) -> None:
    consent = make_published(ours)

    change_consent(consent, changes={"enabled": False, "order": 7, "title": "Terms"}, by=None, now=NOON)

    changed = Consent.objects.get()
    assert (changed.enabled, changed.order, changed.published) == (False, 7, True)


def test_change_consent_looks_at_the_row_as_it_is_now(ours: Organization) -> None:
    stale = Consent.objects.get(pk=make_draft(ours).pk)
    publish_consent(stale, by=None, now=NOON)

    with pytest.raises(ConsentPublished):
        change_consent(stale, changes={"title": "New"}, by=None, now=NOON)


def test_a_change_to_what_is_there_already_is_none(ours: Organization) -> None:
    draft = make_draft(ours)
    told = OutboxEvent.objects.count()

    change_consent(draft, changes={"title": "Terms"}, by=None, now=NOON.replace(hour=13))

    assert (Consent.objects.get().modified, OutboxEvent.objects.count()) == (NOON, told)


def test_publish_consent_dates_it(ours: Organization) -> None:
    consent = Consent.objects.get(pk=make_published(ours).pk)

    assert (consent.published, consent.published_date) == (True, NOON)


def test_create_and_change_consent_publish_what_they_wrote(ours: Organization) -> None:
    made = create_consent(ours, values={"title": "Terms", "consent_text": TEXT}, publish=True, by=None, now=NOON)
    draft = make_draft(ours, consent_text={})

    changed = change_consent(draft, changes={"consent_text": TEXT}, publish=True, by=None, now=NOON)

    rows = Consent.objects.filter(published=True, published_date=NOON, consent_text=TEXT)
    assert set(rows) == {made, changed}


def test_what_can_not_be_published_is_not_written_either(ours: Organization) -> None:
    draft = make_draft(ours, consent_text={})

    with pytest.raises(ConsentUnreadable):
        create_consent(ours, values={"title": "Terms"}, publish=True, by=None, now=NOON)
    with pytest.raises(ConsentUnreadable):
        change_consent(draft, changes={"title": "New"}, publish=True, by=None, now=NOON)

    assert [row.title for row in Consent.objects.all()] == ["Terms"]


def test_change_consent_never_takes_back_what_is_published(ours: Organization) -> None:
    consent = make_published(ours)

    with pytest.raises(ConsentPublished):
        change_consent(consent, changes={}, publish=False, by=None, now=NOON)
    change_consent(consent, changes={"title": "Terms"}, publish=True, by=None, now=NOON.replace(hour=13))

    assert Consent.objects.get().published_date == NOON


def test_change_consent_says_what_can_be_done_instead(ours: Organization) -> None:
    consent = make_published(ours)
    write = partial(change_consent, consent, changes={"title": "New"}, by=None, now=NOON)

    with pytest.raises(ConsentPublished, match=f"POST /v1/consents/{consent.pk}/versions"):
        write()
    later = make_next(consent)
    with pytest.raises(ConsentPublished, match=later.pk):
        write()


def test_publish_consent_happens_once(ours: Organization) -> None:
    consent = make_published(ours)

    with pytest.raises(ConsentPublished):
        publish_consent(consent, by=None, now=NOON)


@pytest.mark.parametrize("target", ["edition", "products", "vendor_org", "organization"])
def test_publish_consent_needs_the_default_language_of_where_it_is_asked(
    ours: Organization, theirs: Organization, target: str
) -> None:
    edition = make_edition(ours, default_language="da", enabled_languages=["en", "da"])
    make_vendor(edition, theirs)
    on: Any = {"edition": edition, "products": [make_product(edition)], "vendor_org": theirs}
    draft = make_draft(ours, **({target: on[target]} if target in on else {}))

    with pytest.raises(ConsentUnreadable, match="Danish"):
        publish_consent(draft, by=None, now=NOON)
    change_consent(draft, changes={"document_url": {"da": "https://ours.example/da"}}, by=None, now=NOON)

    assert publish_consent(draft, by=None, now=NOON).published


def test_publish_consent_of_an_organization_without_editions_needs_any_text(ours: Organization) -> None:
    with pytest.raises(ConsentUnreadable):
        make_published(ours, consent_text={"en": " "})

    assert make_published(ours, consent_text={"pl": "Tak"}).published


def test_what_was_deleted_meanwhile_is_gone(ours: Organization) -> None:
    draft = make_draft(ours)
    Consent.objects.all().delete()

    for write in (publish_consent, remove_consent):
        with pytest.raises(ConsentGone):
            write(draft, by=None, now=NOON)


@pytest.mark.parametrize("target", ["edition", "products"])
def test_an_archived_edition_keeps_its_consents(edition: Edition, target: str) -> None:
    on: Any = {"edition": edition, "products": [make_product(edition)]}
    draft = make_draft(edition.organization, **{target: on[target]})
    Edition.objects.update(is_archived=True)

    with pytest.raises(EditionArchived):
        make_draft(edition.organization, **{target: on[target]})
    with pytest.raises(EditionArchived):
        change_consent(draft, changes={"title": "New"}, by=None, now=NOON)
    for write in (publish_consent, remove_consent):
        with pytest.raises(EditionArchived):
            write(draft, by=None, now=NOON)


def test_every_write_is_announced_and_kept_in_the_history(edition: Edition, manager: StaffUser) -> None:
    draft = create_consent(
        edition.organization,
        values={"title": "Terms", "edition": edition, "consent_text": TEXT},
        by=manager,
        now=NOON,
    )
    change_consent(draft, changes={"order": 3}, by=manager, now=NOON)
    publish_consent(draft, by=manager, now=NOON)
    connection.check_constraints()

    told = OutboxEvent.objects.order_by("sequence").values_list("type", "edition_id", "payload__changed")
    assert list(told) == [
        ("consent.created", edition.pk, None),
        ("consent.updated", edition.pk, ["order"]),
        ("consent.published", edition.pk, None),
    ]
    kept = AuditEvent.objects.filter(object_uuid=decode(draft.pk)[1]).order_by("id")
    assert [event.operation for event in kept] == ["create_consent", "change_consent", "publish_consent"]
    assert {event.staff_user_id for event in kept} == {manager.pk}


def test_a_consent_can_not_be_taken_away_from_an_archived_edition(edition: Edition) -> None:
    draft = make_draft(edition.organization, edition=edition)
    Edition.objects.update(is_archived=True)
    draft.edition = None

    with pytest.raises(EditionArchived):
        change_consent(draft, changes={"edition": None}, by=None, now=NOON)


def test_a_product_stays_while_a_consent_is_asked_of_those_who_buy_it(edition: Edition, manager: StaffUser) -> None:
    """Without it everybody would be asked."""
    category = Category.objects.create(edition=edition, name="Tents")
    tent, other = make_product(edition, category=category), make_product(edition)
    consent = make_published(edition.organization, products=[tent])

    with pytest.raises(StillInUse, match="consents refer to it"):
        remove_row(tent, by=manager, now=NOON)
    remove_row(other, by=manager, now=NOON)
    remove_row(category, by=manager, now=NOON)

    assert list(consent.products.all()) == [tent]


def test_a_product_that_was_deleted_meanwhile_is_named(edition: Edition, manager: StaffUser) -> None:
    kept, gone = make_product(edition), make_product(edition)
    draft = make_draft(edition.organization)
    remove_row(Product.objects.get(pk=gone.pk), by=manager, now=NOON)

    for write in (
        lambda: make_draft(edition.organization, products=[kept, gone]),
        lambda: change_consent(draft, changes={"products": [gone]}, by=None, now=NOON),
    ):
        with pytest.raises(InvalidField) as refusal:
            write()
        assert (refusal.value.field, refusal.value.code) == ("product_ids", "no_longer_there")
