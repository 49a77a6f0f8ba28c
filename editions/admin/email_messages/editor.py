"""A message while somebody edits it: its forms, what they say, and the buttons that add, move and remove blocks."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime
from typing import Any

from django import forms

from editions.admin.email_messages.blocks import (
    FORMS,
    Block,
    BlockForm,
    ImageForm,
    Languages,
    MessageTextField,
    forms_from,
    forms_of,
)
from editions.choices import EmailType, Language
from editions.messages.content import drop_other_languages, languages_of, main_language_of
from editions.models import EmailMessage
from preo.accounts.models import StaffUser
from preo.backoffice.editable_form import state_of
from preo.errors import Problem
from preo.mail.blocks import MOST_BLOCKS


class MessageForm(forms.Form):
    """What a message has besides its blocks."""

    title = forms.CharField(label="Title", max_length=200, help_text="For staff; customers see the subject.")
    type = forms.ChoiceField(
        label="Type", choices=EmailType.choices, help_text="Says which variables the texts can have."
    )
    subject = MessageTextField(label="Subject", required=False, max_length=200)
    opened = forms.CharField(required=False, widget=forms.HiddenInput)


class Editor:
    """The forms of one message, as it is stored or as it was sent by a browser."""

    def __init__(self, message: EmailMessage, form: MessageForm, blocks: list[BlockForm]) -> None:
        self.message = message
        self.form = form
        self.blocks = blocks
        subject: Any = form.fields["subject"]
        subject.offer(languages_for(message))

    @classmethod
    def stored(cls, message: EmailMessage) -> "Editor":
        """As it is in the database, and with texts in a language that is no more where they can be translated."""
        shown = copy(message)
        drop_other_languages(shown)
        return cls._showing(message, _values_of(shown), shown.blocks)

    @classmethod
    def sent(cls, message: EmailMessage, data: Any, files: Any) -> "Editor":
        """As somebody typed it."""
        blocks = forms_from(
            data, files, stored=message.blocks, languages=languages_for(message), organization=message.organization
        )
        return cls(message, MessageForm(data, initial=_values_of(message)), blocks)

    @classmethod
    def _showing(cls, message: EmailMessage, values: dict[str, Any], blocks: Sequence[Block]) -> "Editor":
        made = forms_of(blocks, languages=languages_for(message), organization=message.organization)
        return cls(message, MessageForm(initial=values), made)

    def is_valid(self) -> bool:
        """Whether every field has a value that it could have."""
        return all(form.is_valid() for form in (self.form, *self.blocks))

    def is_as_stored(self) -> bool:
        """Whether nothing was typed, moved, added or uploaded that the database doesn't have."""
        types = [form.type_ for form in self.blocks]
        if types != [block["type"] for block in self.message.blocks]:
            return False
        return not any(set(form.changed_data) - {"opened"} for form in (self.form, *self.blocks))

    def store_images(self, *, by: StaffUser, now: datetime) -> None:
        """Keep what was uploaded, where it is good. Not to be called in a transaction."""
        organization = self.message.organization
        for form in self.blocks:
            if isinstance(form, ImageForm) and organization and form.is_valid():
                form.store(organization, by=by, now=now)

    def values(self) -> dict[str, Any]:
        """What was typed, by the names of the model's fields."""
        typed = {name: self.form.cleaned_data[name] for name in ("title", "type", "subject")}
        return typed | {"blocks": [form.block() for form in self.blocks]}

    def draft(self) -> EmailMessage:
        """The message as it was typed, in memory alone; without images that have not been stored."""
        draft, values = copy(self.message), self.values()
        values["blocks"] = [block for block in values["blocks"] if block["type"] != "image" or "image_id" in block]
        for name, value in values.items():
            setattr(draft, name, value)
        return draft

    def after(self, button: str) -> "Editor":
        """As it was typed, and then changed by a button such as `add:text`, `up:2` or `remove:0`."""
        values = self.values()
        blocks = _changed(values.pop("blocks"), button)
        return self._showing(self.message, values | {"opened": self.form.cleaned_data["opened"]}, blocks)

    @property
    def opened_state(self) -> str:
        """What the message was like when the page was opened."""
        return str(self.form.cleaned_data["opened"])

    def refuse(self, problem: Problem) -> None:
        """Shows a refusal at the field that it is about, or above all."""
        form, name = self._place_of(problem.field)
        form.add_error(name if name in form.fields else None, self._told(problem))

    def _place_of(self, path: str) -> tuple[forms.Form, str]:
        first, *rest = path.split(".")
        if first == "blocks" and rest and rest[0].isdecimal() and int(rest[0]) < len(self.blocks):
            return self.blocks[int(rest[0])], rest[1] if len(rest) > 1 else ""
        return self.form, first

    def _told(self, problem: Problem) -> str:
        language = dict(Language.choices).get(problem.field.rpartition(".")[2])
        return f"{language}: {problem.detail}" if language else problem.detail


def languages_for(message: EmailMessage) -> Languages:
    """Code and name of each language that the message can be written in, the main one first."""
    main, names = main_language_of(message.edition), dict(Language.choices)
    codes = sorted(languages_of(message.edition), key=lambda code: code != main)
    return [(code, str(names[code])) for code in codes]


def _values_of(message: EmailMessage) -> dict[str, Any]:
    told = {name: getattr(message, name) for name in ("title", "type", "subject")}
    return told | {"opened": state_of(message)}


def _changed(blocks: list[Block], button: str) -> list[Block]:
    """The blocks after a button was pressed; as they are where it makes no sense."""
    verb, _, what = button.partition(":")
    if verb == "add" and what in FORMS and len(blocks) < MOST_BLOCKS:
        return [*blocks, {"type": what}]
    place = int(what) if what.isdecimal() and len(what) < 4 else len(blocks)
    if place >= len(blocks):
        return blocks
    match verb:
        case "remove":
            return blocks[:place] + blocks[place + 1 :]
        case "up" if place > 0:
            return _swapped(blocks, place - 1)
        case "down" if place + 1 < len(blocks):
            return _swapped(blocks, place)
    return blocks


def _swapped(blocks: list[Block], place: int) -> list[Block]:
    return [*blocks[:place], blocks[place + 1], blocks[place], *blocks[place + 2 :]]
