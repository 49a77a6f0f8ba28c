"""How the text that orders are found by is made: everything in one column, normalized once, written with its row."""

import unicodedata
from collections.abc import Iterable


def normalize(text: str) -> str:
    """Lower case, without accents, with single blanks: what both the column and a search term go through."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def text_of(
    *,
    order_id: str,
    order_number: str | None,
    customer_name: str,
    customer_email: str,
    customer_phone: str,
    transaction_ids: Iterable[str],
) -> str:
    """The search column of one order; a phone (E.164) goes in with its plus and without."""
    return _lines([order_number or "", order_id, customer_name, customer_email, customer_phone, *transaction_ids])


def text_of_customer(*, name: str, email: str, phone: str) -> str:
    """The lines of the search column between the order's own and those of its transactions."""
    return _lines([name, email, phone])


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(filter(None, map(normalize, parts)))
