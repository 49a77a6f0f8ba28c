"""What options do to amounts."""

from collections.abc import Iterable

from editions.choices import Severity
from editions.healthcheck.places import rows_of
from editions.healthcheck.registry import Category, Noted, Rows, check
from editions.healthcheck.setup import Setup
from editions.models import Option, Product


@check(
    Category.PRODUCTS,
    Severity.CRITICAL,
    message="An option takes off more than the price: {names}.",
    suggestion="Lower what the option takes off, or raise the price of the product and its variants.",
    place=rows_of(Product),
)
def option_keeps_the_price(setup: Setup) -> Rows:
    """No option makes a price negative."""
    for product in setup.on_sale:
        yield from _below_zero(
            product,
            ((option, option.price_mod_minor) for option in setup.options_of(product)),
            setup.prices_of(product),
        )


@check(
    Category.PRODUCTS,
    Severity.CRITICAL,
    message="An option takes off more than the deposit: {names}.",
    suggestion="Lower what the option takes off, or raise the deposit of the product and its variants.",
    place=rows_of(Product),
)
def option_keeps_the_deposit(setup: Setup) -> Rows:
    """No option makes a deposit negative."""
    for product in setup.on_sale:
        yield from _below_zero(
            product,
            ((option, option.deposit_mod_minor) for option in setup.options_of(product)),
            setup.deposits_of(product),
        )


def _below_zero(product: Product, changes: Iterable[tuple[Option, int]], amounts: Iterable[int]) -> Rows:
    lowest = min(amounts)
    return (Noted(product, option.name) for option, change in changes if lowest + change < 0)
