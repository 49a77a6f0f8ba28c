"""Whether words that stay for good name a customer, who may ask to be forgotten."""

import re
import unicodedata

from preo.accounts.models import Customer
from preo.customers.refusals import NamesTheCustomer
from preo.phones import says

LONG_ENOUGH = 4
"""Letters of a part of a name that names somebody by itself."""


def require_nameless(text: str, *, customer: Customer) -> None:
    """Raises NamesTheCustomer where the text has the name, a part of it, the e-mail address or the phone number."""
    if customer.email and customer.email.lower() in text.lower():
        raise _refusal("the customer's e-mail address")
    if customer.phone_number and says(text, number=customer.phone_number):
        raise _refusal("the customer's phone number")
    name, said = _words(customer.full_name), _words(text)
    if name and (set(name) <= set(said) or any(word in said for word in name if len(word) >= LONG_ENOUGH)):
        raise _refusal("the customer's name, or a part of it")


def _refusal(what: str) -> NamesTheCustomer:
    return NamesTheCustomer(f"The reason has {what} in it, and stays for good. Say why without that.")


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())
