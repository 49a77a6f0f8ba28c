"""Languages as the API names them, and as everybody else does: Swedish is `se` here and `sv` elsewhere."""

from collections.abc import Container

_TAGS = {"se": "sv"}
_LANGUAGES = {tag: language for language, tag in _TAGS.items()}


def tag_of(language: str) -> str:
    """As HTML and locales name it (BCP 47)."""
    return _TAGS.get(language, language)


def language_of(locale: str, *, among: Container[str], otherwise: str) -> str:
    """The language of a locale such as `sv-SE`, if it is among the given ones."""
    tag = locale.replace("_", "-").partition("-")[0].lower()
    language = _LANGUAGES.get(tag, tag)
    return language if language in among else otherwise
