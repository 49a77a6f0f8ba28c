"""Who else sells in an edition."""

from editions.choices import Severity
from editions.healthcheck.places import rows_of
from editions.healthcheck.registry import Category, Noted, Rows, check
from editions.healthcheck.setup import Setup
from editions.models import Product, VendorParticipation

VENDORS = rows_of(VendorParticipation)


@check(
    Category.VENDORS,
    Severity.INFO,
    message="No product on sale is from {notes}.",
    suggestion="Choose this vendor on its products, or take the vendor out of the edition.",
    place=VENDORS,
)
def vendor_has_products(setup: Setup) -> Rows:
    """Every vendor has a product on sale."""
    selling = {product.vendor_id for product in setup.on_sale}
    return (Noted(vendor, vendor.organization.name) for vendor in setup.vendors if vendor.pk not in selling)


@check(
    Category.VENDORS,
    Severity.WARNING,
    message="There is no vendor code for {notes}, and it is what shows on purchases whose they are.",
    suggestion="Enter a short code for the vendor.",
    place=VENDORS,
)
def vendor_has_a_code(setup: Setup) -> Rows:
    """Every vendor has a vendor code."""
    return (Noted(vendor, vendor.organization.name) for vendor in setup.vendors if not vendor.vendor_code.strip())


@check(
    Category.VENDORS,
    Severity.WARNING,
    message="The vendor doesn't take part in this edition: {names}.",
    suggestion="Choose a vendor of this edition for these products, or none.",
    place=rows_of(Product),
)
def vendor_takes_part(setup: Setup) -> Rows:
    """The vendor of every product takes part in the edition."""
    here = {vendor.pk for vendor in setup.vendors}
    return (product for product in setup.on_sale if product.vendor_id and product.vendor_id not in here)
