"""What an event says of the columns of a row, as the values that the model's fields have in Python."""

from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, DecimalField

from preo.audit.kinds import fields_of
from preo.audit.models import AuditEvent
from preo.public_ids import PublicIdField

Values = Mapping[str, Any]

SECRET = "•••"  # noqa: S105  # stands in for one
ERASED = "erased"


def values_of(event: AuditEvent) -> tuple[Values, Values]:
    """What changed, as it was and as it became: columns by their attribute, links and notes by their names.

    Needs `personal` selected. SECRET and ERASED stand where nobody may or can know.
    """
    before, after = {}, {}
    fields = fields_of(event.object_type)
    for name, (was, became) in _changes_of(event).items():
        field = fields.get(name)
        key = field.attname if field else name
        before[key], after[key] = _in_python(field, was), _in_python(field, became)
    return before, after


def _changes_of(event: AuditEvent) -> dict[str, Any]:
    detail = getattr(event, "personal", None)
    personal = detail.changes if detail else {}
    return {name: personal.get(name, (None, ERASED)) if pair is None else pair for name, pair in event.changes.items()}


def _in_python(field: Any, value: Any) -> Any:
    """A value that today's field wouldn't have stays as it was written down."""
    if field is None or value is None or value in (SECRET, ERASED):
        return value
    own = field.related_model._meta.pk if field.related_model else field
    try:
        return _converted(own, value)
    except (ValidationError, ValueError, TypeError, ArithmeticError):
        return value


def _converted(field: Any, value: Any) -> Any:
    match field:
        case PublicIdField():
            return field.to_python(UUID(value))
        case DateTimeField():
            # Written in the time zone of the session that made the change.
            return field.to_python(value).astimezone(UTC)
        case DecimalField():
            return Decimal(str(value)).quantize(Decimal(1).scaleb(-field.decimal_places))
        case _:
            return field.to_python(value)
