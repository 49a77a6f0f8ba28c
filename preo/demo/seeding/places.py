"""Who runs what in the seed, and when: days are relative to the day it is seeded for."""

from dataclasses import dataclass

from editions.choices import CountryCode, Language, TaxType
from preo.demo.seeding.goods import BAR, CAMP
from preo.demo.seeding.names import DENMARK, NETHERLANDS, NORWAY, POLAND, SWEDEN, Country
from preo.money import Currency
from refunds.states import RefundReason


@dataclass(frozen=True, slots=True)
class Market:
    """What goes with a currency; `price` is a price there for one of 100 in Denmark, `tax_rate` is in percent."""

    currency: Currency
    price: int
    tax_rate: int
    timezone: str
    country_code: CountryCode
    languages: tuple[Language, ...]


DKK = Market(Currency.DKK, 100, 25, "Europe/Copenhagen", CountryCode.DK, (Language.DA, Language.EN))
NOK = Market(Currency.NOK, 160, 25, "Europe/Oslo", CountryCode.NO, (Language.EN,))
SEK = Market(Currency.SEK, 150, 25, "Europe/Stockholm", CountryCode.SE, (Language.SE, Language.EN))
EUR = Market(Currency.EUR, 14, 21, "Europe/Amsterdam", CountryCode.NL, (Language.NL, Language.EN))
PLN = Market(Currency.PLN, 60, 23, "Europe/Warsaw", CountryCode.PL, (Language.PL, Language.EN))
GBP = Market(Currency.GBP, 12, 20, "Europe/London", CountryCode.GB, (Language.EN,))


@dataclass(frozen=True, slots=True)
class Run:
    """One edition. `share` of all orders, in thousandths; none for drafts, of which one lacks what publishing needs."""

    event: str
    name: str
    starts: int | None
    ends: int | None
    market: Market
    share: int = 0
    goods: int = 12
    is_archived: bool = False
    is_unfinished: bool = False

    @property
    def is_draft(self) -> bool:
        return not self.share


@dataclass(frozen=True, slots=True)
class Company:
    """One organization; refund limits are minor units, `sells` says as what kind of vendor it goes to others."""

    name: str
    slug: str
    code: str
    country: Country
    second_approver_above: int
    self_approved_up_to: int | None
    takes_cash: bool
    sells: str
    runs: tuple[Run, ...]
    staff_ceiling: int | None = None
    manager_ceiling: int | None = None
    daily_limit: int | None = None
    commented: tuple[RefundReason, ...] = ()


# The sandbox speaks for every merchant account; tax is VAT in all of these countries.
TAX_TYPE = TaxType.VAT

COMPANIES = (
    Company(
        "Nordlys Festivals", "nordlys", "NL", DENMARK, 500_00, None, takes_cash=True, sells="",
        runs=(
            Run("Nordlys Festival", "No. 11", -730, -726, DKK, 70, 18, is_archived=True),
            Run("Nordlys Festival", "No. 12", -366, -362, DKK, 110, 22),
            Run("Nordlys Festival", "No. 13", -24, -20, DKK, 130, 25),
            Run("Nordlys Festival", "No. 14", 340, 344, DKK, 40, 25),
            Run("Harbor Nights", "Winter season", -20, 45, DKK, 70, 14),
            Run("Nordlys Shop", "All year", None, None, DKK, 30, 10),
            Run("Nordlys for Kids", "First edition", 200, 201, DKK, goods=8, is_unfinished=True),
        ),
        staff_ceiling=2_000_00, manager_ceiling=20_000_00, daily_limit=25_000_00, commented=(RefundReason.OTHER,),
    ),
    Company(
        "Fjordland Live", "fjordland", "FJ", NORWAY, 1_000_00, 100_00, takes_cash=True, sells="",
        runs=(
            Run("Midnight Sun", "East", -190, -187, NOK, 80, 20),
            Run("Midnight Sun", "West", -6, 20, NOK, 70, 20),
            Run("Midnight Sun", "North", 64, 67, NOK, 60, 20),
            Run("Fjord Run", "Not dated yet", None, None, NOK, goods=9),
        ),
    ),
    Company(
        "Skärgård Events", "skargard", "SK", SWEDEN, 750_00, None, takes_cash=True, sells="",
        runs=(
            Run("Archipelago Sessions", "Dalarö", -480, -478, SEK, 40, 12, is_archived=True),
            Run("Archipelago Sessions", "Sandhamn", -110, -108, SEK, 60, 16),
            Run("Archipelago Sessions", "Utö", -3, 25, SEK, 50, 16),
            Run("Archipelago Sessions", "Vaxholm", 90, None, SEK, 40, 16),
        ),
    ),
    Company(
        "Brouwerij De Haven", "de-haven", "HV", NETHERLANDS, 150_00, 10_00, takes_cash=False, sells=BAR,
        runs=(
            Run("Tap & Tide", "Spring", -75, -73, EUR, 50, 11),
            Run("Tap & Tide", "Autumn", 120, 122, EUR, 30, 11),
            Run("Tap & Tide", "London", 33, 34, GBP, 20, 9),
        ),
    ),
    Company(
        "Lejr Camping Equipment", "lejr", "LJ", POLAND, 400_00, 20_00, takes_cash=False, sells=CAMP,
        runs=(
            Run("Lakeside Week", "Masuria", -45, -38, PLN, 30, 10),
            Run("Lakeside Week", "Kashubia", 150, 157, PLN, 20, 10),
        ),
    ),
)  # fmt: skip
