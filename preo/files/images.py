"""What an uploaded image really is, and the sizes that are kept of it: pure functions of its bytes."""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import puremagic
from PIL import Image, ImageCms

from preo.errors import InvalidField

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
LONGEST_SIDES = {"large": 1600, "optimized": 800, "thumbnail": 240}
"""In pixels, by size, the largest first; a smaller image stays as it is."""
SIZES = ("original", *LONGEST_SIDES)

JPEG, PNG = "image/jpeg", "image/png"
# A picture from a phone often holds a second one, and is then an MPO to Pillow and a JPEG to everybody else.
KINDS = {"JPEG": JPEG, "MPO": JPEG, "PNG": PNG, "WEBP": "image/webp", "GIF": "image/gif"}
LOSSLESS = ("PNG", "GIF")
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
OPAQUE = 255
ORIGINAL_QUALITY, QUALITY = 90, 82
"""Of JPEGs."""

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes an image upright, by the orientation that its camera noted (EXIF 2.32, tag 0x0112)."""

# With enough of what follows that compressed pixels hardly ever spell it by chance.
_OTHER_KINDS = re.compile(rb"%PDF-\d|<(?:svg|html|script)(?:>|\s+[a-z:])|<!doctype\s|<\?php\s", re.IGNORECASE)

# What Pillow's decoders are known to raise for bytes that are not what they should be.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, KeyError, OverflowError, struct.error)


@dataclass(frozen=True, slots=True)
class Variant:
    """An image in one of its sizes, encoded."""

    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """An image, upright and without metadata, by size. `width` and `height` are the original's, in pixels."""

    width: int
    height: int
    variants: Mapping[str, Variant]

    @property
    def original(self) -> Variant:
        return self.variants["original"]


def picture_of(content: bytes) -> Picture:
    """Every size of an image; of a moving one its first frame.

    All are encoded anew, as JPEG or PNG, so that nothing but pixels gets through. Raises InvalidField for `file`.
    Rule: "Images" in docs/rules.md.
    """
    _require_size(content)
    image = _opened(content)
    is_lossless = image.format in LOSSLESS
    try:
        plain = _plain(image)
    except _BROKEN:
        raise InvalidField("file", "broken_image", "This image is broken.") from None
    return Picture(*plain.size, variants=dict(_variants(plain, is_lossless=is_lossless)))


def content_type_of(head: bytes) -> str:
    """The kind of a stored size, by how it begins."""
    return PNG if head.startswith(b"\x89PNG") else JPEG


def _require_size(content: bytes) -> None:
    if not content:
        raise InvalidField("file", "empty", "This file is empty.")
    if len(content) > MOST_BYTES:
        raise InvalidField("file", "too_large", f"This file is larger than {MOST_BYTES // 1024**2} MB.")


def _opened(content: bytes) -> Image.Image:
    """The image with nothing but its header read. Two libraries must agree on the kind, and find only one."""
    try:
        image = Image.open(BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except _BROKEN:
        raise _unknown_kind() from None
    if _kind_of(content) != KINDS.get(image.format or ""):
        raise _unknown_kind()
    if _OTHER_KINDS.search(content):
        raise InvalidField("file", "several_kinds", "This file is an image and something else at once.")
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels()
    return image


def _kind_of(content: bytes) -> str:
    try:
        return puremagic.from_string(content, mime=True)
    except (puremagic.PureError, ValueError):
        return ""


def _unknown_kind() -> InvalidField:
    return InvalidField("file", "unknown_kind", "This is not a JPEG, PNG, WebP or GIF image.")


def _too_many_pixels() -> InvalidField:
    most = MOST_PIXELS // 1_000_000
    return InvalidField("file", "too_many_pixels", f"This image has more than {most} megapixels.")


def _plain(image: Image.Image) -> Image.Image:
    """Pixels alone: upright, in the colors of the web, RGB or, where one can see through, RGBA."""
    turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    has_alpha = image.has_transparency_data
    colors = _in_srgb(image, "RGBA" if has_alpha else "RGB")
    upright = colors.transpose(turn) if turn is not None else colors
    # An alpha channel without a hole in it would only keep a photo from being a JPEG.
    if has_alpha and upright.getchannel("A").getextrema() == (OPAQUE, OPAQUE):
        upright = upright.convert("RGB")
    upright.info.clear()
    return upright


def _in_srgb(image: Image.Image, mode: str) -> Image.Image:
    """The profile is dropped with the metadata, so its colors must become those of a browser without one."""
    profile: bytes | None = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        image = image.convert("F").point(lambda value: value * (1 / 256) + 0).convert("L")
    if image.mode not in ("RGB", "RGBA", "L", "CMYK") or (mode == "RGBA" and image.mode != "RGBA"):
        image = image.convert(mode)
    if profile:
        try:
            return _from_profile(image, profile, mode)
        except (ImageCms.PyCMSError, OSError):
            pass
    return image.convert(mode) if image.mode != mode else image.copy()


def _from_profile(image: Image.Image, profile: bytes, mode: str) -> Image.Image:
    own: Any = ImageCms.ImageCmsProfile(BytesIO(profile))
    image.load()
    changed = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=mode)
    return changed if changed is not None else image.convert(mode)


def _variants(image: Image.Image, *, is_lossless: bool) -> Iterator[tuple[str, Variant]]:
    yield "original", _encoded(image, quality=ORIGINAL_QUALITY, is_lossless=is_lossless)
    variant, sides = None, image.size
    for size, side in LONGEST_SIDES.items():
        # Each from the one before it, which is quicker than from the original and looks the same.
        image.thumbnail((side, side), Image.Resampling.LANCZOS)
        if variant is None or image.size != sides:
            variant, sides = _smallest(image) if is_lossless else _encoded(image), image.size
        yield size, variant


def _smallest(image: Image.Image) -> Variant:
    """A drawing is smaller, and sharper, as PNG; a photo as JPEG."""
    return min((_encoded(image, is_lossless=one) for one in (True, False)), key=lambda one: len(one.content))


def _encoded(image: Image.Image, *, quality: int = QUALITY, is_lossless: bool = False) -> Variant:
    written = BytesIO()
    if is_lossless or image.mode == "RGBA":
        image.save(written, "PNG")
        return Variant(PNG, written.getvalue())
    image.save(written, "JPEG", quality=quality, progressive=True, optimize=True)
    return Variant(JPEG, written.getvalue())
