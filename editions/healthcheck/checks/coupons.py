"""Codes that take something off."""

from editions.choices import Severity
from editions.healthcheck.places import rows_of
from editions.healthcheck.registry import Category, Rows, check
from editions.healthcheck.setup import Setup
from editions.models import Coupon

COUPONS = rows_of(Coupon)
EVERYTHING = 100


@check(
    Category.COUPONS,
    Severity.INFO,
    message="No longer valid: {names}.",
    suggestion="Move the end of the coupon, or delete it.",
    place=COUPONS,
)
def coupon_is_not_expired(setup: Setup) -> Rows:
    """No coupon has expired."""
    return (coupon for coupon in setup.coupons if coupon.valid_until and coupon.valid_until < setup.now)


@check(
    Category.COUPONS,
    Severity.WARNING,
    message="Valid only after the edition has ended: {names}.",
    suggestion="Let the coupon begin earlier.",
    place=COUPONS,
)
def coupon_begins_in_time(setup: Setup) -> Rows:
    """Every coupon begins before the edition ends."""
    end = setup.edition.end_date
    return (coupon for coupon in setup.coupons if end and coupon.valid_from and coupon.valid_from > end)


@check(
    Category.COUPONS,
    Severity.WARNING,
    message="Ends before it begins, and so is never valid: {names}.",
    suggestion="Move the end of the coupon behind its beginning.",
    place=COUPONS,
)
def coupon_is_valid_at_some_time(setup: Setup) -> Rows:
    """Every coupon ends after it begins."""
    for coupon in setup.coupons:
        if coupon.valid_from and coupon.valid_until and coupon.valid_until <= coupon.valid_from:
            yield coupon


@check(
    Category.COUPONS,
    Severity.WARNING,
    message="Takes everything off, for anybody and without limit: {names}.",
    suggestion="Limit how often or how long the coupon can be used.",
    place=COUPONS,
)
def free_coupon_is_limited(setup: Setup) -> Rows:
    """A coupon that takes everything off has a limit or an end."""
    for coupon in setup.coupons:
        if coupon.rate_off == EVERYTHING and coupon.max_uses is None and coupon.valid_until is None:
            yield coupon
