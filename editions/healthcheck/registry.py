"""Where checks register themselves; adding one is adding a function (docs/healthcheck.md)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Model

from editions.choices import Severity
from editions.healthcheck.places import Place
from editions.healthcheck.setup import Setup


class Category(models.TextChoices):
    """What a check is about, in the order in which an edition is set up."""

    DATES = "dates", "Dates"
    PAYMENTS = "payments", "Payments"
    TAXES = "taxes", "Taxes"
    PRODUCTS = "products", "Products"
    PICKUP = "pickup", "Pickup points"
    VENDORS = "vendors", "Vendors"
    COUPONS = "coupons", "Coupons"
    EMAILS = "emails", "E-mails"
    CONSENTS = "consents", "Consents"
    PAGES = "pages", "Pages"
    TRANSLATIONS = "translations", "Translations"


@dataclass(frozen=True, slots=True)
class Noted:
    """A row with what is the matter with it in particular, such as the languages that it lacks."""

    row: Model
    note: str


Rows = Iterable[Model | Noted]
"""What a check found wrong; nothing when it passed."""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule. `message` may hold {names} of the rows concerned, their {notes} and {count}."""

    check_id: str
    category: Category
    severity: Severity
    rule: str
    message: str
    suggestion: str
    place: Place
    find: Callable[[Setup], Rows]


_checks: dict[str, Check] = {}


def check(
    category: Category, severity: Severity, *, message: str, suggestion: str, place: Place
) -> Callable[[Callable[[Setup], Rows]], Callable[[Setup], Rows]]:
    """Registers a function that yields the rows that break a rule.

    Its name is the check's id for ever; its docstring is the rule as a sentence, shown where the check passes.
    """

    def register(find: Callable[[Setup], Rows]) -> Callable[[Setup], Rows]:
        function: Any = find
        name, rule = function.__name__, function.__doc__
        if name in _checks or not rule:
            raise ValueError(f"{name} needs a name of its own and a docstring")
        _checks[name] = Check(name, category, severity, rule, message, suggestion, place, find)
        return find

    return register


def registered_checks() -> Sequence[Check]:
    """All that are registered, by category, worst first."""
    categories, severities = list(Category), list(Severity)
    order = {one: (categories.index(one.category), severities.index(one.severity)) for one in _checks.values()}
    return sorted(order, key=order.__getitem__)
