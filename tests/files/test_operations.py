"""The rules of stored files, on the operations."""

import os
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from editions.models import EmailMessage, Product, ProductImage
from preo.accounts.models import Organization
from preo.errors import InvalidField
from preo.files import storing, uses
from preo.files.images import SIZES
from preo.files.models import StoredFile
from preo.files.operations import FileInUse, clean_name, delete_file, describe_file, remove_orphans, store_image
from preo.files.uses import uses_of
from preo.public_ids import decode, new
from preo.webhooks.models import OutboxEvent
from tests.factories import NOON, make_product
from tests.files.pictures import a_jpeg, opened
from tests.trail import events_of

LATER = NOON + timedelta(minutes=5)


@pytest.fixture
def stored(ours, manager) -> StoredFile:
    return store_image(ours, file_name="tent.jpg", content=a_jpeg(), by=manager, now=NOON)


def objects_below(media: Path) -> set[str]:
    return {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}


def events() -> list[str]:
    return list(OutboxEvent.objects.order_by("sequence").values_list("type", flat=True))


def test_store_image_keeps_every_size_and_a_row(ours, manager, media):
    file = store_image(ours, file_name="C:\\fakepath\\Big tent.JPG", content=a_jpeg(2000, 1000), by=manager, now=NOON)

    assert objects_below(media) == {f"{file.key}/{size}" for size in SIZES}
    assert file.key.startswith(f"images/{ours.pk.removeprefix('org_')}/")
    assert (file.file_name, file.content_type, file.width, file.height) == ("Big tent.JPG", "image/jpeg", 2000, 1000)
    assert file.size == default_storage.size(f"{file.key}/original")
    assert (file.created, file.modified) == (NOON, NOON)
    assert opened((media / file.key / "thumbnail").read_bytes()).size == (240, 120)


def test_store_image_tells_who_did_it_and_subscribers(ours, manager, stored):
    event = OutboxEvent.objects.get()

    assert (event.type, event.organization_id, event.occurred_at) == ("file.created", ours.pk, NOON)
    assert event.payload == {
        "id": stored.pk,
        "organization_id": ours.pk,
        "file_name": "tent.jpg",
        "content_type": "image/jpeg",
        "size": stored.size,
    }
    assert [event.staff_user_id for event in events_of(stored)] == [manager.pk]


def test_store_image_refuses_before_it_writes_anything(ours, manager, media):
    with pytest.raises(InvalidField):
        store_image(ours, file_name="tent.jpg", content=b"<svg/>", by=manager, now=NOON)

    assert (objects_below(media), StoredFile.objects.count()) == (set(), 0)


def test_store_image_writes_the_objects_before_the_row(ours, manager, monkeypatch):
    def seen_first(key: str, picture: object) -> None:
        raise OSError(f"{StoredFile.objects.filter(key=key).count()} rows so far")

    monkeypatch.setattr(storing, "put", seen_first)

    with pytest.raises(OSError, match="0 rows so far"):
        store_image(ours, file_name="tent.jpg", content=a_jpeg(), by=manager, now=NOON)
    assert not StoredFile.objects.exists()


def test_keys_are_of_no_other_image(ours, manager):
    keys = {store_image(ours, file_name="a.jpg", content=a_jpeg(), by=manager, now=NOON).key for _ in range(3)}

    assert len({key.rpartition("/")[2] for key in keys}) == 3


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("tent.jpg", "tent.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\Zelt.png", "Zelt.png"),
        ("a\0b\n\tc .jpg", "a b c .jpg"),
        ("\u202egpj.exe", "gpj.exe"),
        ("sm\u0061\u030aland.jpg", "småland.jpg"),
        ("", "image"),
        ("..", "image"),
        ("x" * 300 + ".jpeg", "x" * 245 + "x" * 5 + ".jpeg"),
    ],
)
def test_clean_name(sent, kept):
    assert clean_name(sent) == kept


