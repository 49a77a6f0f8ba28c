"""Where customers collect what they bought."""

from editions.choices import Severity
from editions.healthcheck.places import rows_of
from editions.healthcheck.registry import Category, Rows, check
from editions.healthcheck.setup import Setup
from editions.healthcheck.texts import namesakes
from editions.models import Location, Product

PICKUP_POINTS = rows_of(Location)


@check(
    Category.PICKUP,
    Severity.CRITICAL,
    message="There is no pickup point.",
    suggestion="Add the place where customers collect what they bought.",
    place=PICKUP_POINTS,
)
def pickup_point_exists(setup: Setup) -> Rows:
    """The edition has a pickup point."""
    if not setup.pickup_points:
        yield setup.edition


@check(
    Category.PICKUP,
    Severity.CRITICAL,
    message="Every pickup point is a draft: {names}.",
    suggestion="Take a pickup point out of draft.",
    place=PICKUP_POINTS,
)
def pickup_point_is_published(setup: Setup) -> Rows:
    """Where there are pickup points, one at least is published."""
    return [] if setup.open_pickup_points else setup.pickup_points


@check(
    Category.PICKUP,
    Severity.CRITICAL,
    message="Nowhere to collect {names}.",
    suggestion="Choose a published pickup point for each of these products.",
    place=rows_of(Product),
)
def product_has_a_pickup_point(setup: Setup) -> Rows:
    """Every product on sale can be collected at a published pickup point."""
    if setup.open_pickup_points:
        open_ones = {point.pk for point in setup.open_pickup_points}
        yield from (product for product in setup.on_sale if open_ones.isdisjoint(setup.pickup_point_ids_of(product)))


@check(
    Category.PICKUP,
    Severity.WARNING,
    message="Nothing can be collected at {names}.",
    suggestion="Choose this pickup point for some products, or make it a draft.",
    place=PICKUP_POINTS,
)
def pickup_point_has_products(setup: Setup) -> Rows:
    """Something can be collected at every published pickup point."""
    used = {point for product in setup.on_sale for point in setup.pickup_point_ids_of(product)}
    return (point for point in setup.open_pickup_points if point.pk not in used)


@check(
    Category.PICKUP,
    Severity.WARNING,
    message="Several pickup points go by the name {notes}.",
    suggestion="Give each a name that customers can tell apart.",
    place=PICKUP_POINTS,
)
def pickup_point_names_differ(setup: Setup) -> Rows:
    """No two published pickup points have the same name."""
    return namesakes(setup.open_pickup_points)
