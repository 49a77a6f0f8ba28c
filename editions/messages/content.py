"""What a message says, held against what it may say, and brought over to an edition that speaks other languages."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from editions.choices import EmailType, Language
from editions.messages.rehearsal import require_renderable
from editions.messages.variables import VARIABLES
from editions.models import Edition, EmailMessage
from preo.errors import InvalidField
from preo.files.models import StoredFile
from preo.mail.blocks import TEXTS, image_ids_in
from preo.mail.content import check_content

Blocks = Sequence[Mapping[str, Any]]


def languages_of(edition: Edition | None) -> list[str]:
    """The languages that a message of the edition, or a template without one, can be written in."""
    return list(edition.enabled_languages) if edition else list(Language.values)


def main_language_of(edition: Edition | None) -> str:
    """The language that stands in where a text lacks another."""
    return str(edition.default_language) if edition else Language.EN.value


def require_sound_content(message: EmailMessage) -> None:
    """Hold subject and blocks against their schemas, languages and variables, and clean the texts where they stand.

    In the end the message is made once of a made-up order: comparisons and loops go wrong with values alone. Raises
    InvalidField with the path to the bad member, such as `blocks.2.text.en`.
    """
    message.blocks = check_content(
        subject=message.subject,
        blocks=message.blocks,
        languages=languages_of(message.edition),
        variables=VARIABLES[EmailType(message.type)],
    )
    _require_own_images(message)
    require_renderable(message, fallback=main_language_of(message.edition))


def _require_own_images(message: EmailMessage) -> None:
    own = StoredFile.objects.filter(organization_id=message.organization_id, pk__in=image_ids_in(message.blocks))
    known = set(own.values_list("pk", flat=True))
    for place, block in enumerate(message.blocks):
        if block["type"] == "image" and block["image_id"] not in known:
            detail = "The organization has no image with this id."
            raise InvalidField(f"blocks.{place}.image_id", "not_found", detail)


def translated_for(edition: Edition, *, subject: Mapping[str, str], blocks: Blocks) -> tuple[dict[str, str], list[Any]]:
    """Subject and blocks with the texts of the edition's languages alone.

    A text in none of them stays, as one in the edition's default language, so that nothing is lost.
    """
    return _texts_for(edition, subject), [_block_for(edition, block) for block in blocks]


def drop_other_languages(message: EmailMessage, *, members: Collection[str] = ("subject", "blocks")) -> None:
    """Leave of stored texts what the edition has a language for by now, as `translated_for` does; of templates all.

    `members` are those of subject and blocks that nobody gives anew: a language may have been disabled since, or the
    message come from an edition that has more, and what is wrong then is no fault of whoever changes the rest.
    """
    if message.edition:
        subject, blocks = translated_for(message.edition, subject=message.subject, blocks=message.blocks)
        for name, value in (("subject", subject), ("blocks", blocks)):
            if name in members:
                setattr(message, name, value)


def _block_for(edition: Edition, block: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: _texts_for(edition, block[name]) for name in TEXTS.get(block["type"], ()) if name in block}
    return {**block, **texts}


def _texts_for(edition: Edition, texts: Mapping[str, str]) -> dict[str, str]:
    spoken = {language: text for language, text in texts.items() if language in edition.enabled_languages}
    if spoken or not texts:
        return spoken
    return {edition.default_language: texts.get(Language.EN) or next(iter(texts.values()))}
