"""The blocks of a message as forms: each type with its fields, and what was typed as blocks again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain, repeat
from typing import Any, ClassVar

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.html import linebreaks

from preo.accounts.models import Organization, StaffUser
from preo.backoffice.forms import TranslatedField
from preo.files.forms import OFFERED, ImageChoice, ImageChoiceField
from preo.files.models import StoredFile
from preo.mail.blocks import LONGEST_ADDRESS, LONGEST_HTML, LONGEST_TEXT, MOST_BLOCKS, image_ids_in

Block = dict[str, Any]
Languages = Sequence[tuple[str, str]]


class MessageTextField(TranslatedField):
    """A text of a message in each of its languages."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Only in the languages that are asked for, and not where a browser ends lines in its own way."""
        stored = initial or {}
        asked = {code: stored.get(code, "") for code, _ in self.widget.languages}
        return bool(super().has_changed(_with_plain_lines(asked), _with_plain_lines(data)))


class BlockForm(forms.Form):
    """One block. Nothing is required here: what a block must have is said when the message is saved."""

    type_: ClassVar[str]
    title: ClassVar[str]

    def offer(self, languages: Languages) -> None:
        """Ask for texts in these languages, the leading one first."""
        for field in self.fields.values():
            if isinstance(field, TranslatedField):
                field.offer(languages)

    def block(self) -> Block:
        """What was typed, without what was left empty."""
        return {"type": self.type_} | {name: value for name, value in self.cleaned_data.items() if value}


class HeadingForm(BlockForm):
    type_, title = "heading", "Heading"
    text = MessageTextField(label="Text", required=False, max_length=LONGEST_TEXT)
    level = forms.TypedChoiceField(
        label="Size", required=False, coerce=int, choices=[(1, "Large"), (2, "Medium"), (3, "Small")], initial=1
    )


class TextForm(BlockForm):
    type_, title = "text", "Text"
    html = MessageTextField(
        label="Text",
        required=False,
        max_length=LONGEST_HTML,
        rows=6,
        help_text=(
            "An empty line starts a paragraph. <p>, <strong>, <em>, <a href>, <ul>, <ol> and <li> may be used. "
            "A link leads to an address that starts with https:// or mailto:, or to a variable that is listed as an "
            "address; of any other link the words alone are kept."
        ),
    )

    def clean_html(self) -> dict[str, str]:
        texts: Mapping[str, str] = self.cleaned_data["html"]
        return {language: _as_html(text) for language, text in texts.items()}


class ButtonForm(BlockForm):
    type_, title = "button", "Button"
    label = MessageTextField(label="Words on it", required=False, max_length=100)
    url = MessageTextField(
        label="Leads to",
        required=False,
        max_length=LONGEST_ADDRESS,
        help_text="An address that starts with https://, or a variable that is listed as an address.",
    )


class ImageForm(BlockForm):
    type_, title = "image", "Image"
    image_id = ImageChoiceField(label="Image", required=False)
    alt = MessageTextField(
        label="Description",
        required=False,
        max_length=LONGEST_TEXT,
        help_text="For those who can't see it. Leave it empty where the image is only decoration.",
    )
    url = MessageTextField(label="Leads to", required=False, max_length=LONGEST_ADDRESS)

    def block(self) -> Block:
        """The image by its id; a new one has none until it is stored."""
        chosen: Any = self.cleaned_data["image_id"]
        leading = self.fields["alt"].widget.languages[0][0]
        texts = {"alt": self.cleaned_data["alt"] or {leading: ""}}
        if self.cleaned_data["url"]:
            texts["url"] = self.cleaned_data["url"]
        return {"type": self.type_, **texts} | ({"image_id": chosen.chosen[0].pk} if chosen.chosen else {})

    def store(self, organization: Organization, *, by: StaffUser, now: datetime) -> None:
        """Keep an uploaded image, so that the block can name it. Not to be called in a transaction."""
        choice: ImageChoice = self.cleaned_data["image_id"]
        if choice.uploads:
            stored = choice.stored(organization, by=by, now=now)
            self.cleaned_data["image_id"] = ImageChoice(stored)
            self._show_chosen(stored[0])

    def _show_chosen(self, file: StoredFile) -> None:
        """Tick it when the form is shown again: a browser doesn't keep uploads."""
        widget: Any = self.fields["image_id"].widget
        widget.offered = [file, *widget.offered]
        sent: Any = self.data
        told = sent.copy()
        told.setlist(self.add_prefix("image_id"), [file.pk])
        self.data, self.files = told, MultiValueDict()


