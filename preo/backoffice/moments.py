"""A moment as a day and a time on the clocks of some place."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

UTC = ZoneInfo("UTC")


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class DayAndTimeInput(forms.MultiWidget):
    """Two inputs, each with a label for those who don't see that they belong together."""

    use_fieldset = True
    zone = UTC
    label = ""

    def __init__(self) -> None:
        super().__init__((DayInput(), TimeInput()))

    def decompress(self, value: datetime | None) -> Sequence[Any]:
        local = value.astimezone(self.zone) if value else None
        return [local.date(), local.time()] if local else [None, None]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        for part, word in zip(context["widget"]["subwidgets"], ("date", "time"), strict=True):
            part["attrs"]["aria-label"] = f"{self.label}, {word}"
        return context


class DayAndTimeField(forms.MultiValueField):
    """A moment by the clocks in its zone, see `place`; a day without a time is its beginning."""

    widget = DayAndTimeInput
    zone = UTC

    def __init__(self, **options: Any) -> None:
        parts = (forms.DateField(), forms.TimeField(required=False))
        super().__init__(parts, require_all_fields=False, **{"required": False, **options})

    def place(self, zone: ZoneInfo) -> None:
        """Say on whose clocks the moment is read and shown."""
        self.zone = self.widget.zone = zone

    def clean(self, value: Any) -> datetime | None:
        moment: datetime | None = super().clean(value)
        if moment is None and any(value or ()):
            raise forms.ValidationError("Give the day as well.", code="incomplete")
        return moment

    def compress(self, data_list: Sequence[Any]) -> datetime | None:
        day: date | None = data_list[0] if data_list else None
        return datetime.combine(day, data_list[1] or time(), tzinfo=self.zone) if day else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        widget: Any = self.widget
        day, clock = (str(part or "") for part in widget.decompress(initial))
        return [day, clock[:5]] != [str(part or "") for part in data]

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> Any:
        bound = super().get_bound_field(form, field_name)
        self.widget.label = str(bound.label)
        return bound
