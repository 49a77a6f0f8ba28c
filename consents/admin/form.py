"""The form of a draft: who is asked, and beside each other what they read in each language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from consents.admin.reading import languages_of
from consents.operations import FREE, LONGEST_TEXT, SETTINGS, TEXTS
from consents.operations.soundness import LONGEST_ADDRESS
from editions.models import Product
from preo.backoffice.editable_form import EditableForm
from preo.backoffice.forms import TranslatedField
from preo.mail.languages import tag_of

TARGETS = {
    "edition": "Choose one of edition, vendor and products, or none to ask every customer of the organization.",
    "vendor_org": "Asked of those who buy from this vendor.",
    "products": "Asked of those who buy one of these; all of one edition.",
}
SWITCHES = {
    "enabled": "Customers are asked for it while it is published and enabled.",
    "required": "Nobody can order without it. Consent to marketing is void where it is forced.",
}


@dataclass(frozen=True, slots=True)
class Box:
    """An input for one language, and what is wrong with what was typed."""

    name: str
    value: str
    error: str

    @property
    def id(self) -> str:
        return f"id_{self.name}"


@dataclass(frozen=True, slots=True)
class Column:
    """What is written in one language."""

    code: str
    language: str
    text: Box
    document: Box

    @property
    def tag(self) -> str:
        return tag_of(self.code)


class ProductsField(forms.ModelMultipleChoiceField[Product]):
    """Products, each with its edition in front."""

    def label_from_instance(self, obj: Product) -> str:
        return f"{obj.edition.full_name}: {obj.name}"


class ConsentForm(EditableForm):
    consent_text = TranslatedField(label="Text", required=False, max_length=LONGEST_TEXT)
    document_url = TranslatedField(label="Document", required=False, max_length=LONGEST_ADDRESS)
    products = ProductsField(Product.objects.none(), required=False)

    languages: Sequence[tuple[str, str]]
    """Code and name of those that are asked for."""

    def prepare(self) -> None:
        fields: Any = self.fields
        for name in SETTINGS - FREE if self.instance.published else ():
            fields.pop(name, None)
        # Before what was typed is put into the instance, another edition perhaps.
        self.languages = languages_of(self.instance)
        for name in fields.keys() & {*TEXTS}:
            fields[name].offer(self.languages)
        for name, text in (TARGETS | SWITCHES).items():
            if name in fields:
                fields[name].help_text = text

    def columns(self) -> list[Column]:
        """One for each language, for the page to set beside each other."""
        typed = {name: self[name].value() or {} for name in TEXTS}
        return [
            Column(code, language, *(self._box(name, code, typed[name]) for name in TEXTS))
            for code, language in self.languages
        ]

    def errors_of_all_languages(self) -> list[str]:
        """What is wrong with the texts and is not said at one of them."""
        said = {problem.detail for problem in self.refused if problem.field.partition(".")[2]}
        return [str(error) for name in TEXTS for error in self.errors.get(name, ()) if error not in said]

    def _box(self, name: str, code: str, typed: Any) -> Box:
        wrong = [problem.detail for problem in self.refused if problem.field == f"{name}.{code}"]
        return Box(f"{name}_{code}", typed.get(code, ""), " ".join(wrong))

    def field_for(self, name: str) -> str | None:
        return "products" if name == "product_ids" else super().field_for(name)
