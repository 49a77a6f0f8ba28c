"""A place for stored objects."""

from pathlib import Path
from typing import Any


def store_below(folder: Path, settings: Any) -> Path:
    """Let the default storage be this folder as long as the test's settings last."""
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    settings.STORAGES = settings.STORAGES | {"default": storage}
    return folder
