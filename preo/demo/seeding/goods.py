"""What the editions of the seed sell; amounts are øre, and other currencies are scaled from them."""

from dataclasses import dataclass

CAMP, BAR = "camp", "bar"
"""Kinds of vendor: camping equipment, and drinks."""


@dataclass(frozen=True, slots=True)
class Addition:
    """An option: what it adds to, or takes off, the price and the deposit."""

    name: str
    price: int
    deposit: int = 0


@dataclass(frozen=True, slots=True)
class Good:
    """One product. `variants` are (name, price above the product's own)."""

    name: str
    category: str
    price: int
    deposit: int = 0
    weight: int = 10
    is_rental: bool = False
    uses: int = 1
    is_unlimited_use: bool = False
    vendor: str = ""
    stock: int | None = None
    variants: tuple[tuple[str, int], ...] = ()
    additions: tuple[Addition, ...] = ()


CAMPING, DRINKS, FOOD, STORAGE, PASSES, POWER, EXTRAS = (
    "Camping", "Drinks", "Food", "Lockers & storage", "Passes", "Power", "Extras",
)  # fmt: skip

_MATS = (Addition("Two sleeping mats", 120_00, 50_00), Addition("Carry-out to the car", 95_00))
_INSURED = (Addition("Damage cover", 45_00, -50_00),)
_SIZES = (("S", 0), ("M", 0), ("L", 0), ("XL", 20_00))

GOODS = (
    Good("Tent for two", CAMPING, 649_00, 300_00, 14, is_rental=True, vendor=CAMP, stock=1800,
         variants=(("Quiet camp", 0), ("Party camp", 0)), additions=_MATS),
    Good("Reusable cup", EXTRAS, 0, 20_00, 22, variants=(("0.4 l", 0), ("0.5 l", 0))),
    Good("Beer, 24 cans", DRINKS, 349_00, 24_00, 20, vendor=BAR, variants=(("Pilsner", 0), ("Pale ale", 40_00))),
    Good("Locker with charger", STORAGE, 249_00, 100_00, 16, is_rental=True, is_unlimited_use=True, stock=2400,
         variants=(("Medium", 0), ("Large", 80_00))),
    Good("Power bank", POWER, 129_00, 150_00, 15, is_rental=True, additions=(Addition("USB-C cable", 15_00, 20_00),)),
    Good("Shower pass", PASSES, 180_00, weight=12, uses=5),
    Good("Breakfast pass", PASSES, 240_00, weight=9, uses=4, variants=(("Standard", 0), ("Vegan", 0))),
    Good("Parking pass", PASSES, 220_00, weight=10, is_unlimited_use=True, variants=(("Car", 0), ("Camper", 280_00))),
    Good("Camping chair", CAMPING, 99_00, 100_00, 11, is_rental=True, vendor=CAMP),
    Good("Tent for four", CAMPING, 1_095_00, 500_00, 7, is_rental=True, vendor=CAMP, additions=(*_MATS, *_INSURED)),
    Good("Cider, 12 bottles", DRINKS, 269_00, 36_00, 9, vendor=BAR, variants=(("Apple", 0), ("Elderflower", 10_00))),
    Good("Water, 24 bottles", DRINKS, 129_00, 24_00, 10),
    Good("Sleeping bag", CAMPING, 229_00, 75_00, 8, is_rental=True, vendor=CAMP, additions=_INSURED),
    Good("T-shirt", EXTRAS, 249_00, weight=8, stock=900, variants=_SIZES),
    Good("Phone charging pass", POWER, 110_00, weight=6, is_unlimited_use=True),
    Good("Cool box with ice", CAMPING, 189_00, 200_00, 6, is_rental=True,
         additions=(Addition("Daily refill of ice", 160_00),)),
    Good("Glamping bell tent", CAMPING, 3_495_00, 1_000_00, 2, is_rental=True, vendor=CAMP, stock=120,
         additions=(Addition("Double bed", 600_00), Addition("Electric light", 150_00, 100_00))),
    Good("Food card", FOOD, 500_00, weight=7, is_unlimited_use=True, variants=(("500", 0), ("1000", 500_00))),
    Good("Family picnic basket", FOOD, 395_00, 80_00, 4, additions=(Addition("Gluten-free", 25_00),)),
    Good("Luggage room, one item", STORAGE, 60_00, weight=6, uses=3),
    Good("Wine, 6 bottles", DRINKS, 449_00, weight=5, vendor=BAR, variants=(("Red", 0), ("White", 0), ("Rosé", 0))),
    Good("Earplugs", EXTRAS, 35_00, weight=5, additions=(Addition("In a tin", 10_00),)),
    Good("Poncho", EXTRAS, 45_00, weight=5, variants=(("Child", -10_00), ("Adult", 0))),
    Good("Shuttle bus, both ways", PASSES, 160_00, weight=6, uses=2),
    Good("Camping trolley", CAMPING, 149_00, 250_00, 3, is_rental=True, vendor=CAMP),
)  # fmt: skip
"""The first eight are in every edition, so that each has rentals, deposits and passes of every kind."""

NOT_SOLD_YET = Good("Sauna hour", EXTRAS, 150_00)
"""In every edition, as a draft."""
