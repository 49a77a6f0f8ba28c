"""The variables that an edition's messages know, by type: what the documentation, the check and the samples go by."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from itertools import cycle, islice
from typing import Any

from editions.choices import EmailType
from editions.messages import letters
from editions.models import Edition
from preo.mail.variables import Variable, example_of

ORGANIZATION = (
    Variable("organization.name", "The name of the organization.", "Summer Days"),
    Variable("edition.name", "The name of the edition, with its event's in front.", "Summer Days 2026"),
)
CUSTOMER = (
    Variable("customer.first_name", "The first word of the customer's name; can be empty.", "Søren"),
    Variable("customer.full_name", "The customer's whole name; can be empty.", "Søren Kjær"),
    Variable("customer.email", "The customer's e-mail address.", "soren@example.org"),
)


def _order(currency: str, language: str) -> tuple[Variable, ...]:
    amount = partial(letters.amount, currency=currency, language=language)
    ordered = letters.in_words(date(2026, 6, 1), language=language)

    lines = [
        {"name": "Tent, Large", "quantity": 2, "price": amount(400_00), "deposit": amount(100_00), "pickup_point": ""},
        {"name": "Locker", "quantity": 1, "price": amount(80_00), "deposit": "", "pickup_point": "North gate"},
    ]
    return (
        Variable("order.number", "The number of the order.", "P000123"),
        Variable("order.date", "The day of the order in the edition's timezone.", ordered),
        Variable("order.items_count", "How many units were ordered, as a number.", 3),
        Variable("order.deposit", "What of the total is deposit.", amount(200_00)),
        Variable("order.fees", "Handling and service fees together; empty for none.", amount(25_00)),
        Variable("order.total", "What the order came to.", amount(1105_00)),
        Variable("order.lines", "What was ordered: units that are alike make one line.", lines),
        Variable("order.lines[].name", "Product and variant.", "Tent, Large"),
        Variable("order.lines[].quantity", "How many units, as a number.", 2),
        Variable("order.lines[].price", "The price of one unit.", amount(400_00)),
        Variable("order.lines[].deposit", "The deposit of one unit; empty for none.", amount(100_00)),
        Variable("order.lines[].pickup_point", "Where it is picked up; can be empty.", "North gate"),
    )


def _refund(currency: str, language: str) -> tuple[Variable, ...]:
    amount = letters.amount(100_00, currency, language=language)
    given_back = letters.in_words(date(2026, 6, 7), language=language)
    return (
        Variable("refund.amount", "What was given back.", amount),
        Variable("refund.reason", "Why, in English.", "Deposit reclaimed"),
        Variable("refund.date", "The day on which it went through, in the edition's timezone.", given_back),
        Variable("refund.product", "The product that it is for; empty for a whole payment.", "Tent, Large"),
    )


PORTAL = (Variable("portal.url", "The customer's own page.", "https://preo.example/portal/abc", is_address=True),)


def variables_in(type_: EmailType, *, currency: str, language: str = "en") -> Sequence[Variable]:
    """The variables of a type of message, with amounts of a currency in their examples, as a language prints them."""
    base = (*ORGANIZATION, *CUSTOMER)
    match type_:
        case EmailType.CAMPAIGN:
            return base
        case EmailType.USER_PORTAL_ACCESS:
            return (*base, *PORTAL)
        case EmailType.REFUND_CONFIRMATION:
            return (*base, *_order(currency, language), *_refund(currency, language))
    return (*base, *_order(currency, language))


VARIABLES: Mapping[EmailType, Sequence[Variable]] = {type_: variables_in(type_, currency="dkk") for type_ in EmailType}


def sample_of(type_: EmailType, edition: Edition | None, *, language: str = "en", lines: int = 2) -> Mapping[str, Any]:
    """Values to preview a message of this type with, under the names of the edition if there is one.

    Where it is about an order, that has so many lines.
    """
    currency = edition.currency if edition else "dkk"
    sample = example_of(variables_in(EmailType(type_), currency=currency, language=language))
    if order := sample.get("order"):
        order["lines"] = list(islice(cycle(order["lines"]), lines))
    if edition:
        sample["organization"] = {"name": edition.organization.name}
        sample["edition"] = {"name": edition.full_name}
    return sample
