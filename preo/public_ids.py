"""Typed ids: a UUIDv7 in a native uuid column, spoken outside as prefix_base32 (TypeID specification 0.3)."""

import re
from base64 import b32decode, b32encode
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core import exceptions
from django.db import models
from uuid_utils.compat import uuid7

_PREFIX = re.compile(r"[a-z](?:[a-z_]{0,61}[a-z])?")
_TO_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghjkmnpqrstvwxyz")
_FROM_CROCKFORD = bytes.maketrans(b"0123456789abcdefghjkmnpqrstvwxyz", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_SUFFIX = re.compile(r"[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}")


class NotAPublicId(ValueError):
    """Text that is no typed id, or one of another kind."""


def encode(prefix: str, uuid: UUID) -> str:
    """`prefix_suffix`; the suffix alone where the prefix is empty."""
    # Four zero bytes make 160 bits, which base32 takes without padding; the first six characters are then fixed.
    suffix = b32encode(b"\0\0\0\0" + uuid.bytes)[-26:].translate(_TO_CROCKFORD).decode("ascii")
    return f"{prefix}_{suffix}" if prefix else suffix


def decode(text: str) -> tuple[str, UUID]:
    """The prefix and the uuid of any valid typed id. Raises NotAPublicId."""
    prefix, separator, suffix = text.rpartition("_")
    if bool(separator) != bool(prefix) or (prefix and not _PREFIX.fullmatch(prefix)) or not _SUFFIX.fullmatch(suffix):
        raise NotAPublicId("This is not an id.")
    padded = b"AAAAAA" + suffix.encode("ascii").translate(_FROM_CROCKFORD)
    return prefix, UUID(bytes=b32decode(padded)[4:])


def parse(prefix: str, text: str) -> UUID:
    """The uuid of an id that must be of the kind `prefix`. Raises NotAPublicId."""
    found, uuid = decode(text)
    if found != prefix:
        raise NotAPublicId(f"This id starts with {found}_, where one of {prefix}_ is expected.")
    return uuid


def new(prefix: str) -> str:
    """A fresh id; later ones sort behind earlier ones."""
    return encode(prefix, uuid7())


class PublicIdField(models.Field[str, str]):
    """A primary key whose Python value is the typed id and whose column is a native uuid."""

    description = "Typed id"

    def __init__(self, *, prefix: str, **options: Any) -> None:
        self.prefix = prefix
        # A history table copies the field as a plain column.
        if options.setdefault("primary_key", True):
            options.update(editable=False, default=self._new)
        super().__init__(**options)

    def get_internal_type(self) -> str:
        return "UUIDField"

    def _new(self) -> str:
        return new(self.prefix)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        if options.pop("primary_key", False):
            options.pop("editable", None)
            options.pop("default", None)
        else:
            options["primary_key"] = False
        return name, path, args, {**options, "prefix": self.prefix}

    def from_db_value(self, value: UUID | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else encode(self.prefix, value)

    def to_python(self, value: Any) -> str | None:
        """Raises ValidationError, which the admin takes for a missing row."""
        if value is None:
            return None
        try:
            return encode(self.prefix, self._uuid(value))
        except NotAPublicId as problem:
            raise exceptions.ValidationError(str(problem), code="invalid") from None

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return self._uuid(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return value if prepared else self.get_prep_value(value)

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

    def formfield(self, **options: Any) -> Any:
        return models.Field.formfield(self, **options)

    def _uuid(self, value: Any) -> UUID:
        return value if isinstance(value, UUID) else parse(self.prefix, str(value))


def prefix_of(model: type[models.Model]) -> str:
    """The kind of id that rows of `model` carry."""
    field = model._meta.pk
    if not isinstance(field, PublicIdField):
        raise TypeError(f"{model.__name__} has no typed id")
    return field.prefix
