"""From stored blocks to a message: HTML through MJML, and plain text written beside it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mjml

from preo.mail import mjml_parts, plain_text
from preo.mail.addresses import quoted
from preo.mail.cleaning import clean
from preo.mail.languages import tag_of
from preo.mail.liquid import BadTemplate
from preo.mail.liquid import render as render_template
from preo.mail.liquid_tags import Budget
from preo.mail.theme import page
from preo.mail.variables import value_of

Block = Mapping[str, Any]
ImageUrl = Callable[[str], str | None]

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(r"\s+")


class NotRenderable(Exception):
    """A message that can't be made; `field` leads to the place in it."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Content:
    """What is stored of a message: texts by language."""

    subject: Mapping[str, str]
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message to one person, ready to be sent."""

    language: str
    subject: str
    html: str
    text: str


def render(
    content: Content,
    *,
    language: str,
    fallback: str,
    variables: Mapping[str, Any],
    image_url: ImageUrl,
    is_rehearsal: bool = False,
) -> Rendered:
    """The message in a language; each text that it lacks there in `fallback`, or else in any.

    `image_url` answers where a stored file can be seen, None for one that is gone. A rehearsal goes into every branch
    of the texts, to see that it can be written. Raises NotRenderable.
    """
    filling = _Filling(language, fallback, variables, image_url, is_rehearsal)
    subject = _SPACES.sub(" ", filling.line(content.subject, "subject")).strip()
    parts = [_PARTS[block["type"]](filling, block, f"blocks.{n}") for n, block in enumerate(content.blocks)]
    source = page(mjml_parts.joined(part for part, _ in parts), title=subject, language=tag_of(language))
    text = "\n\n".join(part for _, part in parts if part)
    # Without fonts it would link those of a font server.
    return Rendered(language, subject, html=mjml.mjml2html(source, fonts={}), text=f"{text}\n")


@dataclass(slots=True)
class _Filling:
    """Chooses the language of each text and puts values in the place of names."""

    language: str
    fallback: str
    variables: Mapping[str, Any]
    image_url: ImageUrl
    is_rehearsal: bool
    budget: Budget = field(default_factory=Budget)

    def line(self, texts: Mapping[str, str], path: str) -> str:
        return self._filled(texts, path, is_html=False)

    def html(self, texts: Mapping[str, str], path: str) -> str:
        """Cleaned once more, now with the values in it."""
        return clean(self._filled(texts, path, is_html=True))

    def address(self, texts: Mapping[str, str], path: str) -> str:
        address = quoted(self._filled(texts, path, is_html=False).strip())
        if not address.startswith(("https://", "http://")):
            raise NotRenderable(path, "This leads to no address.")
        return address

    def _filled(self, texts: Mapping[str, str], path: str, *, is_html: bool) -> str:
        known = [language for language in (self.language, self.fallback, *texts) if language in texts]
        if not known:
            return ""
        try:
            filled = render_template(
                texts[known[0]],
                is_html=is_html,
                variables=self.variables,
                budget=self.budget,
                is_rehearsal=self.is_rehearsal,
            )
        except BadTemplate as problem:
            raise NotRenderable(f"{path}.{known[0]}", problem.detail) from None
        return _CONTROLS.sub("", filled)


Part = tuple[mjml_parts.Mjml, str]


def _heading(filling: _Filling, block: Block, path: str) -> Part:
    text, level = filling.line(block["text"], f"{path}.text"), block.get("level", 1)
    return mjml_parts.heading(text, level=level), plain_text.heading(text, level=level)


def _text(filling: _Filling, block: Block, path: str) -> Part:
    cleaned = filling.html(block["html"], f"{path}.html")
    return mjml_parts.text(cleaned), plain_text.text(cleaned)


def _button(filling: _Filling, block: Block, path: str) -> Part:
    label = filling.line(block["label"], f"{path}.label")
    address = filling.address(block["url"], f"{path}.url")
    return mjml_parts.button(label, address=address), plain_text.link(label, address=address)


def _image(filling: _Filling, block: Block, path: str) -> Part:
    alt = filling.line(block["alt"], f"{path}.alt")
    address = filling.address(block["url"], f"{path}.url") if "url" in block else ""
    source = filling.image_url(block["image_id"])
    shown = mjml_parts.image(source, alt=alt, address=address) if source else mjml_parts.NOTHING
    return shown, plain_text.link(alt, address=address)


def _order_summary(filling: _Filling, block: Block, path: str) -> Part:
    order = value_of(filling.variables, "order")
    if order is None:
        raise NotRenderable(path, "This message is not about an order.")
    with_fees = block.get("show_fees", True)
    return (
        mjml_parts.order_summary(order, language=filling.language, with_fees=with_fees),
        plain_text.order_summary(order, language=filling.language, with_fees=with_fees),
    )


def _divider(filling: _Filling, block: Block, path: str) -> Part:
    return mjml_parts.DIVIDER, plain_text.DIVIDER


_PARTS: Mapping[str, Callable[[_Filling, Block, str], Part]] = {
    "heading": _heading,
    "text": _text,
    "button": _button,
    "image": _image,
    "order_summary": _order_summary,
    "divider": _divider,
}
