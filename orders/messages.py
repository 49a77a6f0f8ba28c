"""What messages about an order say, and the receipt."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from editions.messages.letters import amount, amount_if_any, customer_variables, day, edition_variables, letter
from orders.models import Order, Purchase
from orders.states import PurchaseStatus, TransactionStatus
from preo.mail.letters import Letter, NothingToSend, renderer
from preo.mail.models import OutgoingMail

RECEIPT = "receipt"


class _Line(NamedTuple):
    """What makes units alike; amounts in minor units, for one of them."""

    name: str
    price_minor: int
    deposit_minor: int
    pickup_point: str


def variables_of(order: Order, *, language: str = "en") -> Mapping[str, Any]:
    """The values of the documented variables, from what was paid and not from the catalog. At most six queries."""
    purchases = list(order.purchases.exclude(status=PurchaseStatus.CANCELLED))
    service_fees = order.transactions.filter(status=TransactionStatus.COMPLETED)
    fees_minor = sum(unit.handling_fee_minor for unit in purchases)
    fees_minor += sum(service_fees.values_list("service_fee_minor", flat=True))
    deposit_minor = sum(unit.deposit_minor for unit in purchases)
    return {
        **edition_variables(order.edition),
        **customer_variables(order.customer),
        "order": {
            "number": str(order),
            "date": day(order.created, order.edition, language=language),
            "items_count": order.items_count,
            "lines": list(_lines(purchases, order.currency, language)),
            "deposit": amount_if_any(deposit_minor, order.currency, language=language),
            "fees": amount_if_any(fees_minor, order.currency, language=language),
            "total": amount(order.amount_minor, order.currency, language=language),
        },
    }


def name_of(purchase: Purchase) -> str:
    """Product, variant and options, as they were called when it was bought."""
    options = [option["name"] for option in purchase.options]
    return ", ".join(part for part in (purchase.product_name, purchase.variant_name, *options) if part)


@renderer(RECEIPT)
def receipt(mail: OutgoingMail) -> Letter:
    """The receipt of an order."""
    orders = Order.objects.select_related("customer", "edition__organization", "edition__event").defer("search_text")
    order = orders.filter(pk=mail.about).first()
    if order is None:
        raise NothingToSend("The order is gone.")
    return letter(mail, edition=order.edition, variables=variables_of(order, language=mail.language))


def _lines(purchases: Iterable[Purchase], currency: str, language: str) -> Iterator[dict[str, Any]]:
    alike = Counter(
        _Line(name_of(unit), unit.price_minor, unit.deposit_minor, unit.location_name) for unit in purchases
    )
    for line, quantity in alike.items():
        yield {
            "name": line.name,
            "quantity": quantity,
            "price": amount(line.price_minor, currency, language=language),
            "deposit": amount_if_any(line.deposit_minor, currency, language=language),
            "pickup_point": line.pickup_point,
        }