def test_describe_file_changes_texts_and_tags(stored, manager):
    changes = {"image_alt_text": " A tent ", "caption": "For two", "tags": [" camp  site", "tent", "tent", ""]}

    file = describe_file(stored, changes=changes, by=manager, now=LATER)

    file.refresh_from_db()
    assert (file.image_alt_text, file.caption, file.copyright) == ("A tent", "For two", "")
    assert (file.tags, file.modified) == (["camp site", "tent"], LATER)
    assert events() == ["file.created", "file.updated"]


def test_describe_file_with_the_same_texts_changes_nothing(stored, manager):
    describe_file(stored, changes={"caption": "", "tags": []}, by=manager, now=LATER)

    stored.refresh_from_db()
    assert (stored.modified, events()) == (NOON, ["file.created"])


@pytest.mark.parametrize(
    ("field", "value"),
    [("image_alt_text", "x" * 501), ("caption", "x" * 501), ("copyright", "x" * 201), ("tags", ["x" * 51]),
     ("tags", ["a,b"]), ("tags", [str(number) for number in range(21)])],
)  # fmt: skip
def test_describe_file_refuses_what_is_too_long(field, value, stored, manager):
    with pytest.raises(InvalidField) as refusal:
        describe_file(stored, changes={field: value}, by=manager, now=LATER)

    assert refusal.value.field == field


