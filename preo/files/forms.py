"""Choosing among an organization's images, or bringing new ones, in any form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from preo.accounts.models import Organization, StaffUser
from preo.api.fields import image_urls
from preo.errors import InvalidField
from preo.files.images import MOST_BYTES, Picture, picture_of
from preo.files.models import StoredFile
from preo.files.operations import store_picture
from preo.public_ids import NotAPublicId, parse

OFFERED = 60
MOST_UPLOADS = 20
ACCEPTED = "image/jpeg,image/png,image/webp,image/gif"


@dataclass(frozen=True, slots=True)
class Upload:
    """A new image, good and not stored yet."""

    file_name: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class ImageChoice:
    """What an ImageChoiceField comes to: images that are stored already, and new ones behind them."""

    chosen: Sequence[StoredFile] = ()
    uploads: Sequence[Upload] = ()

    def __bool__(self) -> bool:
        return bool(self.chosen or self.uploads)

    def stored(self, organization: Organization, *, by: StaffUser, now: datetime) -> list[StoredFile]:
        """All of them as rows, in order; the new ones are stored by this, so call it once, outside of transactions."""
        new = [
            store_picture(organization, file_name=upload.file_name, picture=upload.picture, by=by, now=now)
            for upload in self.uploads
        ]
        return [*self.chosen, *new]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a browser sent for the field."""

    ids: Sequence[str]
    files: Sequence[UploadedFile[Any]]


class UploadInput(forms.FileInput):
    """A file input that takes several images."""

    allow_multiple_selected = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"accept": ACCEPTED, "multiple": True, **(attrs or {})})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name)


class UploadField(forms.Field):
    """New images alone, several at once; its value is a list of Upload. A bad one is named with what is wrong."""

    widget = UploadInput

    def clean(self, value: Any) -> list[Upload]:
        super().clean(value)
        return uploads_of(value or [])


class ImageTiles(forms.Widget):
    """Tiles with thumbnails to choose from, one or with `is_multiple` several, and an input for new images."""

    template_name = "backoffice/image_choice.html"
    needs_multipart_form = True
    use_fieldset = True
    is_multiple = False
    offered: Sequence[StoredFile] = ()

    def id_for_label(self, id_: str) -> str:
        return ""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Sent:
        ids = data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])
        new = files.getlist(f"{name}_new") if hasattr(files, "getlist") else []
        return Sent([text for text in ids if text], new)

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Mapping[str, Any], name: str) -> bool:
        """A browser says nothing of boxes that are not ticked."""
        return False

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, None, attrs)
        chosen = _ids_of(value)
        context["widget"]["attrs"].setdefault("id", f"id_{name}")
        context["tiles"] = [
            {"file": file, "thumbnail": image_urls(file.key, None)["thumbnail"], "is_chosen": file.pk in chosen}
            for file in _chosen_first(self.offered, chosen)
        ]
        # A form that is shown again has lost what was uploaded: a browser sends a file once.
        context["lost"] = [file.name for file in value.files] if isinstance(value, Sent) else []
        nothing_chosen = not any(tile["is_chosen"] for tile in context["tiles"])
        kind = "checkbox" if self.is_multiple else "radio"
        return context | {"kind": kind, "nothing_chosen": nothing_chosen, "accept": ACCEPTED}

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return render_to_string(self.template_name, self.get_context(name, value, attrs))


class ImageChoiceField(forms.Field):
    """Images of one organization; the form must say of which, with `offer`. Its value is an ImageChoice.

    Offers those chosen so far, in their order, and the newest. In a field for one image a new one takes the place of
    whatever is ticked.
    """

    widget = ImageTiles
    default_error_messages = {"out_of_reach": "Choose among the images of your organization."}

    def __init__(self, *, is_multiple: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.is_multiple = is_multiple
        self.organization: Organization | None = None
        self.widget.is_multiple = is_multiple

    def offer(self, organization: Organization, *, chosen: Sequence[StoredFile] = ()) -> None:
        """Say whose images there are to choose from, and which are chosen so far."""
        known = [file.pk for file in chosen]
        others = StoredFile.objects.filter(organization=organization).exclude(pk__in=known).order_by("-created", "-id")
        self.organization = organization
        self.initial = list(chosen)
        self.widget.offered = [*chosen, *others[:OFFERED]]

    def clean(self, value: Any) -> ImageChoice:
        sent: Sent = value
        chosen, uploads = self._chosen(sent.ids), uploads_of(sent.files, most=MOST_UPLOADS if self.is_multiple else 1)
        choice = ImageChoice(chosen if self.is_multiple or not uploads else (), uploads)
        if self.required and not choice:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return choice

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data.files) or list(data.ids) != _ids_of(initial)

    def _chosen(self, ids: Sequence[str]) -> list[StoredFile]:
        wanted = list(dict.fromkeys(ids if self.is_multiple else ids[:1]))
        files = StoredFile.objects.filter(organization=self.organization)
        found = files.in_bulk([text for text in wanted if _is_id(text)])
        if len(found) != len(wanted):
            raise forms.ValidationError(self.error_messages["out_of_reach"], code="out_of_reach")
        return [found[text] for text in wanted]


def tick_stored(request: HttpRequest, *, name: str, files: Sequence[StoredFile]) -> None:
    """Make the request one that chooses these images in the field and uploads none.

    For when the form is shown again although they were stored: they are ticked then, and not stored a second time.
    """
    sent: Any = request.POST.copy()
    sent.setlist(name, [file.pk for file in files])
    request.POST = sent
    request.FILES.pop(f"{name}_new", None)


def uploads_of(files: Sequence[UploadedFile[Any]], *, most: int = MOST_UPLOADS) -> list[Upload]:
    """The uploaded files as images. Raises ValidationError with a sentence for each that is none."""
    if len(files) > most:
        raise forms.ValidationError(f"Upload at most {most} image{'s' * (most > 1)} at once.", code="too_many")
    found, problems = [], []
    for file in files:
        try:
            found.append(Upload(file.name or "", picture_of(_content_of(file))))
        except InvalidField as problem:
            problems.append(forms.ValidationError(f"{file.name}: {problem.detail}", code=problem.code))
    if problems:
        raise forms.ValidationError(problems)
    return found


def _content_of(file: UploadedFile[Any]) -> bytes:
    """At most one byte more than is allowed, so that a huge file is refused without being read."""
    file.seek(0)
    content: bytes = file.read(MOST_BYTES + 1)
    return content


def _ids_of(value: Any) -> list[str]:
    """Of what a browser sent, or of the images chosen so far."""
    return list(value.ids) if isinstance(value, Sent) else [file.pk for file in value or []]


def _chosen_first(offered: Sequence[StoredFile], chosen: Sequence[str]) -> list[StoredFile]:
    """In the order in which they are chosen, which is the one in which a browser sends them."""
    places = {key: place for place, key in enumerate(chosen)}
    return sorted(offered, key=lambda file: places.get(file.pk, len(places)))


def _is_id(text: str) -> bool:
    try:
        parse("fil", text)
    except NotAPublicId:
        return False
    return True
