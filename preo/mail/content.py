"""Checking what somebody wrote into a message, before it is stored."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from jsonschema.exceptions import ValidationError

from preo.errors import InvalidField
from preo.mail.addresses import is_address
from preo.mail.blocks import (
    ADDRESSES,
    LONGEST_HTML,
    MOST_BLOCKS,
    MOST_BYTES,
    SCHEMAS,
    TEXTS,
    errors_in_block,
    errors_in_subject,
)
from preo.mail.cleaning import clean_source
from preo.mail.liquid import BadTemplate, require_documented
from preo.mail.variables import Variable

Block = Mapping[str, Any]


def check_content(
    *, subject: object, blocks: object, languages: Sequence[str], variables: Sequence[Variable]
) -> list[dict[str, Any]]:
    """The blocks as they are to be stored, with the HTML of their texts cleaned.

    `languages` are those that texts may be in, `variables` those that messages of this type know.
    Raises InvalidField, whose field leads to the place: `subject.en`, `blocks.2.html.en`.
    """
    if not isinstance(blocks, list):
        raise InvalidField("blocks", "wrong_type", "This must be a list of blocks.")
    if len(blocks) > MOST_BLOCKS:
        raise InvalidField("blocks", "too_many", f"A message has at most {MOST_BLOCKS} blocks.")
    _check_shape(subject, "subject", errors_in_subject(subject))
    for number, block in enumerate(blocks):
        _check_block(block, f"blocks.{number}", variables)
    _require_size(subject, blocks)
    checked = _Texts(frozenset(languages), variables)
    checked.check_lines(subject, "subject")
    cleaned = [checked.cleaned(block, f"blocks.{number}") for number, block in enumerate(blocks)]
    # Cleaning writes characters out, `&` as `&amp;`; what is stored must be such that it can be stored again.
    _require_size(subject, cleaned)
    return cleaned


def _require_size(subject: object, blocks: Sequence[object]) -> None:
    if len(json.dumps([subject, blocks], ensure_ascii=False).encode()) > MOST_BYTES:
        raise InvalidField("blocks", "too_large", f"A message has at most {MOST_BYTES // 1000} KB of text.")


def _check_block(block: object, path: str, variables: Sequence[Variable]) -> None:
    type_ = block.get("type") if isinstance(block, Mapping) else None
    if not isinstance(type_, str) or type_ not in SCHEMAS:
        known = ", ".join(SCHEMAS)
        raise InvalidField(f"{path}.type", "unknown_block", f"The type of a block is one of: {known}.")
    _check_shape(block, path, errors_in_block(block))
    if type_ == "order_summary" and all(variable.name != "order.lines" for variable in variables):
        raise InvalidField(f"{path}.type", "no_order", "Messages of this type are not about an order.")


def _check_shape(whole: object, path: str, errors: Iterable[ValidationError]) -> None:
    for error in sorted(errors, key=lambda found: list(map(str, found.absolute_path))):
        _refuse(error, ".".join([path, *map(str, error.absolute_path)]))


def _refuse(error: ValidationError, path: str) -> NoReturn:
    limit: Any = error.validator_value
    instance: Any = error.instance
    if "propertyNames" in error.absolute_schema_path:
        detail = "A language is named by two small letters, such as en."
        raise InvalidField(f"{path}.{instance[:20]}", "language_not_enabled", detail)
    match error.validator:
        case "required":
            missing = next(name for name in limit if name not in instance)
            raise InvalidField(f"{path}.{missing}", "required", "This block needs it.")
        case "additionalProperties":
            extra = next(name for name in instance if name not in error.schema["properties"])  # type: ignore[index]  # our schemas are objects
            raise InvalidField(f"{path}.{extra}", "unknown_member", "This block has no such member.")
    code, says = _REFUSALS[str(error.validator)]
    raise InvalidField(path, code, says(limit))


_REFUSALS: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "type": ("wrong_type", lambda limit: f"This must be of the type {limit}."),
    "minProperties": ("required", lambda _: "Give it in at least one language."),
    "minLength": ("blank", lambda _: "This can't be empty."),
    "maxLength": ("too_long", lambda limit: f"This is longer than {limit} characters."),
    "minimum": ("too_small", lambda limit: f"This is at least {limit}."),
    "maximum": ("too_large", lambda limit: f"This is at most {limit}."),
    "pattern": ("invalid", lambda _: "This is not the id of a stored file."),
}


class _Texts:
    """The texts of a message, each by language, held against what a message of this type may say."""

    def __init__(self, languages: frozenset[str], variables: Sequence[Variable]) -> None:
        self.languages = languages
        self.variables = variables
        self.addresses = frozenset(variable.name for variable in variables if variable.is_address)

    def cleaned(self, block: Block, path: str) -> dict[str, Any]:
        texts = {
            member: self._cleaned(member, block[member], f"{path}.{member}")
            for member in TEXTS.get(block["type"], ())
            if member in block
        }
        # JSON knows no whole numbers, and 1.0 is one to its schemas.
        return {**block, **texts} | ({"level": int(block["level"])} if "level" in block else {})

    def check_lines(self, texts: Any, path: str) -> None:
        """Texts of one line each, without HTML."""
        for language, text in texts.items():
            self._require_language(language, f"{path}.{language}")
            if len(text.splitlines()) > 1:
                raise InvalidField(f"{path}.{language}", "several_lines", "This must be a single line.")
            self._require_template(text, f"{path}.{language}", is_html=False)

    def _cleaned(self, member: str, texts: Mapping[str, str], path: str) -> dict[str, str]:
        if member == "html":
            return {language: self._html(text, language, f"{path}.{language}") for language, text in texts.items()}
        self.check_lines(texts, path)
        if member in ADDRESSES:
            for language, text in texts.items():
                self._require_address(text, f"{path}.{language}")
        return dict(texts)

    def _html(self, html: str, language: str, path: str) -> str:
        self._require_language(language, path)
        cleaned = clean_source(html, address_variables=self.addresses)
        if len(cleaned) > LONGEST_HTML:
            detail = f"Written out as HTML, this is longer than {LONGEST_HTML} characters."
            raise InvalidField(path, "too_long", detail)
        self._require_template(cleaned, path, is_html=True)
        return cleaned

    def _require_language(self, language: str, path: str) -> None:
        if language not in self.languages:
            allowed = ", ".join(sorted(self.languages))
            raise InvalidField(path, "language_not_enabled", f"The languages here are: {allowed}.")

    def _require_address(self, address: str, path: str) -> None:
        if not is_address(address, variables=self.addresses):
            raise InvalidField(path, "not_an_address", "This must be an https address, or a variable that holds one.")

    def _require_template(self, text: str, path: str, *, is_html: bool) -> None:
        try:
            require_documented(text, is_html=is_html, variables=self.variables)
        except BadTemplate as problem:
            raise InvalidField(path, problem.code, problem.detail) from None
