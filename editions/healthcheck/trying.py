"""Making a message as customers would get it, of a made-up order of many lines."""

from collections.abc import Mapping
from typing import Any

from editions.choices import EmailType
from editions.healthcheck.setup import Setup
from editions.messages.variables import sample_of
from editions.models import EmailMessage
from preo.mail.blocks import SCHEMAS, errors_in_block
from preo.mail.rendering import Content, NotRenderable, render

LINES = 50
IMAGE = "https://preo.example/image.jpg"
FATAL = frozenset({"type", "required", "const", "minimum", "maximum"})
"""What of its schema a block can't be made without."""


def why_not_made(message: EmailMessage, setup: Setup, *, type_: EmailType) -> str:
    """The place in the message at which it can't be made, and why; empty where it can, in every language.

    `type_` says what it is sent as, and so which variables there are.
    """
    for place, block in enumerate(message.blocks):
        if _is_misshapen(block):
            return f"blocks.{place}: This is no block"
    variables = _sample(type_, setup)
    try:
        for language in (setup.default_language, *setup.other_languages):
            _make(message, language=language, fallback=setup.default_language, variables=variables)
    except NotRenderable as problem:
        return f"{problem.field}: {problem.detail.removesuffix('.')}"
    return ""


def _make(message: EmailMessage, *, language: str, fallback: str, variables: Mapping[str, Any]) -> None:
    content = Content(message.subject, message.blocks)
    render(content, language=language, fallback=fallback, variables=variables, image_url=lambda _: IMAGE)


def _sample(type_: EmailType, setup: Setup) -> Mapping[str, Any]:
    sample = sample_of(type_, setup.edition)
    if order := sample.get("order"):
        order["lines"] = [order["lines"][number % len(order["lines"])] for number in range(LINES)]
    return sample


def _is_misshapen(block: Mapping[str, Any]) -> bool:
    if block.get("type") not in SCHEMAS:
        return True
    return any(error.validator in FATAL for error in errors_in_block(block))
