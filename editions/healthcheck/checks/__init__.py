"""The checks of editions, a module a category."""

from editions.healthcheck.checks import (
    coupons,
    dates,
    emails,
    options,
    pages,
    payments,
    pickup,
    products,
    taxes,
    translations,
    triggers,
    vendors,
)

__all__ = [
    "coupons",
    "dates",
    "emails",
    "options",
    "pages",
    "payments",
    "pickup",
    "products",
    "taxes",
    "translations",
    "triggers",
    "vendors",
]
