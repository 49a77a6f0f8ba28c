"""Everything about one customer, gathered for its page, as far as it is in reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from editions.choices import Language
from preo.accounts.models import Customer
from preo.backoffice.words import words_of
from preo.customers.admin.buying import Bought, bought_by
from preo.customers.admin.known import Known, known_within


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """What the template shows."""

    customer: Customer
    language: str
    metadata: Sequence[tuple[str, str]]
    known: Sequence[Known]
    bought: Bought


def customer_page(customer: Customer, user: Any) -> CustomerPage:
    """A number of queries that doesn't grow with the customer."""
    known = known_within(customer, user)
    return CustomerPage(
        customer=customer,
        language=dict(Language.choices).get(customer.locale, customer.locale),
        metadata=_metadata(customer.metadata),
        known=known,
        bought=bought_by(customer, user),
    )


def _metadata(metadata: Mapping[str, Any]) -> list[tuple[str, str]]:
    field = Customer._meta.get_field("metadata")
    return [(name, words_of(field, value)) for name, value in sorted(metadata.items())]
