"""How an edition's pages show up in search engines and where they are shared."""

from editions.choices import Severity
from editions.healthcheck.places import tab
from editions.healthcheck.registry import Category, Noted, Rows, check
from editions.healthcheck.setup import Setup
from editions.healthcheck.texts import absent

TEXTS = tab("texts")
LONGEST_TITLE = 70
LONGEST_DESCRIPTION = 200


@check(
    Category.PAGES,
    Severity.WARNING,
    message="The page has no title in the default language.",
    suggestion="Enter the title that search engines and browsers show.",
    place=TEXTS,
)
def meta_title_is_set(setup: Setup) -> Rows:
    """The page has a title in the default language."""
    if absent(setup.edition.meta_title, [setup.default_language]):
        yield setup.edition


@check(
    Category.PAGES,
    Severity.INFO,
    message="The page has no description in the default language.",
    suggestion="Enter a sentence or two that search engines show below the title.",
    place=TEXTS,
)
def meta_description_is_set(setup: Setup) -> Rows:
    """The page has a description in the default language."""
    if absent(setup.edition.meta_description, [setup.default_language]):
        yield setup.edition


@check(
    Category.PAGES,
    Severity.WARNING,
    message="The page has no image, so that links to it look bare where they are shared.",
    suggestion="Choose the image that is shown with a shared link.",
    place=TEXTS,
)
def meta_image_is_set(setup: Setup) -> Rows:
    """The page has an image."""
    if not setup.edition.meta_image_id:
        yield setup.edition


@check(
    Category.PAGES,
    Severity.INFO,
    message="Search engines cut off the {notes}.",
    suggestion=f"Keep a title below {LONGEST_TITLE} characters, and a description below {LONGEST_DESCRIPTION}.",
    place=TEXTS,
)
def meta_texts_are_short(setup: Setup) -> Rows:
    """The page's title and description are short enough to be shown whole."""
    if any(len(text) > LONGEST_TITLE for text in setup.edition.meta_title.values()):
        yield Noted(setup.edition, "title")
    if any(len(text) > LONGEST_DESCRIPTION for text in setup.edition.meta_description.values()):
        yield Noted(setup.edition, "description")
