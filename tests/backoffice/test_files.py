"""Images in the admin: whose one sees, who may bring, describe and delete them, and what a refusal says."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from editions.models import ProductImage
from preo.api.roles import Role
from preo.files.models import StoredFile
from preo.files.operations import store_image
from preo.public_ids import new
from tests.backoffice.conftest import Pages
from tests.factories import NOON, make_edition_member, make_organization, make_product
from tests.files.pictures import a_jpeg, a_png
from tests.files.storage import store_below
from tests.trail import events_of

LIST = reverse("admin:files_storedfile_changelist")
UPLOAD = reverse("admin:files_storedfile_add")


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings) -> Path:
    return store_below(tmp_path / "media", settings)


@pytest.fixture
def image(ours, manager) -> StoredFile:
    return store_image(ours, file_name="tent.jpg", content=a_jpeg(), by=manager, now=NOON)


@pytest.fixture
def theirs_image(theirs, outsider) -> StoredFile:
    return store_image(theirs, file_name="secret.jpg", content=a_jpeg(), by=outsider, now=NOON)


def page_of(file: StoredFile) -> str:
    return reverse("admin:files_storedfile_change", args=[file.pk])


def removal_of(file: StoredFile) -> str:
    return reverse("admin:files_storedfile_delete", args=[file.pk])


def described(client, file: StoredFile, **others: str):
    opened = client.get(page_of(file)).context["adminform"].form.initial["opened"]
    form = {"image_alt_text": "", "caption": "", "copyright": "", "tags": "", "opened": opened}
    return client.post(page_of(file), form | others, follow=True)


def files_of(*contents: tuple[str, bytes]) -> dict[str, list[SimpleUploadedFile]]:
    return {"images": [SimpleUploadedFile(name, content) for name, content in contents]}


def told(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_list_shows_own_images_with_thumbnails(image, theirs_image, staff, pages: Pages):
    body = pages(staff).get(LIST).content.decode()

    assert f'src="/media/{image.key}/thumbnail"' in body
    assert "60 \N{MULTIPLICATION SIGN} 40 pixels" in body
    assert "secret.jpg" not in body
    assert theirs_image.key not in body


@pytest.mark.parametrize("term", ["tent", "Two sleepers", "camp", "green"])
def test_list_is_searched_by_name_words_and_tags(term, image, ours, manager, pages: Pages):
    StoredFile.objects.filter(pk=image.pk).update(caption="Two sleepers", image_alt_text="Green", tags=["camping"])
    store_image(ours, file_name="cup.jpg", content=a_jpeg(), by=manager, now=NOON)

    assert list(pages(manager).get(LIST, {"q": term}).context["cl"].queryset) == [image]


def test_list_costs_the_same_for_many(image, ours, manager, staff, pages: Pages):
    client = pages(staff)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    for number in range(3):
        store_image(ours, file_name=f"{number}.jpg", content=a_jpeg(), by=manager, now=NOON)

    with CaptureQueriesContext(connection) as several:
        client.get(LIST)

    assert len(one) == len(several)


@pytest.mark.parametrize("address", [page_of, removal_of])
def test_an_image_of_others_is_as_missing_as_none(address, theirs_image, admin, pages: Pages):
    client, missing = pages(admin), StoredFile(pk=new("fil"))

    theirs, none = (client.get(address(file), follow=True) for file in (theirs_image, missing))

    assert theirs.redirect_chain == none.redirect_chain == [("/admin/", 302)]
    assert [text.replace(theirs_image.pk, missing.pk) for text in told(theirs)] == told(none)


def test_guest_and_members_of_an_edition_see_none(image, edition, guest, pages: Pages):
    member = make_edition_member("one@ours.example", edition=edition, role=Role.ADMIN)

    for person in (guest, member):
        assert pages(person).get(LIST).status_code == 403


def test_manager_uploads_several_at_once(ours, manager, pages: Pages):
    answer = pages(manager).post(UPLOAD, files_of(("tent.jpg", a_jpeg()), ("cup.png", a_png())), follow=True)

    assert (answer.redirect_chain, told(answer)) == ([(LIST, 302)], ["2 images uploaded."])
    found = StoredFile.objects.order_by("file_name")
    assert [(file.file_name, file.organization, file.content_type) for file in found] == [
        ("cup.png", ours, "image/png"),
        ("tent.jpg", ours, "image/jpeg"),
    ]
    assert [event.staff_user_id for event in events_of(found[0])] == [manager.pk]


def test_upload_says_what_is_wrong_with_which_and_keeps_none(manager, pages: Pages):
    answer = pages(manager).post(UPLOAD, files_of(("tent.jpg", a_jpeg()), ("drawing.svg", b"<svg/>"), ("x.png", b"")))

    assert answer.context["form"].errors["images"] == [
        "drawing.svg: This is not a JPEG, PNG, WebP or GIF image.",
        "x.png: This file is empty.",
    ]
    assert "drawing.svg: This is not a JPEG" in answer.content.decode()
    assert not StoredFile.objects.exists()


def test_upload_of_nothing_asks_for_something(manager, pages: Pages):
    assert pages(manager).post(UPLOAD, {}).context["form"].errors["images"] == ["This field is required."]


def test_upload_asks_for_which_organization_if_there_are_several(ours, manager, pages: Pages):
    other = make_organization("second")
    manager.memberships.create(organization=other, role=Role.MANAGER)
    client = pages(manager)

    assert [owner for owner, _ in client.get(UPLOAD).context["offered"]] == [ours, other]
    client.post(f"{UPLOAD}?organization={other.pk}", files_of(("tent.jpg", a_jpeg())))

    assert StoredFile.objects.get().organization == other


def test_upload_to_others_is_not_found(manager, theirs, pages: Pages):
    answer = pages(manager).post(f"{UPLOAD}?organization={theirs.pk}", files_of(("tent.jpg", a_jpeg())))

    assert (answer.status_code, StoredFile.objects.count()) == (404, 0)


def test_staff_see_and_change_nothing(image, staff, pages: Pages):
    client = pages(staff)

    page = client.get(page_of(image))

    assert (page.status_code, "adminform" in page.context) == (200, False)
    assert f'src="/media/{image.key}/optimized"' in page.content.decode()
    assert "Upload images" not in client.get(LIST).content.decode()
    assert client.get(UPLOAD).status_code == 403
    assert client.post(UPLOAD, files_of(("tent.jpg", a_jpeg()))).status_code == 403
    assert client.post(page_of(image), {"caption": "x"}).status_code == 403
    assert client.post(removal_of(image), {"post": "yes"}).status_code == 403
    assert StoredFile.objects.get().caption == ""


def test_manager_describes_an_image(image, manager, pages: Pages):
    described(pages(manager), image, image_alt_text="A green tent", copyright="Ours", tags="camp, two  people,,camp")

    image.refresh_from_db()
    assert (image.image_alt_text, image.caption, image.copyright) == ("A green tent", "", "Ours")
    assert image.tags == ["camp", "two people"]
    last = events_of(image)[-1]
    assert (last.operation, last.staff_user_id, bool(last.request_id)) == ("describe_file", manager.pk, True)


def test_description_is_refused_in_words(image, manager, pages: Pages):
    answer = described(pages(manager), image, tags="x" * 51)

    assert answer.context["adminform"].form.errors == {"tags": ["A tag has at most 50 characters and no comma."]}


def test_page_tells_where_an_image_is_used(image, edition, manager, pages: Pages):
    ProductImage.objects.create(product=make_product(edition, name="<b>Tent</b>"), file=image)
    type(edition).objects.update(meta_image=image)

    body = pages(manager).get(page_of(image)).content.decode()

    assert "&lt;b&gt;Tent&lt;/b&gt;" in body
    assert f'Edition <a href="{reverse("admin:editions_edition_change", args=[edition.pk])}">' in body


def test_manager_deletes_what_nothing_uses(image, manager, media, pages: Pages, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        pages(manager).post(removal_of(image), {"post": "yes"})

    assert not StoredFile.objects.exists()
    assert not (media / image.key).exists()


def test_deleting_what_is_used_is_refused_in_words(image, edition, manager, pages: Pages):
    ProductImage.objects.create(product=make_product(edition, name="Tent"), file=image)

    answer = pages(manager).post(removal_of(image), {"post": "yes"}, follow=True)

    assert answer.redirect_chain == [(page_of(image), 302)]
    assert told(answer) == ["This is used by product Tent. Take it out there first."]
    assert StoredFile.objects.exists()
