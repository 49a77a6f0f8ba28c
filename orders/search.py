"""How the text that orders are found by is made: everything in one column, normalized once, written with its row."""

import re
import unicodedata
from collections.abc import Iterable

_PHONE_LIKE = re.compile(r"\+?[0-9()./ -]*[0-9][0-9()./ -]*")


def normalize(text: str) -> str:
    """Lower case, without accents, with single blanks: what both the column and a search term go through."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def phone_digits(text: str) -> str:
    """The digits of what may be a part of a phone number, however it is written; empty for anything else."""
    return "".join(filter(str.isdigit, text)) if _PHONE_LIKE.fullmatch(text.strip()) else ""


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
    parts = [order_number or "", order_id, customer_name, customer_email, customer_phone, *transaction_ids]
    return "\n".join(filter(None, map(normalize, parts)))
