"""The blocks that a message is built of, each with its JSON Schema (draft 2020-12)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MOST_BLOCKS = 100
MOST_BYTES = 200_000
LONGEST_TEXT, LONGEST_HTML, LONGEST_ADDRESS = 500, 10_000, 2_000
IMAGE_ID = "^fil_[0-7][0-9a-hjkmnp-tv-z]{25}$"


def _by_language(longest: int, *, shortest: int = 1) -> dict[str, Any]:
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[a-z]{2}$"},
        "additionalProperties": {"type": "string", "minLength": shortest, "maxLength": longest},
    }


def _block(
    type_: str, required: Mapping[str, Any] | None = None, optional: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    required = required or {}
    return {
        "$schema": DIALECT,
        "title": type_.replace("_", " ").capitalize(),
        "type": "object",
        "properties": {"type": {"const": type_}, **required, **(optional or {})},
        "required": ["type", *required],
        "additionalProperties": False,
    }


SUBJECT = {"$schema": DIALECT, "title": "Subject", **_by_language(200)}

SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "heading": _block(
        "heading", {"text": _by_language(LONGEST_TEXT)}, {"level": {"type": "integer", "minimum": 1, "maximum": 3}}
    ),
    "text": _block("text", {"html": _by_language(LONGEST_HTML)}),
    "button": _block("button", {"label": _by_language(100), "url": _by_language(LONGEST_ADDRESS)}),
    "image": _block(
        "image",
        {
            # Python's `$` would let a line break pass behind the id.
            "image_id": {"type": "string", "pattern": IMAGE_ID, "maxLength": 30},
            # An empty one says that the image is decoration.
            "alt": _by_language(LONGEST_TEXT, shortest=0),
        },
        {"url": _by_language(LONGEST_ADDRESS)},
    ),
    "order_summary": _block("order_summary", None, {"show_fees": {"type": "boolean"}}),
    "divider": _block("divider"),
}

_VALIDATORS = {type_: Draft202012Validator(schema) for type_, schema in SCHEMAS.items()}
_SUBJECT = Draft202012Validator(SUBJECT)

TEXTS: Mapping[str, Sequence[str]] = {
    "heading": ("text",),
    "text": ("html",),
    "button": ("label", "url"),
    "image": ("alt", "url"),
}
"""The members of each type of block that hold a text by language."""

ADDRESSES = frozenset({"url"})
"""Of those, the ones that hold addresses."""


def errors_in_block(block: object) -> Iterator[ValidationError]:
    """What the schema of the block's type says against it; `block` must be an object of a known type."""
    if isinstance(block, Mapping):
        yield from _VALIDATORS[block["type"]].iter_errors(block)


def errors_in_subject(subject: object) -> Iterator[ValidationError]:
    """What the schema of subjects says against it."""
    yield from _SUBJECT.iter_errors(subject)


def languages_in(blocks: Sequence[Mapping[str, Any]]) -> set[str]:
    """The languages that any text of the blocks is in."""
    texts = (block[name] for block in blocks for name in TEXTS.get(block["type"], ()) if name in block)
    return {language for by_language in texts for language in by_language}


def image_ids_in(blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """The stored files that the blocks show, each once, in their order."""
    return list(dict.fromkeys(block["image_id"] for block in blocks if block["type"] == "image"))
