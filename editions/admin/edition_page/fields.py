"""Form fields of an edition's settings."""

import json
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from rest_framework.exceptions import APIException, ErrorDetail

from preo.api.fields import FreeObjectField
from preo.api.json import JsonParser

MINUTES, SECONDS = "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"


class LocalMomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, datetime):
            return value.strftime(SECONDS if value.second else MINUTES)
        return value or None


class LocalMomentField(forms.DateTimeField):
    """A date and time without an offset, as clocks in `zone` show it; which moment that is the operation finds."""

    zone = ZoneInfo("UTC")

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, widget=LocalMomentInput(), **options)

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(self.zone).replace(tzinfo=None) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        for pattern in (MINUTES, SECONDS):
            try:
                return datetime.strptime(value, pattern) if value else None  # noqa: DTZ007  # local by intent
            except (TypeError, ValueError):
                continue
        raise forms.ValidationError("Enter a date and a time.", code="invalid")

    def has_changed(self, initial: Any, data: Any) -> bool:
        shown = self.widget.format_value(self.prepare_value(initial))
        return (shown or "") != (data or "")


class ObjectField(forms.CharField):
    """A JSON object, indented for reading, under the rules that it has in the API."""

    widget = forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "class": "code"})

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, strip=True, **options)

    def prepare_value(self, value: Any) -> Any:
        return json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or "{}"
        try:
            return FreeObjectField().to_internal_value(JsonParser().parse(BytesIO(text.encode())))
        except APIException as problem:
            raise forms.ValidationError(_sentence(problem.detail), code="invalid") from None

    def validate(self, value: Any) -> None:
        """An object has nothing of a text to check."""

    def run_validators(self, value: Any) -> None:
        """See `validate`."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or {}))
        except forms.ValidationError:
            return True


def _sentence(detail: Any) -> str:
    """What the API says of a body, said of a field."""
    first: ErrorDetail = detail[0] if isinstance(detail, list) else detail
    return str(first).replace("The body is not JSON in UTF-8: ", "This is not JSON. ").replace("The body", "This")
