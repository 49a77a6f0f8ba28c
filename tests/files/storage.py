"""A place for stored objects."""

from pathlib import Path
from typing import Any


def store_below(folder: Path, settings: Any) -> Path:
    """Let the default storage be this folder as long as the test's settings last."""
    settings.STORAGES = stored_below(folder, settings.STORAGES)
    return folder


def stored_below(folder: Path, storages: dict[str, Any]) -> dict[str, Any]:
    """The setting with this folder for its default storage."""
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    return storages | {"default": storage}
