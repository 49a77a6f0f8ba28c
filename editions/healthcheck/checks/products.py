"""What is sold."""

from collections import Counter

from editions.choices import Severity
from editions.healthcheck.places import rows_of
from editions.healthcheck.registry import Category, Rows, check
from editions.healthcheck.setup import Setup
from editions.healthcheck.texts import absent, namesakes
from editions.models import Product

PRODUCTS = rows_of(Product)


@check(
    Category.PRODUCTS,
    Severity.CRITICAL,
    message="Nothing is on sale.",
    suggestion="Add a product, or take one out of draft.",
    place=PRODUCTS,
)
def product_is_on_sale(setup: Setup) -> Rows:
    """A product is on sale."""
    if not setup.on_sale:
        yield setup.edition


@check(
    Category.PRODUCTS,
    Severity.WARNING,
    message="Everything on sale is out of stock.",
    suggestion="Raise the stock of a product, or empty it for no limit.",
    place=PRODUCTS,
)
def something_is_in_stock(setup: Setup) -> Rows:
    """Something on sale is in stock."""
    if setup.on_sale and not any(setup.is_in_stock(product) for product in setup.on_sale):
        yield setup.edition


@check(
    Category.PRODUCTS,
    Severity.INFO,
    message="Out of stock: {names}.",
    suggestion="Raise the stock, or leave it as it is where a product is sold out.",
    place=PRODUCTS,
)
def product_is_in_stock(setup: Setup) -> Rows:
    """Every product on sale is in stock."""
    return (product for product in setup.on_sale if not setup.is_in_stock(product))


@check(
    Category.PRODUCTS,
    Severity.INFO,
    message="Still a draft, and not on sale: {names}.",
    suggestion="Take the products that customers should see out of draft, and delete the others.",
    place=PRODUCTS,
)
def product_is_published(setup: Setup) -> Rows:
    """No product is a draft."""
    return (product for product in setup.products if product.is_draft)


@check(
    Category.PRODUCTS,
    Severity.INFO,
    message="Nothing is charged for {names}.",
    suggestion="Enter a price, or leave it at zero for what is given away.",
    place=PRODUCTS,
)
def product_costs_something(setup: Setup) -> Rows:
    """Every product on sale has a price or a deposit, if only with an option."""
    return (product for product in setup.on_sale if not setup.costs_something(product))


@check(
    Category.PRODUCTS,
    Severity.CRITICAL,
    message="A unit of {names} can be used zero times, so that nobody could collect it.",
    suggestion="Let it be used once or more often, or without limit.",
    place=PRODUCTS,
)
def product_can_be_used(setup: Setup) -> Rows:
    """Whatever is bought can be used at least once."""
    return (product for product in setup.on_sale if not product.uses and not product.is_unlimited_use)


@check(
    Category.PRODUCTS,
    Severity.WARNING,
    message="Rented out without a deposit: {names}.",
    suggestion="Enter the deposit that customers get back when they return it.",
    place=PRODUCTS,
)
def rental_has_a_deposit(setup: Setup) -> Rows:
    """Whatever is rented out has a deposit."""
    return (product for product in setup.on_sale if product.is_rental and not any(setup.deposits_of(product)))


@check(
    Category.PRODUCTS,
    Severity.WARNING,
    message="Several products on sale go by the name {notes}.",
    suggestion="Give each a name that tells customers which is which.",
    place=PRODUCTS,
)
def product_names_differ(setup: Setup) -> Rows:
    """No two products on sale have the same name."""
    return namesakes(setup.on_sale)


@check(
    Category.PRODUCTS,
    Severity.WARNING,
    message="Two variants have the same name in {names}.",
    suggestion="Rename one of the variants, or delete it.",
    place=PRODUCTS,
)
def variant_names_differ(setup: Setup) -> Rows:
    """No two variants of a product have the same name."""
    for product in setup.on_sale:
        names = Counter(variant.name.strip().casefold() for variant in setup.variants_of(product))
        if any(times > 1 for times in names.values()):
            yield product


@check(
    Category.PRODUCTS,
    Severity.INFO,
    message="There is no picture of {names}.",
    suggestion="Add a photo: products with one sell better.",
    place=PRODUCTS,
)
def product_has_an_image(setup: Setup) -> Rows:
    """Every product on sale has an image."""
    return (product for product in setup.on_sale if not setup.has_image(product))


@check(
    Category.PRODUCTS,
    Severity.INFO,
    message="Under no heading: {names}.",
    suggestion="Choose a category, so that customers find it.",
    place=PRODUCTS,
)
def product_has_a_category(setup: Setup) -> Rows:
    """Every product on sale is in a category."""
    return (product for product in setup.on_sale if product.category_id is None)


@check(
    Category.PRODUCTS,
    Severity.WARNING,
    message="Nothing describes {names} in the default language.",
    suggestion="Write a description, so that customers know what they buy.",
    place=PRODUCTS,
)
def product_is_described(setup: Setup) -> Rows:
    """Every product on sale has a description in the default language."""
    return (product for product in setup.on_sale if absent(product.description, [setup.default_language]))
