"""The few words that a message says by itself, by language; Swedish is `se`, as in the API."""

from collections.abc import Mapping

LABELS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "item": "Item",
        "price": "Price",
        "deposit": "Deposit",
        "fees": "Fees",
        "total": "Total",
    },
    "da": {
        "item": "Vare",
        "price": "Pris",
        "deposit": "Depositum",
        "fees": "Gebyrer",
        "total": "I alt",
    },
    "se": {
        "item": "Vara",
        "price": "Pris",
        "deposit": "Deposition",
        "fees": "Avgifter",
        "total": "Totalt",
    },
    "nl": {
        "item": "Artikel",
        "price": "Prijs",
        "deposit": "Borg",
        "fees": "Kosten",
        "total": "Totaal",
    },
    "pl": {
        "item": "Produkt",
        "price": "Cena",
        "deposit": "Kaucja",
        "fees": "Opłaty",
        "total": "Razem",
    },
}


def labels_in(language: str) -> Mapping[str, str]:
    """The words in a language, or in English."""
    return LABELS.get(language, LABELS["en"])
