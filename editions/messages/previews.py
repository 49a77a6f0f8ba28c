"""How a message would look to somebody, before anybody gets it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from editions.choices import EmailType
from editions.messages.content import languages_of, main_language_of
from editions.messages.variables import sample_of
from editions.models import EmailMessage
from preo.api.fields import image_urls
from preo.errors import InvalidField
from preo.files.models import StoredFile
from preo.mail.blocks import image_ids_in
from preo.mail.rendering import Content, NotRenderable, Rendered, render

SHOWN_SIZE = "optimized"


def preview(
    message: EmailMessage, *, language: str | None, root: str, variables: Mapping[str, Any] | None = None
) -> Rendered:
    """The message as it is in memory, saved or not; a made-up order stands in for what `variables` don't hold.

    Its content must be sound. Images are seen below the address `root`. Raises InvalidField for a language that the
    message can't be written in, and with the path to a text that can't be rendered.
    """
    main = main_language_of(message.edition)
    if language and language not in languages_of(message.edition):
        raise InvalidField("language", "not_enabled", "The edition doesn't have this language.")
    sample = sample_of(EmailType(message.type), message.edition, language=language or main)
    try:
        return render(
            Content(message.subject, message.blocks),
            language=language or main,
            fallback=main,
            variables={**sample, **(variables or {})},
            image_url=_images_of(message, root=root).get,
        )
    except NotRenderable as problem:
        raise InvalidField(problem.field, "not_renderable", problem.detail) from None


def _images_of(message: EmailMessage, *, root: str) -> dict[str, str]:
    """Where each stored file of the message is seen, by its id. One query."""
    rows = StoredFile.objects.filter(organization_id=message.organization_id, pk__in=image_ids_in(message.blocks))
    return {pk: urljoin(root, image_urls(key, None)[SHOWN_SIZE]) for pk, key in rows.values_list("pk", "key")}
