"""What counts as an image, and what becomes of one."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageCms

from preo.errors import InvalidField
from preo.files.images import LONGEST_SIDES, MOST_BYTES, MOST_PIXELS, SIZES, content_type_of, picture_of
from tests.files.pictures import BLUE, GREEN, RED, a_jpeg, a_png, drawn, encoded, looks_like, opened

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF"
HTML = b"<html><body><script>alert(1)</script></body></html>"
LOCATION = "55.6761"


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header claims this size, whatever follows."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def gif_of(width: int, height: int) -> bytes:
    small = encoded(drawn(4, 4), "GIF")
    return small[:6] + struct.pack("<HH", width, height) + small[10:]


def webp_of(width: int, height: int) -> bytes:
    small = encoded(drawn(4, 4), "WEBP")
    return small[:26] + struct.pack("<HH", width, height) + small[30:]


def profile_that_swaps_red_and_green() -> bytes:
    """That of the web, with the entries of two primaries renamed in its table of tags."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"????", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"????", b"gXYZ", 1)


def with_jpeg_comment(text: bytes) -> bytes:
    content = a_jpeg()
    return content[:2] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + content[2:]


def taken_by_phone(kind: str = "JPEG", *, orientation: int = 1) -> bytes:
    """With a place, an owner and a camera in it."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x8298] = orientation, "Phone maker", "Somebody's name"
    exif.get_ifd(0x8825).update({1: "N", 2: (55.0, 40.0, 34.0), 3: "E", 4: (12.0, 34.0, 6.0), 29: LOCATION})
    return encoded(drawn(), kind, exif=exif)


def test_picture_of_knows_kinds_by_content():
    kinds = {kind: picture_of(encoded(drawn(), kind)).original.content_type for kind in ("JPEG", "PNG", "WEBP", "GIF")}

    assert kinds == {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/jpeg", "GIF": "image/png"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (a_jpeg() + b"\0" * MOST_BYTES, "too_large"),
        (b"tent.jpg", "unknown_kind"),
        (SVG, "unknown_kind"),
        (PDF, "unknown_kind"),
        (HTML, "unknown_kind"),
        (encoded(drawn(), "BMP"), "unknown_kind"),
        (encoded(drawn(), "TIFF"), "unknown_kind"),
        (encoded(drawn(), "ICO"), "unknown_kind"),
        (b"\xff\xd8\xff" + HTML, "unknown_kind"),
        (a_jpeg() + PDF, "several_kinds"),
        (a_jpeg() + HTML, "several_kinds"),
        (a_png() + SVG, "several_kinds"),
        (with_jpeg_comment(PDF), "several_kinds"),
        (with_jpeg_comment(b"*/=1;</style><SCRIPT SRC=//x.example>"), "several_kinds"),
        (encoded(drawn(), "GIF", comment=b"<!DOCTYPE html>"), "several_kinds"),
        (a_jpeg(600, 400)[:-2000], "broken_image"),
        (a_png()[:60], "broken_image"),
        (encoded(drawn(), "GIF")[:40], "broken_image"),
        (png_of(60, 40), "broken_image"),
    ],
)  # fmt: skip
def test_picture_of_refuses_what_is_no_good_image(content, code):
    with pytest.raises(InvalidField) as refusal:
        picture_of(content)

    assert (refusal.value.field, refusal.value.code) == ("file", code)


@pytest.mark.parametrize(
    "bomb",
    [png_of(20_000, 20_000), png_of(8_001, 5_000), png_of(100_000, 100_000), gif_of(65_535, 65_535),
     webp_of(8_000, 5_001)],
    ids=["400 MP", "just above", "10 GP", "gif", "webp"],
)  # fmt: skip
def test_picture_of_refuses_bombs_by_their_header(bomb, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("it was decoded"))

    with pytest.raises(InvalidField, match="more than 40 megapixels"):
        picture_of(bomb)


def test_picture_of_takes_just_as_many_pixels():
    picture = picture_of(encoded(Image.new("RGB", (8_000, 5_000), BLUE)))

    assert picture.width * picture.height == MOST_PIXELS


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_picture_of_strips_what_a_phone_writes_into_every_size(kind):
    content = taken_by_phone(kind)
    assert LOCATION.encode() in content

    picture = picture_of(content)

    for size in SIZES:
        kept = opened(picture.variants[size].content)
        assert (dict(kept.getexif()), set(kept.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}) == (
            {}, {"progressive", "progression"} if kept.format == "JPEG" else set(),
        )  # fmt: skip
        for secret in (LOCATION, "Phone maker", "Somebody"):
            assert secret.encode() not in picture.variants[size].content


def test_picture_of_drops_a_comment_and_what_follows_the_image():
    picture = picture_of(with_jpeg_comment(b"my address") + b"and a trailer")

    assert b"my address" not in picture.original.content
    assert b"and a trailer" not in picture.original.content


@pytest.mark.parametrize("orientation", range(1, 9))
def test_picture_of_turns_an_image_upright(orientation):
    sideways = orientation > 4
    turned = drawn(40, 60) if sideways else drawn()
    # What a camera held like this would have written of the same view.
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    view = drawn() if orientation == 1 else drawn().transpose(Image.Transpose(back[orientation]))
    assert view.size == turned.size
    exif = Image.Exif()
    exif[0x0112] = orientation

    picture = picture_of(encoded(view, "PNG", exif=exif))

    assert (picture.width, picture.height) == (60, 40)
    assert opened(picture.original.content).tobytes() == drawn().tobytes()


@pytest.mark.parametrize(
    ("original", "large", "optimized", "thumbnail"),
    [
        ((3200, 1000), (1600, 500), (800, 250), (240, 75)),
        ((900, 1200), (900, 1200), (600, 800), (180, 240)),
        ((30, 20), (30, 20), (30, 20), (30, 20)),
        ((5000, 1), (1600, 1), (800, 1), (240, 1)),
    ],
)
def test_picture_of_makes_sizes_and_enlarges_none(original, large, optimized, thumbnail):
    picture = picture_of(a_jpeg(*original))

    found = {name: opened(variant.content).size for name, variant in picture.variants.items()}
    assert found == {"original": original, "large": large, "optimized": optimized, "thumbnail": thumbnail}
    assert (picture.width, picture.height) == original


def test_sizes_are_those_that_answers_name():
    assert set(SIZES) == {"thumbnail", "optimized", "large", "original"}
    assert list(LONGEST_SIDES.values()) == sorted(LONGEST_SIDES.values(), reverse=True)


def test_picture_of_takes_the_first_frame_of_a_moving_image():
    frames = [Image.new("RGB", (30, 20), color) for color in (GREEN, RED, BLUE)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)

    original = opened(picture_of(content).original.content)

    assert getattr(original, "n_frames", 1) == 1
    assert original.getpixel((5, 5)) == GREEN


def test_picture_of_takes_the_first_picture_of_a_phone_that_stores_two():
    content = encoded(drawn(), "MPO", save_all=True, append_images=[drawn(30, 20)])

    picture = picture_of(content)

    assert (picture.width, picture.height, picture.original.content_type) == (60, 40, "image/jpeg")


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_picture_of_keeps_what_one_can_see_through(kind):
    image = drawn(mode="RGBA")
    image.paste((0, 0, 0, 0), (30, 0, 60, 20))

    picture = picture_of(encoded(image, kind, **({"lossless": True} if kind == "WEBP" else {})))

    for variant in picture.variants.values():
        assert variant.content_type == "image/png"
        assert opened(variant.content).convert("RGBA").getpixel((45, 10))[3] == 0


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("1", "PNG"), ("L", "JPEG"), ("L", "PNG"), ("LA", "PNG"), ("P", "PNG"), ("P", "GIF"), ("RGBA", "WEBP"),
     ("CMYK", "JPEG"), ("I;16", "PNG")],
)  # fmt: skip
def test_picture_of_takes_every_mode(mode, kind):
    light = {"1": 1, "I;16": 65_535, "CMYK": (0, 0, 0, 0), "LA": (255, 255), "RGBA": (255,) * 4}.get(mode, 255)
    image = Image.new("RGB", (10, 10), (255,) * 3).convert("P") if mode == "P" else Image.new(mode, (10, 10), light)

    original = opened(picture_of(encoded(image, kind)).original.content)

    assert (original.mode, looks_like(original.getpixel((5, 5)), (255, 255, 255))) == ("RGB", True)


def test_picture_of_scales_sixteen_bits_down():
    image = Image.new("I;16", (10, 10), 32_768)

    assert opened(picture_of(encoded(image, "PNG")).original.content).getpixel((5, 5)) == (128, 128, 128)


def test_picture_of_brings_colors_to_those_of_the_web():
    content = encoded(drawn(), "PNG", icc_profile=profile_that_swaps_red_and_green())

    original = opened(picture_of(content).original.content)

    assert "icc_profile" not in original.info
    seen = original.getpixel((5, 5))
    assert seen[0] > 150 > seen[1]


def test_picture_of_lives_with_a_broken_profile():
    picture = picture_of(encoded(drawn(), "PNG", icc_profile=b"no profile"))

    assert opened(picture.original.content).getpixel((5, 5)) == GREEN


def test_a_drawing_stays_sharp_and_a_photo_small():
    noise = Image.merge("RGB", [Image.effect_noise((400, 300), 80)] * 3)

    drawing, photo = picture_of(a_png(400, 300)), picture_of(encoded(noise, "PNG"))

    assert {variant.content_type for variant in drawing.variants.values()} == {"image/png"}
    assert {size: variant.content_type for size, variant in photo.variants.items()} == {
        "original": "image/png", "large": "image/jpeg", "optimized": "image/jpeg", "thumbnail": "image/jpeg",
    }  # fmt: skip


def test_content_type_is_seen_in_what_is_stored():
    picture = picture_of(a_png(400, 300))

    for variant in (*picture.variants.values(), *picture_of(a_jpeg()).variants.values()):
        assert content_type_of(BytesIO(variant.content).read(8)) == variant.content_type
