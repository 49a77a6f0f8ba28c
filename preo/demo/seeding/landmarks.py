"""What a seed is known by: its organizations, who can sign in, and the ids of a few rows worth showing."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from preo.api.roles import Role
from preo.demo.seeding.batches import TOUR_BATCH, Maker, Sold
from preo.demo.seeding.houses import PASSWORD, PEOPLE, House
from preo.demo.seeding.random_ids import typed
from preo.demo.seeding.worlds import World, busiest

_EDITIONS = {
    "edition_past": "No. 12",
    "edition_upcoming": "No. 14",
    "edition_current": "Winter season",
    "edition_no_dates": "All year",
    "edition_draft": "First edition",
}


@dataclass(frozen=True, slots=True)
class SignIn:
    """`edition` is the only one in reach; empty where the whole organization is."""

    email: str
    password: str
    role: str
    organization: str
    edition: str = ""


def summary(world: World) -> dict[str, Any]:
    """The same for every run of the same seed, however many orders it has and whatever day it is for."""
    return {
        "organizations": [house.organization.slug for house in world.houses],
        "sign_ins": [_shown(one) for one in _sign_ins(world)],
        "landmarks": _landmarks(world),
    }


def _shown(sign_in: SignIn) -> dict[str, str]:
    return {name: value for name, value in asdict(sign_in).items() if value}


def _sign_ins(world: World) -> list[SignIn]:
    """The first organization's people come first, from the highest role down."""
    edition = busiest(world.editions).edition.pk
    slug = world.home.organization.slug
    volunteer = SignIn(world.edition_member.email, PASSWORD, Role.STAFF.value, slug, edition)
    others = [one for house in world.houses[1:] for one in _members(house)]
    return [*_members(world.home), volunteer, *others]


def _members(house: House) -> list[SignIn]:
    slug = house.organization.slug
    return [SignIn(house.staff[who].email, PASSWORD, role.value, slug) for who, role in PEOPLE.items()]


def _landmarks(world: World) -> dict[str, str]:
    sold = Maker(world, first_sandbox_id=1).sold(TOUR_BATCH)
    at_home = [one for one in sold if one.order.placement.shop.house is world.home]
    elsewhere = next(one for one in sold if one.order.placement.shop.house is not world.home)
    return {
        "organization": world.home.organization.pk,
        **_order(at_home[0]),
        **_editions(world),
        **_refunds(at_home),
        "other_organization": elsewhere.order.placement.shop.house.organization.pk,
        "other_edition": elsewhere.order.placement.shop.seed.edition.pk,
        "other_order": typed("ord", elsewhere.order.id),
    }


def _order(sold: Sold) -> dict[str, str]:
    """A completed order that begins with something that has a deposit."""
    order = sold.order
    return {
        "edition": order.placement.shop.seed.edition.pk,
        "order": typed("ord", order.id),
        "order_number": order.order_number or "",
        "customer": typed("usr", sold.customer.id),
        "customer_email": sold.customer.person.email,
        "customer_phone": sold.customer.person.phone,
        "transaction": typed("trx", order.payments[-1].id),
        "purchase_with_deposit": typed("pur", order.units[0].id),
    }


def _editions(world: World) -> dict[str, str]:
    ids = {one.run.name: one.edition.pk for one in world.editions if one.house is world.home}
    return {landmark: ids[name] for landmark, name in _EDITIONS.items()}


def _refunds(sold: Iterable[Sold]) -> dict[str, str]:
    """The first in each state, and the first above the limit that waits for a second person."""
    given = [refund for one in sold for refund in one.given]
    found = {"refund_" + refund.status.value: typed("rfd", refund.id) for refund in reversed(given)}
    above = next(one for one in given if one.needs_second_approver and one.status == "requested")
    usual = next(one for one in given if not one.needs_second_approver and one.status == "requested")
    return {
        **dict(sorted(found.items())),
        "refund_requested": typed("rfd", usual.id),
        "refund_needs_second_approver": typed("rfd", above.id),
    }
