"""The editions of the seed, with everything that is set up for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.text import slugify

from editions.choices import EmailScope, EmailType, TriggerEvent
from editions.models import Coupon, Edition, EmailMessage, Event, Location, PassDesign, Trigger, VendorParticipation
from preo.demo.seeding.catalogs import Item, Setup, items
from preo.demo.seeding.drafts import Draft
from preo.demo.seeding.houses import House
from preo.demo.seeding.letters import LETTERS
from preo.demo.seeding.moments import DAY
from preo.demo.seeding.places import TAX_TYPE, Run

PICKUP_POINTS = ("North gate", "South gate", "Camp plaza", "Bar street", "Harbor square", "Info tent")

MESSAGES = (EmailType.RECEIPT, EmailType.REFUND_CONFIRMATION, EmailType.REMINDER)
REMINDED_AFTER_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class EditionSeed:
    """One edition and what it sells; its sale `opens` and, now at the latest, `closes`."""

    house: House
    run: Run
    edition: Edition
    opens: int
    closes: int
    items: tuple[Item, ...]
    locations: tuple[Location, ...]
    coupons: tuple[Coupon, ...]


def editions(draft: Draft, houses: Sequence[House]) -> Iterator[EditionSeed]:
    for house in houses:
        vendors = [other for other in houses if other is not house and other.company.sells]
        events = _events(draft, house)
        for run in house.company.runs:
            yield _edition_seed(draft, house, run, events[run.event], vendors)


def _events(draft: Draft, house: House) -> dict[str, Event]:
    names = dict.fromkeys(run.event for run in house.company.runs)
    return {name: draft.add(Event, "evt", -880 * DAY, organization=house.organization, name=name) for name in names}


def _edition_seed(draft: Draft, house: House, run: Run, event: Event, vendors: list[House]) -> EditionSeed:
    opens, closes = _sale(run)
    since = opens - 14 * DAY
    setup = Setup(draft, house, run, _edition(draft, house, run, event, since=since, opens=opens), since)
    locations = tuple(_locations(setup))
    participations = {vendor.company.sells: _participation(setup, vendor) for vendor in vendors}
    _messages(setup)
    return EditionSeed(
        house=house,
        run=run,
        edition=setup.edition,
        opens=opens,
        closes=closes,
        items=tuple(items(setup, locations, participations)),
        locations=locations,
        coupons=tuple(_coupons(setup)),
    )


def _sale(run: Run) -> tuple[int, int]:
    """Five months before the start until the end; what starts later has been on sale for some weeks all the same."""
    if run.starts is None:
        return -300 * DAY, 0
    ends = run.starts + 1 if run.ends is None else run.ends
    return min(run.starts - 150, -45) * DAY, min(ends, 0) * DAY


def _edition(draft: Draft, house: House, run: Run, event: Event, *, since: int, opens: int) -> Edition:
    market, at = run.market, draft.calendar.at
    return draft.add(
        Edition,
        "edt",
        since,
        organization=house.organization,
        event=event,
        name=run.name,
        slug=slugify(f"{run.event} {run.name}"),
        start_date=None if run.starts is None else at(run.starts * DAY),
        end_date=None if run.ends is None else at(run.ends * DAY),
        timezone=market.timezone,
        default_country_code=market.country_code,
        is_draft=run.is_draft,
        is_archived=run.is_archived,
        published_at=None if run.is_draft else at(opens),
        default_language=market.languages[0],
        enabled_languages=list(market.languages),
        tax_type=TAX_TYPE,
        default_price_tax_rate=market.tax_rate,
        currency=market.currency,
        fee_rule=house.fee_rule,
        merchant_account=house.sandbox,
        email_sender_name=house.organization.name[:50],
        email_sender_address=f"tickets@{house.organization.slug}.example.org",
        email_reply_to=f"help@{house.organization.slug}.example.org",
        meta_title=dict.fromkeys(market.languages, f"{run.event} {run.name}"),
        meta_description=dict.fromkeys(market.languages, f"{run.event}: order now, collect when you come."),
        meta_image=None if run.is_unfinished else house.album.of_event(run.event),
    )


def _locations(setup: Setup) -> Iterator[Location]:
    random = setup.draft.random
    for name in random.sample(PICKUP_POINTS, random.randint(2, 4)):
        yield setup.add_own(Location, "loc", name=name, is_draft=False)


def _participation(setup: Setup, vendor: House) -> VendorParticipation:
    code = vendor.company.slug.upper()
    return setup.add_own(VendorParticipation, "vnd", organization=vendor.organization, vendor_code=code)


def _coupons(setup: Setup) -> Iterator[Coupon]:
    yield setup.add_own(Coupon, "cpn", code="EARLYBIRD", rate_off=10)
    yield setup.add_own(Coupon, "cpn", code="FRIENDS", amount_off_minor=setup.scaled(50_00))


def _messages(setup: Setup) -> None:
    emails = {type_: _email(setup, type_) for type_ in MESSAGES}
    if not setup.run.is_unfinished:
        setup.edition.transaction_receipt_email = emails[EmailType.RECEIPT]
        setup.edition.refund_confirmation_email = emails[EmailType.REFUND_CONFIRMATION]
    setup.add_own(
        Trigger,
        "trg",
        event=TriggerEvent.ORDER_CONFIRMED,
        email_message=emails[EmailType.REMINDER],
        delay_minutes=REMINDED_AFTER_MINUTES,
        is_active=not setup.run.is_draft,
    )
    colors = {"background_color": "#14213d", "foreground_color": "#ffffff", "label_color": "#fca311"}
    setup.add_own(PassDesign, "pas", name="Night", **colors)


def _email(setup: Setup, type_: EmailType) -> EmailMessage:
    languages, letter = setup.run.market.languages, LETTERS[type_]
    return setup.add_own(
        EmailMessage,
        "eml",
        organization=setup.house.organization,
        title=f"{type_.label}, {setup.edition.name}",
        subject=letter.subject_in(languages),
        type=type_,
        scope=EmailScope.EDITION,
        blocks=letter.blocks_in(languages, image=setup.house.album.of_event(setup.run.event)),
    )