def test_delete_file_removes_the_objects_once_it_is_committed(
    stored, manager, media, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as callbacks:
        delete_file(stored, by=manager, now=LATER)
    still_there = objects_below(media)
    for callback in callbacks:
        callback()

    assert len(still_there) == len(SIZES)
    assert objects_below(media) == set()
    assert not (media / stored.key).exists()
    assert (StoredFile.objects.count(), events()) == (0, ["file.created", "file.deleted"])


def test_delete_file_again_changes_nothing(stored, manager):
    delete_file(stored, by=manager, now=LATER)

    delete_file(stored, by=manager, now=LATER)

    assert events() == ["file.created", "file.deleted"]


def test_delete_file_rolled_back_keeps_the_objects(stored, manager, media):
    with transaction.atomic():
        delete_file(stored, by=manager, now=LATER)
        transaction.set_rollback(True)

    assert (StoredFile.objects.count(), len(objects_below(media))) == (1, len(SIZES))


def test_delete_file_refuses_while_a_product_shows_it(stored, edition, manager):
    ProductImage.objects.create(product=make_product(edition, name="Tent"), file=stored)

    with pytest.raises(FileInUse, match=r"This is used by product Tent\. Take it out there first\."):
        delete_file(stored, by=manager, now=LATER)

    assert StoredFile.objects.exists()


def test_delete_file_refuses_while_an_edition_shows_it(stored, edition, manager):
    type(edition).objects.update(meta_image=stored)

    with pytest.raises(FileInUse, match="edition Summer Days Camp 2026"):
        delete_file(stored, by=manager, now=LATER)


def test_delete_file_refuses_while_it_is_an_avatar(stored, manager):
    Organization.objects.update(avatar_key=stored.key)

    with pytest.raises(FileInUse, match="organization Ours"):
        delete_file(stored, by=manager, now=LATER)


def test_delete_file_refuses_while_a_message_shows_it(stored, ours, edition, manager):
    image = {"type": "image", "image_id": stored.pk, "alt": {"en": ""}}
    EmailMessage.objects.create(
        organization=ours,
        edition=edition,
        title="Thanks",
        type="receipt",
        scope="edition",
        blocks=[{"type": "divider"}, image],
    )

    with pytest.raises(FileInUse, match="email message Thanks"):
        delete_file(stored, by=manager, now=LATER)


@pytest.mark.django_db(transaction=True)
def test_delete_file_lets_nobody_begin_to_use_it_meanwhile(ours, edition, manager, database_url, monkeypatch):
    file, product = store_image(ours, file_name="a.jpg", content=a_jpeg(), by=manager, now=NOON), make_product(edition)

    def given_meanwhile(_: StoredFile) -> list[Any]:
        with pytest.raises(psycopg.errors.LockNotAvailable):
            give(product, file, database_url)
        return []

    monkeypatch.setattr(uses, "_finders", [given_meanwhile])
    delete_file(file, by=manager, now=LATER)

    assert (StoredFile.objects.count(), ProductImage.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_somebody_could_begin_to_use_it(ours, edition, manager, database_url):
    """The control: then only the database's own constraint would notice, at the commit."""
    file, product = store_image(ours, file_name="a.jpg", content=a_jpeg(), by=manager, now=NOON), make_product(edition)

    @transaction.atomic
    def delete_without_lock() -> None:
        assert not list(uses.uses_of(file))
        give(product, file, database_url)
        StoredFile.objects.filter(pk=file.pk)._raw_delete("default")

    with pytest.raises(IntegrityError):
        delete_without_lock()
    assert ProductImage.objects.get().file == file


def give(product: Product, file: StoredFile, database_url: str) -> None:
    """Let the product show the file, over another connection that doesn't wait for long."""
    ids = [decode(product.pk)[1], decode(file.pk)[1]]
    with psycopg.connect(database_url, options="-c lock_timeout=200ms") as other:
        other.execute('INSERT INTO editions_productimage (product_id, file_id, "order") VALUES (%s, %s, 0)', ids)


def test_uses_of_names_each_row_once_and_none_of_another_file(stored, ours, edition, manager):
    other = store_image(ours, file_name="b.jpg", content=a_jpeg(), by=manager, now=NOON)
    for file, name in ((stored, "Tent"), (stored, "Chair"), (other, "Cup")):
        ProductImage.objects.create(product=make_product(edition, name=name), file=file)

    assert sorted(map(str, uses_of(stored))) == ["product Chair", "product Tent"]


def age(media: Path, key: str, *, days: float) -> None:
    for path in (media / key).iterdir():
        moment = (NOON - timedelta(days=days)).timestamp()
        os.utime(path, (moment, moment))


def orphan(ours: Organization, media: Path, *, days: float, manager) -> str:
    file = store_image(ours, file_name="a.jpg", content=a_jpeg(), by=manager, now=NOON)
    StoredFile.objects.filter(pk=file.pk).delete()
    age(media, file.key, days=days)
    return file.key


def test_remove_orphans_takes_what_has_no_row_for_a_day(ours, manager, media, stored):
    old, fresh = (orphan(ours, media, days=days, manager=manager) for days in (1.1, 0.9))
    age(media, stored.key, days=30)

    assert list(remove_orphans(now=NOON)) == [old]

    assert {path.rpartition("/")[0] for path in objects_below(media)} == {stored.key, fresh}
    assert list(remove_orphans(now=NOON)) == []


def test_remove_orphans_leaves_alone_what_is_not_ours(ours, media):
    for name in ("images/readme", "images/else/where/original", f"images/{new('org')[4:]}/short/original", "other"):
        path = media / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (0, 0))
    before = objects_below(media)

    assert list(remove_orphans(now=NOON)) == []
    assert objects_below(media) == before


def test_remove_orphans_asks_the_database_once_for_hundreds(ours, manager, media):
    for _ in range(5):
        orphan(ours, media, days=2, manager=manager)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(list(remove_orphans(now=NOON, is_dry_run=True))) == 5

    assert len(queries) == 1


def test_command_lists_orphans_and_removes_them(ours, manager, media):
    key = orphan(ours, media, days=10_000, manager=manager)

    def said(*options: str) -> list[str]:
        out = StringIO()
        call_command("remove_orphaned_files", *options, stdout=out)
        return out.getvalue().splitlines()

    assert said("--dry-run") == [key, "1 orphaned images found."]
    assert said() == [key, "1 orphaned images removed."]
    assert said() == ["0 orphaned images removed."]


def test_remove_orphans_of_an_empty_storage_finds_none(db):
    assert list(remove_orphans(now=NOON)) == []
