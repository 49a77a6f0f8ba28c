"""What part of a price is tax."""

from decimal import Decimal

from editions.choices import Severity, TaxType
from editions.healthcheck.places import rows_of, tab
from editions.healthcheck.registry import Category, Rows, check
from editions.healthcheck.setup import Setup
from editions.models import Product

HIGHEST = Decimal(30)


@check(
    Category.TAXES,
    Severity.WARNING,
    message="Prices include tax, and the rate for prices is 0 %.",
    suggestion="Enter the tax rate for prices, or choose that there is no tax.",
    place=tab("money"),
)
def tax_rate_is_set(setup: Setup) -> Rows:
    """Where there is a tax, the rate for prices is above zero."""
    if setup.edition.tax_type != TaxType.NONE and not setup.edition.default_price_tax_rate:
        yield setup.edition


@check(
    Category.TAXES,
    Severity.WARNING,
    message="There is no tax here, and still a tax rate on {names}.",
    suggestion="Choose the kind of tax under Money, or take the rates away.",
    place=tab("money"),
)
def rates_have_a_tax(setup: Setup) -> Rows:
    """Without a tax, neither the edition nor a product has a tax rate."""
    if setup.edition.tax_type == TaxType.NONE:
        edition = setup.edition
        if any(
            (
                edition.default_price_tax_rate,
                edition.default_deposit_tax_rate,
                edition.default_packaging_deposit_tax_rate,
            )
        ):
            yield edition
        yield from (product for product in setup.on_sale if product.price_tax_rate or product.deposit_tax_rate)


@check(
    Category.TAXES,
    Severity.INFO,
    message="Deposits are taxed at another rate than prices.",
    suggestion="Set the rate for deposits to zero, or to that of prices, unless your accountant says otherwise.",
    place=tab("money"),
)
def deposit_tax_is_usual(setup: Setup) -> Rows:
    """Deposits are taxed like prices, or not at all."""
    if setup.edition.default_deposit_tax_rate not in (0, setup.edition.default_price_tax_rate):
        yield setup.edition


@check(
    Category.TAXES,
    Severity.WARNING,
    message="The tax rate of {names} is above 30 %, higher than any country's.",
    suggestion="Check the rates of these products.",
    place=rows_of(Product),
)
def product_tax_is_plausible(setup: Setup) -> Rows:
    """No product is taxed above 30 %."""
    for product in setup.on_sale:
        if max(product.price_tax_rate or 0, product.deposit_tax_rate or 0) > HIGHEST:
            yield product
