"""Texts in the languages that an edition offers beside its default one."""

from editions.choices import Severity
from editions.healthcheck.places import rows_of, tab
from editions.healthcheck.registry import Category, Noted, Rows, check
from editions.healthcheck.setup import Setup
from editions.healthcheck.texts import absent, languages_missing, named
from editions.models import EmailMessage, Product


@check(
    Category.TRANSLATIONS,
    Severity.INFO,
    message="The page's title is missing in {notes}.",
    suggestion="Translate the title, or take the language out of those that are offered.",
    place=tab("texts"),
)
def meta_title_is_translated(setup: Setup) -> Rows:
    """The page's title is there in every language."""
    missing = absent(setup.edition.meta_title, setup.other_languages)
    return (Noted(setup.edition, language.label) for language in missing)


@check(
    Category.TRANSLATIONS,
    Severity.INFO,
    message="The page's description is missing in {notes}.",
    suggestion="Translate the description, or take the language out of those that are offered.",
    place=tab("texts"),
)
def meta_description_is_translated(setup: Setup) -> Rows:
    """The page's description is there in every language."""
    missing = absent(setup.edition.meta_description, setup.other_languages)
    return (Noted(setup.edition, language.label) for language in missing)


@check(
    Category.TRANSLATIONS,
    Severity.WARNING,
    message="A translation of the description is missing: {names}.",
    suggestion="Translate the description of each product into the languages named beside it.",
    place=rows_of(Product),
)
def product_is_translated(setup: Setup) -> Rows:
    """Every product on sale is described in every language."""
    for product in setup.on_sale:
        if missing := absent(product.description, setup.other_languages):
            yield Noted(product, named(missing))


@check(
    Category.TRANSLATIONS,
    Severity.WARNING,
    message="A message is not translated: {names}.",
    suggestion="Write the subject and every block of the message in the languages named beside it.",
    place=rows_of(EmailMessage),
)
def message_is_translated(setup: Setup) -> Rows:
    """Every message that customers are sent is there in every language."""
    for message in setup.messages:
        if missing := languages_missing(message, setup.other_languages):
            yield Noted(message, named(missing))
