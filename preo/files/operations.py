"""Every write to stored files, with the objects in the storage behind them."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from django.db import transaction

from preo.accounts.models import Organization, StaffUser
from preo.errors import DomainError, InvalidField
from preo.files import storing
from preo.files.events import tell
from preo.files.images import Picture, picture_of
from preo.files.models import StoredFile
from preo.files.uses import uses_of
from preo.recording import operation

LONGEST_NAME = 255
KEPT_END = 15
MOST_TAGS = 20
LONGEST_TAG = 50
LONGEST_TEXTS = {"image_alt_text": 500, "caption": 500, "copyright": 200}
ORPHAN_AFTER = timedelta(days=1)
SHOWN_USES = 3

_AT_ONCE = 500
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class FileInUse(DomainError):
    code = "file_in_use"


def store_image(
    organization: Organization, *, file_name: str, content: bytes, by: StaffUser, now: datetime
) -> StoredFile:
    """Keep an image in every size, without its metadata.

    The objects are written first, so that no row ever points to nothing: call it outside of a transaction. Raises
    InvalidField. Rule: "Images" in docs/rules.md.
    """
    return store_picture(organization, file_name=file_name, picture=picture_of(content), by=by, now=now)


def store_picture(
    organization: Organization, *, file_name: str, picture: Picture, by: StaffUser | None, now: datetime
) -> StoredFile:
    """Like `store_image`, for a picture that has been made of the upload already."""
    key = storing.new_key(organization.pk)
    storing.put(key, picture)
    return _add_row(organization, file_name=file_name, key=key, picture=picture, by=by, now=now)


@operation
def describe_file(file: StoredFile, *, changes: Mapping[str, Any], by: StaffUser, now: datetime) -> StoredFile:
    """Change the texts and tags of a file; what it shows never changes. Raises InvalidField."""
    file = StoredFile.objects.select_for_update().get(pk=file.pk)
    wanted = {name: _described(name, value) for name, value in changes.items()}
    changed = [name for name, value in wanted.items() if getattr(file, name) != value]
    if not changed:
        return file
    for name in changed:
        setattr(file, name, wanted[name])
    file.modified = now
    file.save(update_fields=[*changed, "modified"])
    tell(file, "updated", now=now)
    return file


@operation
def delete_file(file: StoredFile, *, by: StaffUser, now: datetime) -> None:
    """Delete a file that nothing uses; its objects go once that is committed. Deleting it again changes nothing.

    The lock lets nobody begin to use it meanwhile. Raises FileInUse.
    """
    if not StoredFile.objects.select_for_update().filter(pk=file.pk).exists():
        return
    if uses := list(islice(uses_of(file), SHOWN_USES)):
        raise FileInUse(f"This is used by {', '.join(map(str, uses))}. Take it out there first.")
    tell(file, "deleted", now=now)
    StoredFile.objects.filter(pk=file.pk).delete()
    transaction.on_commit(partial(storing.remove, file.key))


def remove_orphans(*, now: datetime, is_dry_run: bool = False) -> Iterator[str]:
    """Delete what is stored below keys that no row has and nobody can be about to make one for; yields each key."""
    keys = storing.keys()
    while batch := list(islice(keys, _AT_ONCE)):
        known = set(StoredFile.objects.filter(key__in=batch).values_list("key", flat=True))
        for key in batch:
            if key not in known and storing.is_older(key, now - ORPHAN_AFTER):
                if not is_dry_run:
                    storing.remove(key)
                yield key


def clean_name(name: str) -> str:
    """The last part of a path on any system, in printable characters, cut in the middle if it is too long."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    text = " ".join(_UNPRINTABLE.sub(" ", last).split()).strip(". ") or "image"
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - KEPT_END] + text[-KEPT_END:]


def clean_tags(tags: Sequence[str]) -> list[str]:
    """Each once, in the order given. Raises InvalidField."""
    found = list(dict.fromkeys(" ".join(tag.split()) for tag in tags if tag.strip()))
    if len(found) > MOST_TAGS:
        raise InvalidField("tags", "too_many", f"A file has at most {MOST_TAGS} tags.")
    if any(len(tag) > LONGEST_TAG or "," in tag for tag in found):
        raise InvalidField("tags", "invalid_tag", f"A tag has at most {LONGEST_TAG} characters and no comma.")
    return found


@operation
def _add_row(
    organization: Organization, *, file_name: str, key: str, picture: Picture, by: StaffUser | None, now: datetime
) -> StoredFile:
    file = StoredFile.objects.create(
        organization=organization,
        file_name=clean_name(file_name),
        content_type=picture.original.content_type,
        key=key,
        size=len(picture.original.content),
        width=picture.width,
        height=picture.height,
        created=now,
        modified=now,
    )
    tell(file, "created", now=now)
    return file


def _described(name: str, value: Any) -> Any:
    if name == "tags":
        return clean_tags(value)
    longest, text = LONGEST_TEXTS[name], str(value).strip()
    if len(text) > longest:
        raise InvalidField(name, "max_length", f"This is longer than {longest} characters.")
    return text
