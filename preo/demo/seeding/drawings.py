"""Simple, pleasant pictures of what the seed sells and where, drawn by Pillow."""

from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw, ImageFont

from preo.files.images import Picture, picture_of

Color = tuple[int, int, int]

WIDTH, HEIGHT = 640, 480
FINER = 2
"""How much larger it is drawn than kept, so that edges become smooth."""
UNITS = 100
"""Places on a sheet are hundredths of its width, from the upper left."""

INK, PAPER, SHADE, SUN = (34, 34, 59), (250, 247, 240), (210, 204, 190), (255, 200, 87)
RED, BLUE, GREEN, BROWN, GRAY = (214, 73, 51), (51, 101, 138), (64, 128, 92), (140, 94, 60), (120, 124, 140)
GROUNDS: tuple[Color, ...] = ((247, 214, 191), (197, 222, 205), (196, 215, 242), (240, 222, 180), (222, 205, 232))


class Sheet:
    """A picture under way."""

    def __init__(self, ground: Color, *, height: int = HEIGHT) -> None:
        self.image = Image.new("RGB", (WIDTH * FINER, height * FINER), ground)
        self.draw = ImageDraw.Draw(self.image)
        self.unit = WIDTH * FINER / UNITS

    def box(self, color: Color, left: int, top: int, right: int, bottom: int, *, round_: int = 0) -> None:
        self.draw.rounded_rectangle(self._scaled(left, top, right, bottom), round(round_ * self.unit), color)

    def oval(self, color: Color, left: int, top: int, right: int, bottom: int) -> None:
        self.draw.ellipse(self._scaled(left, top, right, bottom), color)

    def shape(self, color: Color, *places: int) -> None:
        self.draw.polygon(self._scaled(*places), color)

    def line(self, color: Color, *places: int, width: int = 1) -> None:
        self.draw.line(self._scaled(*places), color, round(width * self.unit), joint="curve")

    def word(self, color: Color, text: str, across: int, down: int, *, size: int) -> None:
        font = ImageFont.load_default(size * self.unit)
        self.draw.text((across * self.unit, down * self.unit), text, color, font, anchor="mm")

    def finished(self) -> Picture:
        written = BytesIO()
        self.image.reduce(FINER).save(written, "JPEG", quality=88)
        return picture_of(written.getvalue())

    def _scaled(self, *places: int) -> list[float]:
        return [place * self.unit for place in places]


def _tent(sheet: Sheet, color: Color) -> None:
    sheet.shape(color, 50, 18, 86, 60, 14, 60)
    sheet.shape(_darker(color), 50, 18, 62, 60, 38, 60)
    sheet.shape(PAPER, 50, 34, 57, 60, 43, 60)
    sheet.line(INK, 86, 60, 94, 63)
    sheet.line(INK, 14, 60, 6, 63)


def _cup(sheet: Sheet, color: Color) -> None:
    sheet.shape(PAPER, 34, 20, 66, 20, 61, 62, 39, 62)
    sheet.shape(color, 36, 32, 64, 32, 60, 62, 40, 62)
    sheet.oval(SHADE, 34, 18, 66, 24)


def _bottles(sheet: Sheet, color: Color) -> None:
    for left in (24, 43, 62):
        sheet.box(color, left, 30, left + 14, 62, round_=2)
        sheet.box(color, left + 4, 15, left + 10, 34, round_=1)
        sheet.box(PAPER, left, 42, left + 14, 53)
        sheet.box(SUN, left + 4, 13, left + 10, 17, round_=1)


def _locker(sheet: Sheet, color: Color) -> None:
    for left in (22, 41, 60):
        for top in (14, 38):
            sheet.box(color, left, top, left + 18, top + 22, round_=1)
            sheet.oval(PAPER, left + 13, top + 10, left + 16, top + 13)
            sheet.line(_darker(color), left + 4, top + 4, left + 11, top + 4)


def _battery(sheet: Sheet, color: Color) -> None:
    sheet.box(INK, 34, 14, 66, 64, round_=5)
    sheet.box(color, 38, 18, 62, 60, round_=3)
    sheet.shape(SUN, 53, 24, 42, 42, 49, 42, 46, 55, 58, 36, 51, 36)


def _ticket(sheet: Sheet, color: Color) -> None:
    sheet.box(color, 16, 26, 84, 54, round_=3)
    for top in (29, 35, 41, 47):
        sheet.box(PAPER, 66, top, 67, top + 3)
    sheet.oval(_darker(color), 24, 32, 40, 48)
    sheet.box(PAPER, 45, 34, 61, 37)
    sheet.box(PAPER, 45, 42, 57, 45)


def _chair(sheet: Sheet, color: Color) -> None:
    sheet.line(INK, 28, 64, 66, 40, width=2)
    sheet.line(INK, 70, 64, 34, 40, width=2)
    sheet.shape(color, 30, 40, 70, 40, 66, 46, 33, 46)
    sheet.shape(_darker(color), 26, 14, 34, 12, 38, 40, 30, 42)


def _bag(sheet: Sheet, color: Color) -> None:
    sheet.line(INK, 38, 30, 40, 16, 60, 16, 62, 30, width=2)
    sheet.box(color, 24, 28, 76, 62, round_=5)
    sheet.box(_darker(color), 24, 40, 76, 44)
    sheet.box(SUN, 46, 38, 54, 46, round_=1)


