"""What an edition of the seed sells: products with their categories, variants, options and pickup points."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model

from editions.models import Category, Edition, Location, Option, Product, ProductImage, Variant, VendorParticipation
from preo.demo.seeding.drafts import Draft
from preo.demo.seeding.goods import GOODS, NOT_SOLD_YET, Good
from preo.demo.seeding.houses import House
from preo.demo.seeding.places import Run

ALWAYS = 8

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Setup:
    """An edition while its rows are made, all at the moment `since`."""

    draft: Draft
    house: House
    run: Run
    edition: Edition
    since: int

    def add(self, model: type[M], prefix: str, **values: object) -> M:
        return self.draft.add(model, prefix, self.since, **values)

    def add_own(self, model: type[M], prefix: str, **values: object) -> M:
        """A row that hangs on the edition itself."""
        return self.add(model, prefix, edition=self.edition, **values)

    def scaled(self, oere: int) -> int:
        """A price of this market, in halves of its unit."""
        return oere * self.run.market.price // 100 // 50 * 50

    def in_all_languages(self, text: str) -> dict[str, str]:
        return dict.fromkeys(self.run.market.languages, text)


@dataclass(frozen=True, slots=True)
class Item:
    """A product with everything that can be chosen with it."""

    good: Good
    product: Product
    variants: tuple[Variant, ...]
    options: tuple[Option, ...]


def items(setup: Setup, locations: tuple[Location, ...], vendors: dict[str, VendorParticipation]) -> Iterator[Item]:
    random = setup.draft.random
    goods = [*GOODS[:ALWAYS], *random.sample(GOODS[ALWAYS:], setup.run.goods - ALWAYS), NOT_SOLD_YET]
    categories = _categories(setup, goods)
    for order, good in enumerate(goods):
        category, vendor = categories[good.category], vendors.get(good.vendor)
        product = _product(setup, good, category=category, vendor=vendor, order=order)
        for location in random.sample(locations, random.randint(1, len(locations))):
            setup.draft.keep(Product.locations.through(product_id=product.pk, location_id=location.pk))
        for place, file in enumerate(setup.house.album.of_good(good.name, category=good.category)):
            setup.draft.keep(ProductImage(product=product, file=file, order=place))
        yield Item(good, product, tuple(_variants(setup, product, good)), tuple(_options(setup, product, good)))


def _categories(setup: Setup, goods: list[Good]) -> dict[str, Category]:
    names = dict.fromkeys(good.category for good in goods)
    return {name: setup.add_own(Category, "cat", name=name, order=order) for order, name in enumerate(names)}


def _product(
    setup: Setup, good: Good, *, category: Category, vendor: VendorParticipation | None, order: int
) -> Product:
    return setup.add_own(
        Product,
        "prd",
        category=category,
        vendor=vendor,
        name=good.name,
        description=setup.in_all_languages(f"{good.name}, ready for you at the pickup point."),
        is_draft=good is NOT_SOLD_YET,
        is_rental=good.is_rental,
        price_minor=setup.scaled(good.price),
        deposit_minor=setup.scaled(good.deposit),
        uses=good.uses,
        is_unlimited_use=good.is_unlimited_use,
        stock=good.stock,
        order=order,
    )


def _variants(setup: Setup, product: Product, good: Good) -> Iterator[Variant]:
    for order, (name, above) in enumerate(good.variants):
        price = product.price_minor + setup.scaled(above) if above else None
        yield setup.add(Variant, "var", product=product, name=name, price_minor=price, order=order)


def _options(setup: Setup, product: Product, good: Good) -> Iterator[Option]:
    for order, addition in enumerate(good.additions):
        yield setup.add(
            Option,
            "opt",
            product=product,
            name=addition.name,
            price_mod_minor=setup.scaled(addition.price),
            deposit_mod_minor=setup.scaled(addition.deposit),
            order=order,
        )
