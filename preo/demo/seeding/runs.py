"""The editions of the seed, with everything that is set up for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.text import slugify

from editions.choices import EmailScope, EmailType, TriggerEvent
from editions.models import Coupon, Edition, EmailMessage, Event, Location, PassDesign, Trigger, VendorParticipation
from preo.demo.seeding.catalogs import Item, Setup, items
from preo.demo.seeding.houses import Draft, House
from preo.demo.seeding.moments import DAY
from preo.demo.seeding.places import TAX_TYPE, Run

PICKUP_POINTS = ("North gate", "South gate", "Camp plaza", "Bar street", "Harbor square", "Info tent")

MESSAGES = (
    (EmailType.RECEIPT, "Thank you for your order", TriggerEvent.ORDER_COMPLETED, 0),
    (EmailType.REFUND_CONFIRMATION, "Your money is on its way", TriggerEvent.REFUND_PROCESSED, 0),
    (EmailType.REMINDER, "Your pickup point opens soon", TriggerEvent.ORDER_CONFIRMED, 24 * 60),
)


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
        email_reply_to=f"help@{house.organization.slug}.example.org",
        meta_title=dict.fromkeys(market.languages, f"{run.event} {run.name}"),
        meta_description=dict.fromkeys(market.languages, f"{run.event}: order now, collect when you come."),
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
    emails = {}
    for type_, subject, event, delay in MESSAGES:
        emails[type_] = email = _email(setup, type_, subject)
        is_active = not setup.run.is_draft
        setup.add_own(Trigger, "trg", event=event, email_message=email, delay_minutes=delay, is_active=is_active)
    setup.edition.transaction_receipt_email = emails[EmailType.RECEIPT]
    setup.edition.refund_confirmation_email = emails[EmailType.REFUND_CONFIRMATION]
    colors = {"background_color": "#14213d", "foreground_color": "#ffffff", "label_color": "#fca311"}
    setup.add_own(PassDesign, "pas", name="Night", **colors)


def _email(setup: Setup, type_: EmailType, subject: str) -> EmailMessage:
    return setup.add_own(
        EmailMessage,
        "eml",
        organization=setup.house.organization,
        title=f"{type_.label}, {setup.edition.name}",
        subject=setup.in_all_languages(subject),
        type=type_,
        scope=EmailScope.EDITION,
        blocks=[{"type": "text", "text": setup.in_all_languages(f"{subject}.")}],
    )