def _shirt(sheet: Sheet, color: Color) -> None:
    sheet.shape(color, 36, 16, 64, 16, 82, 28, 75, 39, 67, 34, 67, 64, 33, 64, 33, 34, 25, 39, 18, 28)
    sheet.oval(PAPER, 43, 12, 57, 21)
    sheet.oval(SUN, 43, 34, 57, 48)


def _basket(sheet: Sheet, color: Color) -> None:
    sheet.oval(RED, 32, 24, 46, 38)
    sheet.oval(GREEN, 44, 20, 58, 36)
    sheet.oval(SUN, 55, 25, 69, 39)
    sheet.shape(color, 22, 34, 78, 34, 71, 62, 29, 62)
    for top in (42, 50):
        sheet.line(_darker(color), 25, top, 75, top)


def _bus(sheet: Sheet, color: Color) -> None:
    sheet.box(color, 12, 22, 88, 56, round_=4)
    for left in (17, 33, 49, 65):
        sheet.box(PAPER, left, 27, left + 13, 40, round_=1)
    for left in (22, 64):
        sheet.oval(INK, left, 49, left + 14, 63)
        sheet.oval(SHADE, left + 4, 53, left + 10, 59)


def _drops(sheet: Sheet, color: Color) -> None:
    sheet.box(GRAY, 36, 12, 64, 20, round_=3)
    for left, top in ((36, 26), (47, 30), (58, 26), (41, 42), (53, 44)):
        sheet.shape(color, left + 3, top, left + 6, top + 8, left, top + 8)
        sheet.oval(color, left, top + 5, left + 6, top + 11)


def _pads(sheet: Sheet, color: Color) -> None:
    for left in (30, 58):
        sheet.box(color, left, 24, left + 12, 58, round_=6)
        sheet.oval(_darker(color), left - 2, 46, left + 14, 62)
    sheet.line(INK, 36, 26, 50, 16, 64, 26)


Motif = Callable[[Sheet, Color], None]

MOTIFS: Mapping[str, tuple[Motif, Color]] = {
    "Tent for two": (_tent, RED),
    "Tent for four": (_tent, GREEN),
    "Glamping bell tent": (_tent, (226, 200, 160)),
    "Reusable cup": (_cup, SUN),
    "Beer, 24 cans": (_bottles, BROWN),
    "Cider, 12 bottles": (_bottles, GREEN),
    "Water, 24 bottles": (_bottles, (120, 180, 214)),
    "Wine, 6 bottles": (_bottles, (112, 30, 56)),
    "Locker with charger": (_locker, BLUE),
    "Luggage room, one item": (_bag, BROWN),
    "Power bank": (_battery, GREEN),
    "Phone charging pass": (_battery, BLUE),
    "Shower pass": (_drops, BLUE),
    "Sauna hour": (_drops, RED),
    "Camping chair": (_chair, GREEN),
    "Sleeping bag": (_bag, BLUE),
    "Cool box with ice": (_bag, (120, 180, 214)),
    "T-shirt": (_shirt, INK),
    "Poncho": (_shirt, BLUE),
    "Breakfast pass": (_basket, BROWN),
    "Family picnic basket": (_basket, (176, 122, 72)),
    "Earplugs": (_pads, RED),
    "Shuttle bus, both ways": (_bus, RED),
    "Camping trolley": (_bus, GREEN),
}
"""What stands for a good; whatever isn't here is a ticket."""


@cache
def picture_of_good(name: str, view: int) -> Picture:
    """One of the pictures of a good; each view stands on another ground."""
    motif, color = MOTIFS.get(name, (_ticket, RED))
    sheet = Sheet(GROUNDS[(len(name) + view) % len(GROUNDS)])
    sheet.oval(_lighter(sheet.image.getpixel((0, 0))), 12, 2, 88, 72)  # type: ignore[arg-type]  # of an RGB image
    sheet.oval(SHADE, 14, 59, 86, 68)
    motif(sheet, color)
    return sheet.finished()


@cache
def picture_of_event(name: str) -> Picture:
    """Hills under a sun with tents before them, as wide as shared links are shown."""
    random = Random(name)  # noqa: S311  # repeating is what it is for
    sky = random.choice(((255, 214, 170), (176, 214, 240), (206, 196, 240), (250, 200, 190)))
    sheet = Sheet(sky, height=336)
    across = random.randint(15, 75)
    sheet.oval(SUN, across, 6, across + 12, 18)
    for depth, green in enumerate(((150, 190, 160), (104, 158, 124), (64, 122, 92))):
        middle = random.randint(10, 90)
        sheet.oval(green, middle - 70, 22 + 8 * depth, middle + 70, 90)
    for place in sorted(random.sample(range(8), 4)):
        left, color = 6 + 12 * place, random.choice((RED, PAPER, SUN, BLUE))
        sheet.shape(color, left + 5, 34, left + 11, 45, left - 1, 45)
        sheet.shape(_darker(color), left + 5, 34, left + 7, 45, left + 3, 45)
    return sheet.finished()


@cache
def picture_of_company(name: str) -> Picture:
    """The first letters of its name on a square."""
    grounds = (BLUE, GREEN, RED, BROWN, INK)
    sheet = Sheet(grounds[len(name) % len(grounds)], height=WIDTH)
    sheet.oval(PAPER, 12, 12, 88, 88)
    sheet.word(INK, "".join(word[0] for word in name.split()[:2]), 50, 50, size=34)
    return sheet.finished()


def _darker(color: Color) -> Color:
    red, green, blue = (part * 3 // 4 for part in color)
    return red, green, blue


def _lighter(color: Color) -> Color:
    red, green, blue = ((part + 255) // 2 for part in color)
    return red, green, blue
