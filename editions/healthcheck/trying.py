"""Making a message as customers would get it, of a made-up order of many lines."""

from collections.abc import Mapping
from typing import Any

from editions.choices import EmailType
from editions.healthcheck.setup import Setup
from editions.messages.rehearsal import LINES
from editions.messages.variables import sample_of
from editions.models import EmailMessage
from preo.mail.blocks import SCHEMAS, errors_in_block
from preo.mail.rendering import Content, NotRenderable, render

FATAL = frozenset({"type", "required", "const", "minimum", "maximum"})
"""What of its schema a block can't be made without."""


def why_not_made(message: EmailMessage, setup: Setup, *, type_: EmailType) -> str:
    """The place in the message at which it can't be made, and why; empty where it can, in every language.

    `type_` says what it is sent as, and so which variables there are.
    """
    for place, block in enumerate(message.blocks):
        if _is_misshapen(block):
            return f"blocks.{place}: This is no block"
    content, main = Content(message.subject, message.blocks), setup.default_language
    variables = sample_of(type_, setup.edition, lines=LINES)
    try:
        for language in (main, *setup.other_languages):
            render(
                content,
                language=language,
                fallback=main,
                variables=variables,
                image_url=lambda _: None,
                is_rehearsal=True,
            )
    except NotRenderable as problem:
        return f"{problem.field}: {problem.detail.removesuffix('.')}"
    return ""


def _is_misshapen(block: Mapping[str, Any]) -> bool:
    if block.get("type") not in SCHEMAS:
        return True
    return any(error.validator in FATAL for error in errors_in_block(block))
