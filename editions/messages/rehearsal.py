"""Making a message once before it is stored, to see that it can be made."""

from editions.choices import EmailType
from editions.messages.variables import sample_of
from editions.models import EmailMessage
from preo.errors import InvalidField
from preo.mail.blocks import languages_in
from preo.mail.rendering import Content, NotRenderable, render

LINES = 50
"""How many lines the made-up order has: more than almost any, so that loops run as far as they will."""


def require_renderable(message: EmailMessage, *, fallback: str) -> None:
    """Make the message of a long order, in each language that it has a text in, with every branch of its texts.

    Its blocks must be sound. Raises InvalidField with the path to the text that can't be made.
    """
    variables = sample_of(EmailType(message.type), message.edition, lines=LINES)
    content = Content(message.subject, message.blocks)
    try:
        for language in sorted({*message.subject, *languages_in(message.blocks)}):
            render(
                content,
                language=language,
                fallback=fallback,
                variables=variables,
                image_url=lambda _: None,
                is_rehearsal=True,
            )
    except NotRenderable as problem:
        raise InvalidField(problem.field, "not_renderable", problem.detail) from None
