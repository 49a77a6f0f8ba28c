"""Form fields for what Django has none for: money, rates in percent, texts by language, colors."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from preo.money import NotAnAmount, to_minor, to_number

# With one or two digits behind it a comma can't be a thousands separator.
_DECIMAL_COMMA = re.compile(r"(-?\d+),(\d{1,2})")
# A blank between anything but thousands may stand for a point: "12 50" is not 1250.
_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}(?:\s[0-9]{3})+(?:[.,][0-9]{1,2})?")
_COLOR = re.compile(r"#[0-9a-f]{6}")
_MINUS = "\N{MINUS SIGN}"


class DecimalInput(forms.TextInput):
    """A number that people may write with a point or a comma, which a browser's number field would not take."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal", "autocomplete": "off", "class": "amount", **(attrs or {})})


class MoneyField(forms.Field):
    """An amount as people write it, in major units; its value is in minor units. Never negative.

    Blanks separate thousands and nothing else.
    """

    widget = DecimalInput

    def to_python(self, value: Any) -> int | None:
        try:
            text = _plain(_without_blanks(value))
            return self.minor(text) if text else None
        except NotAnAmount as problem:
            raise forms.ValidationError(str(problem), code=problem.code) from None

    def minor(self, text: str) -> int:
        """The minor units that the text says. Raises NotAnAmount."""
        return to_minor(text)

    def prepare_value(self, value: Any) -> Any:
        return str(to_number(value)) if isinstance(value, int) else value


class SignedMoneyField(MoneyField):
    """An amount that is added, or with a minus taken off."""

    def minor(self, text: str) -> int:
        return -to_minor(text[1:]) if text.startswith("-") else to_minor(text)


class RateField(forms.DecimalField):
    """A rate in percent, from 0 to 100 with at most two decimals."""

    widget = DecimalInput

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": Decimal(0), "max_value": Decimal(100), "decimal_places": 2, **options})

    def to_python(self, value: Any) -> Any:
        return super().to_python(_plain(value.strip()) if isinstance(value, str) else value)


class ColorField(forms.CharField):
    """A color as #rrggbb, in lower case."""

    widget = forms.TextInput(attrs={"type": "color"})

    def clean(self, value: Any) -> str:
        color = str(super().clean(value)).lower()
        if color and not _COLOR.fullmatch(color):
            raise forms.ValidationError("Write a color as #rrggbb, such as #4a2fd6.", code="not_a_color")
        return color


class TranslatedInput(forms.Widget):
    """A labelled input, or with `rows` a text area, for each language; its value is a text by language."""

    template_name = "backoffice/translated.html"
    use_fieldset = True
    languages: Sequence[tuple[str, str]] = ()
    """Code and name of each language, the first one leading."""
    label = ""

    def __init__(self, attrs: dict[str, Any] | None = None, *, rows: int = 0) -> None:
        super().__init__(attrs)
        self.rows = rows

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_{self.languages[0][0]}" if id_ and self.languages else id_

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, str]:
        return {code: str(data.get(f"{name}_{code}", "")) for code, _ in self.languages}

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return all(f"{name}_{code}" not in data for code, _ in self.languages)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, None, attrs)
        id_ = context["widget"]["attrs"].pop("id", f"id_{name}")
        texts = value if isinstance(value, Mapping) else {}
        context["widget"]["parts"] = [
            {
                "name": f"{name}_{code}",
                "id": f"{id_}_{code}",
                "code": code,
                "language": label,
                "text": texts.get(code, ""),
            }
            for code, label in self.languages
        ]
        given = context["widget"]["attrs"]
        said = {"describedby": given.get("aria-describedby"), "invalid": given.get("aria-invalid")}
        return context | said | {"label": self.label, "rows": self.rows}

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return render_to_string(self.template_name, self.get_context(name, value, attrs))


class TranslatedField(forms.Field):
    """A text in each of `languages`; its value maps languages to texts and leaves empty ones out."""

    def __init__(self, *, max_length: int = 5000, rows: int = 0, **options: Any) -> None:
        options.setdefault("widget", TranslatedInput(rows=rows))
        super().__init__(**options)
        self.max_length = max_length

    def offer(self, languages: Sequence[tuple[str, str]]) -> None:
        """Ask for these languages, each given by code and name; the leading one first."""
        self.widget.languages = languages

    def to_python(self, value: Any) -> dict[str, str]:
        texts = value if isinstance(value, Mapping) else {}
        return {code: text.strip() for code, text in texts.items() if isinstance(text, str) and text.strip()}

    def validate(self, value: dict[str, str]) -> None:
        super().validate(value)
        names = dict(self.widget.languages)
        for code, text in value.items():
            if "\0" in text:
                raise forms.ValidationError(f"{names.get(code, code)}: NUL is no character of a text.", code="nul")
            if len(text) > self.max_length:
                detail = f"{names.get(code, code)}: at most {self.max_length} characters, this has {len(text)}."
                raise forms.ValidationError(detail, code="max_length")

    def has_changed(self, initial: Any, data: Any) -> bool:
        return not self.disabled and self.to_python(initial) != self.to_python(data)

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> Any:
        bound = super().get_bound_field(form, field_name)
        self.widget.label = str(bound.label)
        return bound


def _without_blanks(value: Any) -> str:
    """Raises NotAnAmount where one could stand for anything but a thousands separator."""
    text = str(value or "").strip().replace(_MINUS, "-")
    if _THOUSANDS.fullmatch(text):
        return "".join(text.split())
    if len(text.split()) > 1:
        detail = "A blank may only stand between thousands: write 1250.00, or 1 250.00, or 12.50 for twelve and a half."
        raise NotAnAmount("blank_in_amount", detail)
    return text


def _plain(text: str) -> str:
    """A number as it would stand in JSON: with a point, and a hyphen for a minus."""
    text = text.replace(_MINUS, "-")
    return _DECIMAL_COMMA.sub(r"\1.\2", text) if _DECIMAL_COMMA.fullmatch(text) else text
