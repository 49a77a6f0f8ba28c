"""Fields of answers and bodies that every resource shares."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from preo.money import NotAnAmount, to_minor, to_number

WHOLE = 100
LARGEST_OBJECT = 64 * 1024
LONGEST_TEXT = 5_000
DEEPEST = 20
LARGEST_NUMBER = 2**53
"""Beyond it JSON libraries disagree on which number they read (RFC 7493, section 2.2)."""


class StrictMembers:
    """For serializers of bodies: unknown members are errors that name them."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [str(name)[:100] for name in data if name not in self.fields]  # type: ignore[attr-defined]  # see below
            if unknown:
                error = ErrorDetail("There is no such member here.", code="unknown_member")
                raise ValidationError({name: [error] for name in unknown})
        return super().to_internal_value(data)  # type: ignore[misc]  # of the serializer it is mixed into


class StrictSerializer(StrictMembers, serializers.Serializer[Any]):
    """The base of our own bodies."""


@extend_schema_field({"type": "number", "format": "double", "minimum": 0})
class AmountField(serializers.Field[int, Any, Decimal, Any]):
    """Minor units inside, the API's number (major units, two decimals) outside."""

    def to_representation(self, value: int) -> Decimal:
        return to_number(value)

    def to_internal_value(self, data: Any) -> int:
        try:
            return to_minor(data)
        except NotAnAmount as problem:
            raise ValidationError(str(problem), code=problem.code) from None


@extend_schema_field({"type": "number", "format": "double"})
class SignedAmountField(AmountField):
    """An amount on its way out that can be negative, such as a discount."""


class MomentField(serializers.Field[Any, Any, Any, Any]):
    """A moment on its way out; the renderer prints it."""

    def to_representation(self, value: Any) -> Any:
        return value


extend_schema_field({"type": "string", "format": "date-time"})(MomentField)


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentInField(serializers.Field[datetime, Any, Any, Any]):
    """A moment on its way in, in ISO 8601; one without an offset stays without, for whoever knows the timezone."""

    def to_internal_value(self, data: Any) -> datetime:
        moment = _parsed(data) if isinstance(data, str) else None
        if moment is None:
            raise ValidationError("A moment is written like 2026-07-01T12:00:00+02:00.", code="not_a_moment")
        return moment


def _parsed(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:
        return None


@extend_schema_field({"type": "number", "format": "double", "minimum": 0, "maximum": 100})
class RateField(serializers.Field[Decimal, Any, Decimal, Any]):
    """A rate in percent, with two decimals at most."""

    def to_representation(self, value: Decimal) -> Decimal:
        return value

    def to_internal_value(self, data: Any) -> Decimal:
        # True is an int in Python, and a string is no number in JSON.
        if isinstance(data, bool) or not isinstance(data, int | Decimal):
            raise ValidationError("A rate is a number.", code="not_a_number")
        rate = Decimal(data)
        if not rate.is_finite() or not 0 <= rate <= WHOLE:
            raise ValidationError("A rate is from 0 to 100 percent.", code="out_of_range")
        if rate != round(rate, 2):
            raise ValidationError("A rate has two decimals at most.", code="too_precise")
        return rate


@extend_schema_field({"type": "object", "additionalProperties": {}})
class FreeObjectField(serializers.Field[dict[str, Any], Any, dict[str, Any], Any]):
    """An object of the caller's own, kept as it is: JSON numbers, no NUL, and not too large."""

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise ValidationError("This must be an object.", code="not_an_object")
        found: dict[str, Any] = _plain(data, depth=0)
        if len(json.dumps(found)) > LARGEST_OBJECT:
            raise ValidationError(f"This is larger than {LARGEST_OBJECT // 1024} KB.", code="too_large")
        return found


def _plain(value: Any, *, depth: int) -> Any:
    """With fractions as the floats that every JSON library makes of them."""
    if depth > DEEPEST:
        raise ValidationError("This is nested too deeply.", code="too_deep")
    if isinstance(value, dict):
        return {_text(name): _plain(inner, depth=depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, depth=depth + 1) for inner in value]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _number(value)
    return value


def _text(value: str) -> str:
    if "\0" in value:
        raise ValidationError("Text can't contain NUL.", code="null_characters_not_allowed")
    return value


def _number(value: int | Decimal) -> int | float:
    if not Decimal(value).is_finite() or not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        raise ValidationError("A number here is larger than JSON can carry.", code="not_a_number")
    return value if isinstance(value, int) else float(value)


class TextField(serializers.CharField):
    """Text that is text in JSON already, where DRF would make it of a number."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class TranslatedField(serializers.DictField):
    """Text by language. An empty text is one that isn't there."""

    child = TextField(allow_blank=True, max_length=LONGEST_TEXT)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        found: dict[str, str] = super().to_internal_value(data)
        return {language: text for language, text in found.items() if text}


class ImageOut(serializers.Serializer[Any]):
    """The addresses of one image in each of its sizes."""

    thumbnail = serializers.URLField()
    optimized = serializers.URLField()
    large = serializers.URLField()
    original = serializers.URLField()


@extend_schema_field(ImageOut)
class ImageField(serializers.Field[str, Any, Any, Any]):
    """A stored image's key inside, its addresses outside; null where there is no image."""

    def get_attribute(self, instance: Any) -> Any:
        # An empty key must come out as null, which DRF does for None alone.
        return super().get_attribute(instance) or None

    def to_representation(self, value: str) -> dict[str, str]:
        return image_urls(value, self.context.get("request"))


def image_urls(key: str, request: Any) -> dict[str, str]:
    """Size -> absolute address (relative without a request)."""
    base = f"{settings.MEDIA_URL}{key}"
    root = request.build_absolute_uri(base) if request else base
    return {size: f"{root}/{size}" for size in ("thumbnail", "optimized", "large", "original")}
