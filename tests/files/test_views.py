"""Serving images: what goes out, and what no address leads to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from preo.api.fields import image_urls
from preo.files.images import SIZES
from preo.files.models import StoredFile
from preo.files.operations import store_image
from tests.factories import NOON
from tests.files.pictures import a_jpeg, a_png, opened

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def browser() -> Client:
    """Signed in nowhere."""
    return Client()


@pytest.fixture
def stored(ours, manager) -> StoredFile:
    return store_image(ours, file_name="tent.jpg", content=a_jpeg(2000, 1000), by=manager, now=NOON)


def body_of(answer) -> bytes:
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("size", SIZES)
def test_every_address_in_an_answer_is_served(size, stored, browser):
    answer = browser.get(image_urls(stored.key, None)[size])

    with default_storage.open(f"{stored.key}/{size}") as kept:
        assert body_of(answer) == kept.read()
    assert answer.headers["Content-Length"] == str(default_storage.size(f"{stored.key}/{size}"))


def test_an_image_is_served_as_nothing_else_and_for_ever(stored, browser):
    answer = browser.get(f"/media/{stored.key}/large")

    sent = {name: answer.headers[name] for name in (
        "Content-Type", "X-Content-Type-Options", "Content-Security-Policy", "Cache-Control", "ETag",
    )}  # fmt: skip
    assert sent == {
        "Content-Type": "image/jpeg",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{stored.key}/large"',
    }
    assert "Set-Cookie" not in answer.headers
    assert "Vary" not in answer.headers


def test_each_size_is_of_the_kind_that_was_stored(ours, manager, browser):
    file = store_image(ours, file_name="logo.png", content=a_png(), by=manager, now=NOON)

    answer = browser.get(f"/media/{file.key}/thumbnail")

    assert (answer.headers["Content-Type"], opened(body_of(answer)).format) == ("image/png", "PNG")


def test_who_has_it_already_gets_nothing_again(stored, browser):
    address = f"/media/{stored.key}/large"

    known = browser.get(address, headers={"If-None-Match": f'"{stored.key}/large"'})
    other = browser.get(address, headers={"If-None-Match": '"another"'})

    assert (known.status_code, known.content, other.status_code) == (304, b"", 200)
    assert known.headers["Content-Security-Policy"] == "default-src 'none'"
    assert known.headers["Cache-Control"] == other.headers["Cache-Control"]
    body_of(other)


def test_only_reading_is_possible(stored, browser):
    address = f"/media/{stored.key}/large"

    assert browser.head(address).status_code == 200
    for method in ("post", "put", "patch", "delete"):
        assert getattr(browser, method)(address).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "",
        "images",
        "{key}",
        "{key}/",
        "{key}/huge",
        "{key}/large/",
        "{key}/large.jpg",
        "{key}/large%0A",
        "{key}/large%00",
        "{key}%00/large",
        "{key}//large",
        "{key}/./large",
        "{key}/../{name}/large",
        "{key}/%2e%2e/{name}/large",
        "%2e%2e/secret",
        "..%2fsecret",
        "../secret",
        "....//secret",
        "images/..%2f..%2fsecret",
        "images/%2e%2e%2f%2e%2e%2fsecret",
        "images/%252e%252e/secret",
        "images/..%5c..%5csecret",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "file:///etc/passwd",
        "{upper}/large",
        "images/{organization}/{other}/large",
        "secret",
    ],
)
def test_nothing_else_is_served(path, stored, media, browser):
    (media.parent / "secret").write_text("secret")
    (media / "secret").write_text("secret")
    named = {
        "key": stored.key,
        "name": stored.key.rpartition("/")[2],
        "upper": stored.key.upper(),
        "organization": stored.key.split("/")[1],
        "other": "0" * 32,
    }

    answer = browser.get("/media/" + path.format(**named))

    assert answer.status_code == 404
    assert b"secret" not in answer.content


def test_an_encoded_slash_is_the_same_address(stored, browser):
    """Servers decode it before anybody here sees it; what it names is still one of our own objects."""
    answer = browser.get(f"/media/{stored.key.replace('/', '%2F')}/large")

    assert answer.status_code == 200
    body_of(answer)


def test_what_was_deleted_is_gone(stored, browser):
    default_storage.delete(f"{stored.key}/large")

    answer = browser.get(f"/media/{stored.key}/large", headers={"If-None-Match": f'"{stored.key}/large"'})

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("address", "hosts", "is_served"),
    [
        ("/media/", "'self' data:", True),
        ("/pictures/of/ours/", "'self' data:", True),
        ("https://cdn.example:8443/media/", "'self' data: cdn.example:8443", False),
    ],
)
def test_a_bucket_or_cdn_serves_in_our_place(address, hosts, is_served):
    """In a process of its own, because routes and policy are made of the setting at the start."""
    code = """
import django
django.setup()
from django.conf import settings
from django.urls import Resolver404, resolve
name = "images/" + "0" * 26 + "/" + "a" * 32 + "/large"
path = settings.MEDIA_URL if settings.MEDIA_URL.startswith("/") else "/media/"
try:
    found = resolve(path + name).kwargs == {"name": name}
except Resolver404:
    found = False
print(found, " ".join(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"]))
"""
    environment = os.environ | {"MEDIA_URL": address, "DJANGO_SETTINGS_MODULE": "preo.settings"}

    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout.strip() == f"{is_served} {hosts}"
