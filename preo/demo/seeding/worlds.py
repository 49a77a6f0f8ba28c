"""All that the orders of a seed are made from: organizations, people, editions, shops."""

from dataclasses import dataclass
from itertools import accumulate

from django.db.models import Model

from editions.choices import EmailScope, Language
from editions.models import EditionMembership, EmailMessage
from preo.accounts.models import StaffUser
from preo.api.roles import Role
from preo.demo.seeding.albums import Print
from preo.demo.seeding.drafts import SINCE, Draft
from preo.demo.seeding.houses import House, employee, houses
from preo.demo.seeding.letters import LETTERS
from preo.demo.seeding.moments import Calendar
from preo.demo.seeding.runs import EditionSeed, editions
from preo.demo.seeding.shops import Shop, shop
from preo.files.models import StoredFile


@dataclass(frozen=True, slots=True)
class World:
    """`rows` are by model, in an order in which they can be saved; `prints` are those of them that show something.

    `shops_at_home` are the first organization's.
    """

    seed: int
    tag: str
    calendar: Calendar
    houses: tuple[House, ...]
    editions: tuple[EditionSeed, ...]
    edition_member: StaffUser
    shops: tuple[Shop, ...]
    shares: tuple[int, ...]
    rows: dict[type[Model], list[Model]]
    prints: tuple[Print, ...]

    @property
    def home(self) -> House:
        return self.houses[0]

    @property
    def shops_at_home(self) -> list[Shop]:
        """The busiest first."""
        shops = (one for one in self.shops if one.house is self.home)
        return sorted(shops, key=lambda one: -one.seed.run.share)

    @property
    def shops_elsewhere(self) -> list[Shop]:
        return [one for one in self.shops if one.house is not self.home]


def make_world(seed: int, calendar: Calendar) -> World:
    draft = Draft(seed, calendar)
    made = tuple(houses(draft))
    seeds = tuple(editions(draft, made))
    shops = tuple(shop(one) for one in seeds if one.run.share)
    prints = tuple(one for house in made for one in house.album.prints.values())
    if not draft.tag:
        _platform_messages(draft)
    return World(
        seed=seed,
        tag=draft.tag,
        calendar=calendar,
        houses=made,
        editions=seeds,
        edition_member=_edition_member(draft, made[0], busiest(seeds)),
        shops=shops,
        shares=tuple(accumulate(one.seed.run.share for one in shops)),
        rows={StoredFile: [one.file for one in prints], **draft.rows},
        prints=prints,
    )


def busiest(seeds: tuple[EditionSeed, ...]) -> EditionSeed:
    return max(seeds, key=lambda one: one.run.share)


def _edition_member(draft: Draft, house: House, seed: EditionSeed) -> StaffUser:
    password = house.staff["staff"].password
    member = employee(draft, house.company, "volunteer", password)
    draft.add(EditionMembership, "ebr", seed.opens, edition=seed.edition, staff_user=member, role=Role.STAFF)
    return member


def _platform_messages(draft: Draft) -> None:
    """One template of each type for everybody. They are nobody's, so only one of the seeds in a database has them."""
    languages = Language.values
    for type_, letter in LETTERS.items():
        draft.add(
            EmailMessage,
            "eml",
            SINCE,
            title=type_.label,
            subject=letter.subject_in(languages),
            type=type_,
            scope=EmailScope.PLATFORM,
            blocks=letter.blocks_in(languages),
        )
