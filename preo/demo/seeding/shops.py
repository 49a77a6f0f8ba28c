"""Editions as the order generator needs them: what can be bought there, priced and written for COPY once."""

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random

import orjson

from editions.models import Coupon, FeeRule, Option, Variant
from preo.demo.seeding.catalogs import Item
from preo.demo.seeding.copying import NULL, escaped
from preo.demo.seeding.houses import House
from preo.demo.seeding.runs import EditionSeed
from preo.money import apply_rate
from preo.public_ids import decode

WHOLE_IN_RATES = 100


@dataclass(frozen=True, slots=True)
class Offer:
    """A product in one form, with its amounts for one unit. Texts are columns for COPY."""

    product_text: str
    vendor_text: str
    options_text: str
    price: int
    deposit: int
    handling_fee: int
    uses: int
    is_unlimited_use: bool
    weight: int


@dataclass(frozen=True, slots=True)
class Shop:
    """One edition on sale. `rented` is what has a price and a deposit, by price; `weights` add up along `offers`."""

    seed: EditionSeed
    edition: str
    organization: str
    currency: str
    offers: tuple[Offer, ...]
    weights: tuple[int, ...]
    rented: tuple[Offer, ...]
    places: tuple[str, ...]
    coupons: tuple[tuple[Coupon, str], ...]
    sandbox: str
    cash: str | None
    is_over: bool
    is_open: bool

    @property
    def house(self) -> House:
        return self.seed.house

    @property
    def fee_rule(self) -> FeeRule:
        return self.seed.house.fee_rule

    @property
    def tax_weights(self) -> tuple[int, int]:
        """The tax and the rest, of a sum that has the tax in it."""
        rate = self.seed.run.market.tax_rate
        return rate, WHOLE_IN_RATES

    def offer(self, random: Random) -> Offer:
        return self.offers[bisect(self.weights, int(random.random() * self.weights[-1]))]


def shop(seed: EditionSeed) -> Shop:
    offers = tuple(offer for item in seed.items if not item.product.is_draft for offer in _offers(seed, item))
    starts, house = seed.run.starts, seed.house
    return Shop(
        seed=seed,
        edition=digits_of(seed.edition.pk),
        organization=digits_of(house.organization.pk),
        currency=seed.run.market.currency.value,
        offers=offers,
        weights=tuple(accumulate(offer.weight for offer in offers)),
        rented=tuple(sorted((one for one in offers if one.price and one.deposit), key=lambda one: one.price)),
        places=tuple(f"{digits_of(place.pk)}\t{escaped(place.name)}" for place in seed.locations),
        coupons=tuple((coupon, f"{digits_of(coupon.pk)}\t{escaped(coupon.code)}") for coupon in seed.coupons),
        sandbox=digits_of(house.sandbox.pk),
        cash=digits_of(house.cash.pk) if house.cash else None,
        is_over=seed.closes < 0,
        is_open=starts is None or starts < 0,
    )


def digits_of(public_id: str) -> str:
    """The uuid of a typed id, as ids come from the seed's generator."""
    return decode(public_id)[1].hex


def _offers(seed: EditionSeed, item: Item) -> Iterator[Offer]:
    variants: list[Variant | None] = [*item.variants] or [None]
    for variant in variants:
        # Most people take none of the options.
        yield _offer(seed, item, variant, None, weight=item.good.weight * 30 // len(variants))
        for option in item.options:
            yield _offer(seed, item, variant, option, weight=item.good.weight * 6 // len(variants))


def _offer(seed: EditionSeed, item: Item, variant: Variant | None, option: Option | None, *, weight: int) -> Offer:
    product, fees = item.product, seed.house.fee_rule
    price = product.price_minor
    if variant and variant.price_minor is not None:
        price = variant.price_minor
    price += option.price_mod_minor if option else 0
    handling_fee = fees.handling_fee_fixed_minor + apply_rate(price, fees.handling_fee_rate)
    return Offer(
        product_text=_product_text(item, variant),
        vendor_text=_vendor_text(item),
        options_text=_options_text(option),
        price=price,
        deposit=product.deposit_minor + (option.deposit_mod_minor if option else 0),
        handling_fee=handling_fee,
        uses=product.uses,
        is_unlimited_use=product.is_unlimited_use,
        weight=weight,
    )


def _product_text(item: Item, variant: Variant | None) -> str:
    chosen = f"{digits_of(variant.pk)}\t{escaped(variant.name)}" if variant else f"{NULL}\t"
    return f"{digits_of(item.product.pk)}\t{escaped(item.product.name)}\t{chosen}"


def _vendor_text(item: Item) -> str:
    vendor = item.product.vendor
    return f"{digits_of(vendor.pk)}\t{escaped(vendor.vendor_code)}" if vendor else f"{NULL}\t"


def _options_text(option: Option | None) -> str:
    if option is None:
        return "[]"
    shown = {
        "api_id": option.pk,
        "name": option.name,
        "price_mod_minor": option.price_mod_minor,
        "deposit_mod_minor": option.deposit_mod_minor,
    }
    return escaped(orjson.dumps([shown]).decode())
