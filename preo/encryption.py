"""Secrets at rest: authenticated encryption under the keys of the settings, the newest first."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class NotReadable(Exception):
    """None of the keys opens it: the key it was written under is missing from ENCRYPTION_KEYS."""


def encrypt(secrets: Mapping[str, str]) -> bytes:
    """Ciphertext under the newest key; empty for nothing."""
    return _keys(tuple(settings.ENCRYPTION_KEYS)).encrypt(json.dumps(dict(secrets)).encode()) if secrets else b""


def decrypt(ciphertext: bytes | memoryview) -> dict[str, str]:
    """What `encrypt` was given. Raises NotReadable, which says nothing of the content."""
    if not ciphertext:
        return {}
    try:
        text = _keys(tuple(settings.ENCRYPTION_KEYS)).decrypt(bytes(ciphertext))
    except InvalidToken:
        raise NotReadable("None of the keys in ENCRYPTION_KEYS opens this.") from None
    return dict(json.loads(text))


def key_from(secret: str) -> str:
    """A key derived from another secret, for a machine that has no key of its own."""
    return urlsafe_b64encode(sha256(secret.encode()).digest()).decode()


def require_keys(keys: Sequence[str]) -> list[str]:
    """The keys as they are. Raises ImproperlyConfigured for none, or for one that is no key."""
    try:
        found = [Fernet(key) for key in keys]
    except ValueError:
        found = []
    if not found:
        raise ImproperlyConfigured("ENCRYPTION_KEYS must be keys of 32 bytes in urlsafe base64, separated by commas.")
    return list(keys)


@cache
def _keys(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
