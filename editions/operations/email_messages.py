"""Writing e-mail messages: an organization's templates, and what a single edition sends."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from editions.choices import EmailScope
from editions.messages.content import (
    drop_other_languages,
    main_language_of,
    require_sound_content,
    translated_for,
)
from editions.messages.events import tell
from editions.messages.uses import IN_USE, confirmations_of, uses_of
from editions.models import Edition, EmailMessage
from editions.operations.locking import lock_edition, require_open
from preo.accounts.models import Organization, StaffUser
from preo.errors import DomainError, InvalidField
from preo.recording import operation

COPY = " (copy)"
CONTENT = frozenset({"type", "subject", "blocks"})
"""What decides whether the content is sound: the type says which variables there are."""


class EmailMessageInUse(DomainError):
    code = IN_USE


class EmailMessageTypeInUse(DomainError):
    code = "email_message_type_in_use"
    field = "type"


class EmailMessageGone(DomainError):
    code = "email_message_gone"


@operation
def create_email_message(
    organization: Organization | None,
    *,
    edition: Edition | None,
    values: Mapping[str, Any],
    by: StaffUser,
    now: datetime,
) -> EmailMessage:
    """A template of the organization, or with an edition a message of that edition alone; without both the platform's.

    `values` are by the names of the model's fields; without a subject the title is one. That `by` may create there is
    the caller's check. Raises InvalidField, EditionArchived. Rule: "Whose message" in docs/rules.md.
    """
    if edition and (organization is None or edition.organization_id != organization.pk):
        raise InvalidField("edition_id", "other_organization", "This edition belongs to another organization.")
    message = _new(organization, edition, now=now)
    _set(message, values)
    message.subject = message.subject or {main_language_of(edition): message.title}
    require_sound_content(message)
    return _add(message, now=now)


@operation
def update_email_message(
    message: EmailMessage, *, changes: Mapping[str, Any], by: StaffUser, now: datetime
) -> EmailMessage:
    """Change a message by the names of the model's fields; what has been sent stays as it was sent.

    Values that are there already change nothing. With its content, texts in languages that its edition has no longer
    go. That `by` may change it is the caller's check. Raises InvalidField, EmailMessageTypeInUse, EditionArchived,
    EmailMessageGone.
    """
    message = lock_email_message(message)
    before = {name: getattr(message, name) for name in CONTENT | changes.keys()}
    _set(message, changes)
    if CONTENT & changes.keys():
        drop_other_languages(message, members=CONTENT - changes.keys())
        require_sound_content(message)
    changed = [name for name, value in before.items() if getattr(message, name) != value]
    if "type" in changed:
        _require_no_confirmation(message)
    if changed:
        message.modified = now
        message.save(update_fields=[*changed, "modified"])
        tell(message, "updated", now=now, changed=changed)
    return message


@operation
def delete_email_message(message: EmailMessage, *, by: StaffUser, now: datetime) -> None:
    """Take the message away; its history stays.

    That `by` may is the caller's check. Raises EmailMessageInUse with every edition and trigger that sends it and the
    number of mails to be made of it, EditionArchived, EmailMessageGone.
    """
    message = lock_email_message(message)
    if uses := uses_of(message):
        detail = "This message is in use. Choose another one there, and wait until its mails are sent."
        raise EmailMessageInUse(detail, problems=uses)
    tell(message, "deleted", now=now)
    message.delete()


@operation
def duplicate_email_message(
    message: EmailMessage, *, title: str = "", organization: Organization | None = None, by: StaffUser, now: datetime
) -> EmailMessage:
    """A second message beside the first: the same content, in the same organization and edition, under another title.

    One of the platform's becomes a template of `organization`, which it needs. That `by` may create there is the
    caller's check. Raises InvalidField, EditionArchived.
    """
    organization = organization or message.organization
    if organization is None:
        raise InvalidField("organization_id", "required", "Say whose template the copy of a platform message becomes.")
    if message.organization_id not in (organization.pk, None):
        raise InvalidField("organization_id", "other_organization", "This message belongs to another organization.")
    copy = _new(organization, message.edition, now=now)
    _set(copy, _content_of(message) | {"title": title.strip() or _title_of_copy(message)})
    return _add(copy, now=now)


@operation
def adopt_email_message(
    message: EmailMessage, *, edition: Edition, title: str = "", by: StaffUser, now: datetime
) -> EmailMessage:
    """Copy a message into an edition, in the edition's languages, for it to change as it likes.

    The message is the platform's or of the edition's organization. That `by` may create in the edition is the
    caller's check. Raises InvalidField, EditionArchived. Rule: "Adopting" in docs/rules.md.
    """
    if message.organization_id not in (edition.organization_id, None):
        raise InvalidField("edition_id", "other_organization", "This edition belongs to another organization.")
    copy = _new(edition.organization, edition, now=now)
    _set(copy, _content_of(message) | {"title": title.strip() or message.title})
    copy.subject, copy.blocks = translated_for(edition, subject=message.subject, blocks=message.blocks)
    return _add(copy, now=now)


def lock_email_message(message: EmailMessage) -> EmailMessage:
    """The message as it is now, held after its edition. Raises EditionArchived, EmailMessageGone."""
    edition = lock_edition(message.edition) if message.edition else None
    if edition:
        require_open(edition)
    found = EmailMessage.objects.select_for_update(of=("self",)).filter(pk=message.pk).first()
    if found is None:
        raise EmailMessageGone("Somebody has just deleted this message.")
    found.edition = edition
    return found


def _new(organization: Organization | None, edition: Edition | None, *, now: datetime) -> EmailMessage:
    """An unsaved message. Raises EditionArchived; the edition is locked from here on."""
    if edition:
        edition = lock_edition(edition)
        require_open(edition)
    scope = EmailScope.EDITION if edition else EmailScope.TEMPLATE if organization else EmailScope.PLATFORM
    return EmailMessage(organization=organization, edition=edition, scope=scope, created=now, modified=now)


def _add(message: EmailMessage, *, now: datetime) -> EmailMessage:
    message.save(force_insert=True)
    tell(message, "created", now=now)
    return message


def _content_of(message: EmailMessage) -> dict[str, Any]:
    return {name: getattr(message, name) for name in ("type", "template", "subject", "blocks")}


def _title_of_copy(message: EmailMessage) -> str:
    longest = int(EmailMessage._meta.get_field("title").max_length or 0)
    return f"{message.title[: longest - len(COPY)]}{COPY}"


def _set(message: EmailMessage, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(message, name, value)
    if not message.title.strip():
        raise InvalidField("title", "blank", "A message needs a title.")


def _require_no_confirmation(message: EmailMessage) -> None:
    if uses := confirmations_of(message):
        detail = "The type stays while an edition sends this as its receipt or refund confirmation."
        raise EmailMessageTypeInUse(detail, problems=uses)
