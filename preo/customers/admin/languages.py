"""What the language of a customer is called; imports know more of them than the product speaks."""

from babel import Locale

from editions.choices import Language

ENGLISH = Locale("en")


def language_name(code: str) -> str:
    """In English; of an unknown one the code."""
    if code in Language.values:
        return str(Language(code).label)
    return str(ENGLISH.languages.get(code, code))


def language_choices(code: str) -> list[tuple[str, str]]:
    """Those that the product speaks, and the customer's own, so that saving a form changes it only by a choice."""
    own = [] if code in Language.values else [(code, language_name(code))]
    return [*own, *Language.choices]
