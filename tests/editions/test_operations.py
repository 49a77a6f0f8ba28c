"""Creating editions and changing their settings."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from editions.choices import CountryCode, EmailScope, EmailType
from editions.models import Edition, EmailMessage, Event, FeeRule, MerchantAccount, SenderDomain
from editions.operations.editions import CurrencyFrozen, create_edition, update_edition
from editions.operations.locking import EditionArchived
from editions.operations.soundness import timezones
from preo.accounts.models import Organization, StaffUser
from preo.errors import InvalidField
from preo.files.models import StoredFile
from preo.public_ids import new
from preo.webhooks.models import OutboxEvent
from tests.factories import NOON, make_edition, make_order
from tests.trail import events_of

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def event(ours: Organization) -> Event:
    return Event.objects.create(organization=ours, name="Summer Days")


def create(event: Event, manager: StaffUser, name: str = "Camp 2026", **settings: Any) -> Edition:
    return create_edition(event, name=name, settings=settings, by=manager, now=NOON)


def change(edition: Edition, manager: StaffUser, **changes: Any) -> Edition:
    return update_edition(edition, changes=changes, by=manager, now=LATER)


def refusal(edition: Edition, manager: StaffUser, **changes: Any) -> tuple[str, str]:
    """The field and code of what is wrong; and nothing was written."""
    before = Edition.objects.values().get(pk=edition.pk)
    with pytest.raises(InvalidField) as refused:
        change(edition, manager, **changes)
    assert Edition.objects.values().get(pk=edition.pk) == before
    return refused.value.field, refused.value.code


def test_create_edition_makes_a_draft_of_the_event(event: Event, manager: StaffUser) -> None:
    edition = create(event, manager)

    assert (edition.organization_id, edition.event_id) == (event.organization_id, event.pk)
    assert (edition.is_draft, edition.is_archived, edition.published_at, edition.created) == (True, False, None, NOON)
    assert OutboxEvent.objects.get().type == "edition.created"


def test_create_edition_is_in_the_history_with_who(event: Event, manager: StaffUser) -> None:
    edition = create(event, manager)

    [first] = events_of(edition)
    assert (first.action, first.operation, first.staff_user_id) == ("insert", "create_edition", manager.pk)


@pytest.mark.parametrize(
    ("country", "currency"),
    [(CountryCode.DK, "dkk"), (CountryCode.SE, "sek"), (CountryCode.US, "usd"), (CountryCode.CH, "eur")],
)
def test_create_edition_sells_in_the_currency_of_the_country(
    event: Event, manager: StaffUser, country: CountryCode, currency: str
) -> None:
    assert create(event, manager, default_country_code=country).currency == currency


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Camp 2026", "camp-2026"),
        ("  Ærø & Ø-lejr!  ", "aeroe-oe-lejr"),
        ("日本", "edition"),
        ("x" * 200, "x" * 190),
    ],
)
def test_create_edition_makes_a_slug_of_the_name(event: Event, manager: StaffUser, name: str, slug: str) -> None:
    assert create(event, manager, name=name).slug == slug


def test_create_edition_numbers_a_slug_that_is_taken(event: Event, manager: StaffUser, theirs: Organization) -> None:
    make_edition(theirs, slug="camp-2026")

    slugs = [create(event, manager).slug for _ in range(3)]

    assert slugs == ["camp-2026", "camp-2026-2", "camp-2026-3"]


def test_update_edition_changes_what_is_given_and_says_so(edition: Edition, manager: StaffUser) -> None:
    change(edition, manager, name="Camp 2027", email_reply_to="help@ours.example", timezone=edition.timezone)

    now = Edition.objects.get(pk=edition.pk)
    assert (now.name, now.email_reply_to, now.modified) == ("Camp 2027", "help@ours.example", LATER)
    told = OutboxEvent.objects.get()
    assert (told.type, told.payload["changed"]) == ("edition.updated", ["email_reply_to", "name"])


def test_update_edition_with_what_is_there_changes_nothing(edition: Edition, manager: StaffUser) -> None:
    before = Edition.objects.values().get(pk=edition.pk)

    change(edition, manager, name=edition.name, metadata={}, fee_rule=None)

    assert Edition.objects.values().get(pk=edition.pk) == before
    assert not OutboxEvent.objects.exists()


def berlin(day: int, hour: int, minute: int = 0, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, minute)  # noqa: DTZ001  local on purpose


def test_dates_without_an_offset_are_in_the_timezone_of_the_edition(edition: Edition, manager: StaffUser) -> None:
    change(edition, manager, timezone="Europe/Berlin", start_date=berlin(1, 12), end_date=berlin(2, 0, month=12))

    now = Edition.objects.get(pk=edition.pk)
    assert now.start_date == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert now.end_date == datetime(2026, 12, 1, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"start_date": NOON, "end_date": NOON}, ("end_date", "not_after_start")),
        ({"start_date": NOON, "end_date": NOON - timedelta(seconds=1)}, ("end_date", "not_after_start")),
        ({"start_date": NOON, "end_date": berlin(9, 1)}, ("end_date", "mixed_offsets")),
        ({"start_date": berlin(29, 2, 30, month=3)}, ("start_date", "ambiguous")),
        ({"start_date": berlin(25, 2, 30, month=10)}, ("start_date", "ambiguous")),
        ({"start_date": datetime(1, 1, 1)}, ("start_date", "out_of_range")),  # noqa: DTZ001  local on purpose
        ({"start_date": datetime(9999, 12, 31, 23, tzinfo=UTC)}, ("start_date", "out_of_range")),
        ({"timezone": "Mars/Olympus"}, ("timezone", "unknown_timezone")),
        ({"timezone": "Etc/GMT+3"}, ("timezone", "unknown_timezone")),
        ({"timezone": ""}, ("timezone", "unknown_timezone")),
        ({"name": "  "}, ("name", "blank")),
        ({"name": "Camp\n2027"}, ("name", "not_printable")),
        ({"enabled_languages": []}, ("enabled_languages", "required")),
        ({"enabled_languages": ["en", "en"]}, ("enabled_languages", "repeated")),
        ({"enabled_languages": ["da"]}, ("default_language", "not_enabled")),
        ({"default_language": "pl"}, ("default_language", "not_enabled")),
        ({"meta_title": {"da": "Lejr"}}, ("meta_title.da", "not_enabled")),
        ({"meta_description": {"xx": "?"}}, ("meta_description.xx", "not_enabled")),
        ({"email_sender_address": "hello@elsewhere.example"}, ("email_sender_address", "domain_not_verified")),
        *(
            ({"email_sender_name": f"Camp{character}Bcc: all"}, ("email_sender_name", "not_printable"))
            for character in "\r\n\t\v\f\x1c\x1d\x1e\x7f\x85\u2028\u202e\ud800"
        ),
    ],
)
def test_update_edition_refuses(
    edition: Edition, manager: StaffUser, changes: Mapping[str, Any], refused: tuple[str, str]
) -> None:
    change(edition, manager, timezone="Europe/Berlin")

    assert refusal(edition, manager, **changes) == refused


def test_a_language_with_texts_stays_enabled(edition: Edition, manager: StaffUser) -> None:
    change(edition, manager, enabled_languages=["en", "da"], meta_title={"en": "Camp", "da": "Lejr"})

    assert refusal(edition, manager, enabled_languages=["en"]) == ("meta_title.da", "not_enabled")


@pytest.mark.parametrize(
    ("address", "is_sender"),
    [("hello@ours.example", True), ("hello@OURS.example", True), ("hello@mail.ours.example", False)],
)
def test_the_sender_is_on_a_verified_domain(
    edition: Edition, ours: Organization, manager: StaffUser, address: str, is_sender: bool
) -> None:
    SenderDomain.objects.create(organization=ours, domain="ours.example", verified_at=NOON)

    if is_sender:
        assert change(edition, manager, email_sender_address=address).email_sender_address == address
    else:
        assert refusal(edition, manager, email_sender_address=address)[1] == "domain_not_verified"


def test_a_domain_counts_once_it_is_verified_and_for_its_organization_alone(
    edition: Edition, ours: Organization, theirs: Organization, manager: StaffUser
) -> None:
    SenderDomain.objects.create(organization=ours, domain="ours.example")
    SenderDomain.objects.create(organization=theirs, domain="ours.example", verified_at=NOON)

    assert refusal(edition, manager, email_sender_address="hello@ours.example")[1] == "domain_not_verified"


def make_account(organization: Organization, *currencies: str) -> MerchantAccount:
    return MerchantAccount.objects.create(
        organization=organization, name="Sandbox", type="sandbox", supported_currencies=list(currencies)
    )


def make_message(organization: Organization | None, kind: EmailType) -> EmailMessage:
    scope = EmailScope.TEMPLATE if organization else EmailScope.PLATFORM
    return EmailMessage.objects.create(organization=organization, title="Hello", type=kind, scope=scope)


def test_the_merchant_account_supports_the_currency(edition: Edition, ours: Organization, manager: StaffUser) -> None:
    change(edition, manager, merchant_account=make_account(ours, "dkk", "eur"))

    both = {"currency": "sek", "merchant_account": make_account(ours, "sek")}

    assert refusal(edition, manager, currency="sek") == ("merchant_account_id", "currency_not_supported")
    assert refusal(edition, manager, merchant_account=make_account(ours)) == (
        "merchant_account_id",
        "currency_not_supported",
    )
    assert change(edition, manager, **both).currency == "sek"


def test_what_an_edition_refers_to_is_of_its_organization(
    edition: Edition, theirs: Organization, manager: StaffUser
) -> None:
    image = StoredFile.objects.create(organization=theirs, file_name="a.jpg", key=new("fil"), size=1)
    others = {
        "fee_rule": FeeRule.objects.create(organization=theirs, name="Usual"),
        "merchant_account": make_account(theirs, "dkk"),
        "meta_image": image,
        "transaction_receipt_email": make_message(theirs, EmailType.RECEIPT),
        "refund_confirmation_email": make_message(theirs, EmailType.REFUND_CONFIRMATION),
    }

    refused = {name: refusal(edition, manager, **{name: row}) for name, row in others.items()}

    assert refused == {name: (f"{name}_id", "other_organization") for name in others}


def test_what_was_deleted_meanwhile_is_not_referred_to(
    edition: Edition, ours: Organization, manager: StaffUser
) -> None:
    rule = FeeRule.objects.create(organization=ours, name="Usual")
    FeeRule.objects.all().delete()

    assert refusal(edition, manager, fee_rule=rule) == ("fee_rule_id", "not_found")


def test_a_message_is_of_the_type_that_it_is_sent_for(edition: Edition, ours: Organization, manager: StaffUser) -> None:
    receipt, campaign = make_message(ours, EmailType.RECEIPT_ONLINE), make_message(None, EmailType.CAMPAIGN)

    change(edition, manager, transaction_receipt_email=receipt)

    assert refusal(edition, manager, transaction_receipt_email=campaign)[1] == "wrong_type"
    assert refusal(edition, manager, refund_confirmation_email=receipt)[1] == "wrong_type"


def test_the_platforms_messages_are_for_everybody(edition: Edition, manager: StaffUser) -> None:
    message = make_message(None, EmailType.RECEIPT)

    assert change(edition, manager, transaction_receipt_email=message).transaction_receipt_email == message


def test_the_currency_stays_once_something_is_ordered(edition: Edition, manager: StaffUser) -> None:
    change(edition, manager, currency="eur")
    make_order(edition)

    with pytest.raises(CurrencyFrozen):
        change(edition, manager, currency="sek")

    assert change(edition, manager, currency="eur", name="Camp 2027").name == "Camp 2027"


def test_the_database_keeps_the_currency_too(edition: Edition) -> None:
    make_order(edition)

    with pytest.raises(IntegrityError, match="currency"), transaction.atomic():
        Edition.objects.update(currency="sek")


def test_the_database_keeps_the_first_publishing(edition: Edition) -> None:
    with pytest.raises(ProgrammingError, match="edition_is_first_published_once"), transaction.atomic():
        Edition.objects.update(published_at=LATER)


@pytest.mark.parametrize(
    "changes",
    [{"name": "x"}, {"is_draft": False}, {"is_archived": False, "name": "x"}, {"is_archived": True}],
)
def test_an_archived_edition_takes_nothing_but_unarchiving(
    edition: Edition, manager: StaffUser, changes: Mapping[str, Any]
) -> None:
    change(edition, manager, is_archived=True)

    with pytest.raises(EditionArchived):
        change(edition, manager, **changes)

    assert change(edition, manager, is_archived=False).is_archived is False
    assert [event.type for event in OutboxEvent.objects.order_by("id")] == ["edition.archived", "edition.unarchived"]


def test_settings_and_archiving_come_in_one(edition: Edition, manager: StaffUser) -> None:
    now = change(edition, manager, is_archived=True, is_draft=True, name="Camp 2025")

    assert (now.is_archived, now.is_draft, now.name) == (True, True, "Camp 2025")


@pytest.mark.django_db
def test_the_database_knows_every_timezone_that_can_be_chosen() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(now() AT TIME ZONE name) FROM unnest(%s::text[]) AS name", [timezones()])
        known = cursor.fetchone()

    assert known == (len(timezones()),)
    assert {"UTC", "Europe/Copenhagen", "America/Argentina/Ushuaia"} <= set(timezones())
    assert len(timezones()) > 400
