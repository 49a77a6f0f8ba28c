"""Where the bytes of images are: four objects below one key, in Django's default storage."""

import re
import secrets
from collections.abc import Iterator
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from preo.files.images import SIZES, Picture
from preo.public_ids import decode, encode

FOLDER = "images"
KEY = rf"{FOLDER}/[0-7][0-9a-hjkmnp-tv-z]{{25}}/[0-9a-f]{{32}}"
"""The shape of every key: whose it is, and 128 random bits that nobody guesses."""

_KEY = re.compile(KEY)


class Object(ContentFile[bytes]):
    """Bytes with their kind, which a bucket serves them as."""

    def __init__(self, content: bytes, content_type: str) -> None:
        super().__init__(content)
        self.content_type = content_type


def new_key(organization_id: str) -> str:
    """A key that nothing is stored below yet."""
    return f"{FOLDER}/{encode('', decode(organization_id)[1])}/{secrets.token_hex(16)}"


def put(key: str, picture: Picture) -> None:
    """Write every size; call it before there is a row that points to it, and outside of transactions."""
    for size, variant in picture.variants.items():
        default_storage.save(f"{key}/{size}", Object(variant.content, variant.content_type))


def remove(key: str) -> None:
    """Delete every size. What is gone already is no error."""
    for size in SIZES:
        default_storage.delete(f"{key}/{size}")
    # Of a folder in a file system the empty rest; nothing in a bucket, which has none.
    default_storage.delete(key)


def keys() -> Iterator[str]:
    """Every key that something is stored below; anything else in the storage is not ours to name."""
    for organization in _folders(FOLDER):
        for name in _folders(f"{FOLDER}/{organization}"):
            key = f"{FOLDER}/{organization}/{name}"
            if _KEY.fullmatch(key):
                yield key


def is_older(key: str, than: datetime) -> bool:
    """Whether everything below the key was written before that moment."""
    names = default_storage.listdir(key)[1]
    return all(default_storage.get_modified_time(f"{key}/{name}") < than for name in names)


def _folders(path: str) -> list[str]:
    try:
        return sorted(default_storage.listdir(path)[0])
    except FileNotFoundError:
        return []