class OrderSummaryForm(BlockForm):
    type_, title = "order_summary", "Order summary"
    show_fees = forms.BooleanField(label="Show the fees", required=False, initial=True)

    def block(self) -> Block:
        return {"type": self.type_, "show_fees": self.cleaned_data["show_fees"]}


class DividerForm(BlockForm):
    type_, title = "divider", "Divider"


FORMS: Mapping[str, type[BlockForm]] = {
    form.type_: form for form in (HeadingForm, TextForm, ButtonForm, ImageForm, OrderSummaryForm, DividerForm)
}


def forms_of(blocks: Sequence[Block], *, languages: Languages, organization: Organization | None) -> list[BlockForm]:
    """A form for each stored block."""
    files = _images_of(blocks, organization)
    made = [
        FORMS[block["type"]](prefix=prefix_of(place), initial=_initial(block, files))
        for place, block in enumerate(blocks)
    ]
    return _offering(made, languages, organization, list(files.values()))


def forms_from(
    data: Any, files: Any, *, stored: Sequence[Block], languages: Languages, organization: Organization | None
) -> list[BlockForm]:
    """The forms that a browser sent: the page names the type of each block, in their order.

    Each knows the `stored` block in its place, so that it can tell whether it was changed.
    """
    types = [type_ for type_ in data.getlist("block") if type_ in FORMS][:MOST_BLOCKS]
    images = _images_of(stored, organization)
    made = [
        FORMS[type_](data, files, prefix=prefix_of(place), initial=_initial(block, images))
        for place, (type_, block) in enumerate(zip(types, chain(stored, repeat({})), strict=False))
    ]
    return _offering(made, languages, organization, list(images.values()))


def prefix_of(place: int) -> str:
    """What the names of a block's fields begin with."""
    return f"block{place}"


def _offering(
    made: list[BlockForm], languages: Languages, organization: Organization | None, chosen: list[StoredFile]
) -> list[BlockForm]:
    images: list[Any] = [form.fields["image_id"] for form in made if isinstance(form, ImageForm)]
    if images:
        newest = StoredFile.objects.filter(organization=organization).order_by("-created", "-id")[:OFFERED]
        offered = list(dict.fromkeys([*chosen, *newest]))
    for field in images:
        # One look at the files for all blocks, where `offer` would take one for each.
        field.organization, field.widget.offered = organization, offered
    for form in made:
        form.offer(languages)
    return made


def _images_of(blocks: Sequence[Block], organization: Organization | None) -> dict[str, StoredFile]:
    """By id, those that still are the organization's."""
    return StoredFile.objects.filter(organization=organization).in_bulk(image_ids_in(_whole(blocks)))


def _initial(block: Block, files: Mapping[str, StoredFile]) -> dict[str, Any]:
    image = files.get(block.get("image_id", ""))
    return {**block, "image_id": [image] if image else []}


def _whole(blocks: Sequence[Block]) -> list[Block]:
    return [block for block in blocks if block["type"] != "image" or "image_id" in block]


def _with_plain_lines(texts: Mapping[str, str]) -> dict[str, str]:
    return {code: "\n".join(text.splitlines()) for code, text in texts.items()}


def _as_html(text: str) -> str:
    """Text without any HTML in it becomes paragraphs."""
    return text if "<" in text else linebreaks(text)
