"""Pictures for tests, drawn on the spot."""

from io import BytesIO
from typing import Any

from PIL import Image

RED, GREEN, BLUE, WHITE = (220, 30, 30), (20, 160, 60), (30, 60, 200), (255, 255, 255)


def drawn(width: int = 60, height: int = 40, *, mode: str = "RGB") -> Image.Image:
    """Red, with the upper left quarter green, so that one sees which way up it is."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (0, 0, width // 2, height // 2))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def a_jpeg(width: int = 60, height: int = 40) -> bytes:
    return encoded(drawn(width, height))


def a_png(width: int = 60, height: int = 40) -> bytes:
    return encoded(drawn(width, height), "PNG")


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def looks_like(pixel: Any, color: tuple[int, ...]) -> bool:
    """As near as a JPEG keeps it."""
    return all(abs(found - wanted) < 30 for found, wanted in zip(pixel, color, strict=False))
