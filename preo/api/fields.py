"""Fields of answers and bodies that every resource shares."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from preo.money import NotAnAmount, to_minor, to_number


class StrictMembers:
    """For serializers of bodies: unknown members are errors that name them."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [str(name)[:100] for name in data if name not in self.fields]  # type: ignore[attr-defined]
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


@extend_schema_field({"type": "number", "format": "double"})
class RateField(serializers.Field[Decimal, Any, Decimal, Any]):
    """A tax rate in percent on its way out."""

    def to_representation(self, value: Decimal) -> Decimal:
        return value


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
