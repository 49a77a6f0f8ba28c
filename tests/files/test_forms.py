"""Choosing images, or bringing new ones, in a form."""

from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils.datastructures import MultiValueDict

from preo.accounts.models import Organization
from preo.files import forms as files_forms
from preo.files.forms import ImageChoiceField
from preo.files.images import MOST_BYTES
from preo.files.models import StoredFile
from preo.files.operations import store_image
from preo.public_ids import new
from tests.factories import NOON
from tests.files.pictures import a_jpeg

MAKERS = {"one": False, "several": True}


class OneForm(forms.Form):
    image = ImageChoiceField(required=False)


class SeveralForm(forms.Form):
    image = ImageChoiceField(is_multiple=True)


@pytest.fixture
def image(ours, manager) -> StoredFile:
    return store_image(ours, file_name="tent.jpg", content=a_jpeg(), by=manager, now=NOON)


@pytest.fixture
def theirs_image(theirs, outsider) -> StoredFile:
    return store_image(theirs, file_name="secret.jpg", content=a_jpeg(), by=outsider, now=NOON)


def make_row(organization: Organization, name: str, **others: Any) -> StoredFile:
    return StoredFile.objects.create(organization=organization, file_name=name, key=new("fil"), size=1, **others)


def sent(form: type[forms.Form], organization: Organization, *ids: str, new: tuple[Any, ...] = ()) -> Any:
    data = QueryDict(mutable=True)
    data.setlist("image", list(ids))
    made: Any = form(data, MultiValueDict({"image_new": list(new)}))
    made.fields["image"].offer(organization)
    return made


def an_upload(name: str = "chair.jpg", content: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, a_jpeg() if content is None else content)


def test_a_stored_image_is_chosen(ours, manager, image):
    form = sent(OneForm, ours, image.pk)

    assert form.is_valid(), form.errors
    assert form.cleaned_data["image"].stored(ours, by=manager, now=NOON) == [image]


def test_new_images_are_stored_behind_the_chosen_ones(ours, manager, image):
    form = sent(SeveralForm, ours, image.pk, new=(an_upload("chair.jpg"), an_upload("cup.jpg")))

    assert form.is_valid(), form.errors
    assert StoredFile.objects.count() == 1
    stored = form.cleaned_data["image"].stored(ours, by=manager, now=NOON)
    assert [file.file_name for file in stored] == ["tent.jpg", "chair.jpg", "cup.jpg"]
    assert StoredFile.objects.filter(organization=ours).count() == 3


def test_several_keep_the_order_in_which_they_were_sent(ours, manager, image):
    other = make_row(ours, "other.jpg")

    form = sent(SeveralForm, ours, other.pk, image.pk, other.pk)

    assert form.is_valid(), form.errors
    assert list(form.cleaned_data["image"].chosen) == [other, image]


def test_a_new_image_takes_the_place_of_the_one_chosen(ours, manager, image):
    form = sent(OneForm, ours, image.pk, new=(an_upload(),))

    assert form.is_valid(), form.errors
    stored = form.cleaned_data["image"].stored(ours, by=manager, now=NOON)
    assert [file.file_name for file in stored] == ["chair.jpg"]


def test_none_is_an_answer_where_none_is_needed(ours, manager):
    optional, required = sent(OneForm, ours, ""), sent(SeveralForm, ours)

    assert optional.is_valid()
    assert optional.cleaned_data["image"].stored(ours, by=manager, now=NOON) == []
    assert required.errors == {"image": ["This field is required."]}


@pytest.mark.parametrize("form", [OneForm, SeveralForm])
def test_an_image_of_others_is_refused_like_none(form, ours, theirs_image):
    for text in (theirs_image.pk, new("fil"), "nonsense", "fil_\0"):
        assert sent(form, ours, text).errors == {"image": ["Choose among the images of your organization."]}


@pytest.mark.parametrize(
    ("uploads", "sentences"),
    [
        ([("a.jpg", b"<svg/>")], ["a.jpg: This is not a JPEG, PNG, WebP or GIF image."]),
        ([("a.jpg", b"")], ["a.jpg: This file is empty."]),
        ([("a.jpg", a_jpeg() + b"\0" * MOST_BYTES)], ["a.jpg: This file is larger than 10 MB."]),
        (
            [("a.jpg", b"x"), ("good.jpg", a_jpeg()), ("b.jpg", a_jpeg(600, 400)[:-2000])],
            ["a.jpg: This is not a JPEG, PNG, WebP or GIF image.", "b.jpg: This image is broken."],
        ),
        ([(f"{number}.jpg", b"") for number in range(21)], ["Upload at most 20 images at once."]),
    ],
    ids=["svg", "empty", "large", "two of three", "too many"],
)
def test_a_bad_upload_is_named_with_what_is_wrong(uploads, sentences, ours):
    form = sent(SeveralForm, ours, new=tuple(an_upload(*one) for one in uploads))

    assert form.errors == {"image": sentences}


def test_one_image_is_one_upload(ours):
    assert sent(OneForm, ours, new=(an_upload(), an_upload())).errors == {"image": ["Upload at most 1 image at once."]}


def test_offers_the_chosen_first_and_then_the_newest(ours, theirs_image, monkeypatch):
    monkeypatch.setattr(files_forms, "OFFERED", 2)
    oldest, *_others, newest = [make_row(ours, f"{number}.jpg") for number in range(4)]
    form: Any = OneForm()

    form.fields["image"].offer(ours, chosen=[oldest])
    html = str(form["image"])

    names = [name for name in ("0.jpg", "3.jpg", "2.jpg", "1.jpg", "secret.jpg") if name in html]
    assert names == ["0.jpg", "3.jpg", "2.jpg"]
    assert html.index("0.jpg") < html.index("3.jpg") < html.index("2.jpg")
    assert html.count(" checked") == 1
    assert f'value="{oldest.pk}" checked' in html
    assert f"/media/{newest.key}/thumbnail" in html


def test_a_name_is_text_and_no_markup(ours):
    make_row(ours, "<b>.jpg")
    form: Any = OneForm()
    form.fields["image"].offer(ours)

    assert "<b>" not in str(form["image"])


def test_what_was_ticked_stays_ticked_after_an_error(ours, image):
    make_row(ours, "other.jpg")

    form = sent(SeveralForm, ours, image.pk, new=(an_upload("a.jpg", b""),))

    assert f'value="{image.pk}" checked' in str(form["image"])


@pytest.mark.parametrize(("ids", "uploads", "is_changed"), [(1, 0, False), (0, 0, True), (2, 0, True), (1, 1, True)])
def test_it_knows_whether_something_changed(ids, uploads, is_changed, ours):
    files = [make_row(ours, f"{number}.jpg") for number in range(2)]
    form = sent(SeveralForm, ours, *[file.pk for file in files[:ids]], new=tuple(an_upload() for _ in range(uploads)))
    form.fields["image"].offer(ours, chosen=files[:1])

    assert form.has_changed() is is_changed


def test_showing_many_takes_one_query(ours):
    for number in range(30):
        make_row(ours, f"{number}.jpg")
    form: Any = SeveralForm()

    with CaptureQueriesContext(connection) as queries:
        form.fields["image"].offer(ours)
        str(form["image"])

    assert len(queries) == 1


def test_the_form_is_sent_in_parts():
    assert OneForm().is_multipart()
