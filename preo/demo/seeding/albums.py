"""The images of the seed: a row for each organization that shows one, drawn and stored when the rows are saved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from preo.accounts.models import Organization
from preo.demo.seeding.drawings import picture_of_company, picture_of_event, picture_of_good
from preo.demo.seeding.moments import DAY, Calendar
from preo.demo.seeding.random_ids import Ids
from preo.files import storing
from preo.files.images import Picture
from preo.files.models import StoredFile
from preo.public_ids import decode, encode

SINCE = -890 * DAY
VIEWS = {"Tent for two": 2, "Locker with charger": 2, "Beer, 24 cans": 2, "Reusable cup": 2}
"""How many pictures there are of a good; one of any other."""


@dataclass(frozen=True, slots=True)
class Print:
    """A row that is not saved yet, and how to draw what it shows."""

    file: StoredFile
    draw: Callable[[], Picture]


class Album:
    """The images of one organization, each there once however often it is asked for."""

    def __init__(self, organization: Organization, *, seed: int, calendar: Calendar) -> None:
        self.organization = organization
        # Ids of their own: pictures must not change what else is made up.
        self.ids = Ids(seed, f"images of {organization.slug}")
        self.at = calendar.at(SINCE)
        self.prints: dict[str, Print] = {}

    def of_good(self, name: str, *, category: str) -> list[StoredFile]:
        """The first is the one that stands for it."""
        views = range(VIEWS.get(name, 1))
        return [
            self._file(f"{name} {view + 1}", partial(picture_of_good, name, view), shows=name, tag=category)
            for view in views
        ]

    def of_event(self, name: str) -> StoredFile:
        return self._file(name, partial(picture_of_event, name), shows=f"Tents below the hills of {name}", tag="Event")

    def of_company(self) -> StoredFile:
        name = self.organization.name
        return self._file(name, partial(picture_of_company, name), shows=name, tag="Avatar")

    def _file(self, name: str, draw: Callable[[], Picture], *, shows: str, tag: str) -> StoredFile:
        if name not in self.prints:
            self.prints[name] = Print(self._row(name, shows=shows, tag=tag), draw)
        return self.prints[name].file

    def _row(self, name: str, *, shows: str, tag: str) -> StoredFile:
        folder = encode("", decode(self.organization.pk)[1])
        return StoredFile(
            id=self.ids.typed("fil", SINCE),
            created=self.at,
            modified=self.at,
            organization=self.organization,
            file_name=f"{name}.jpg",
            key=f"{storing.FOLDER}/{folder}/{self.ids.random.getrandbits(128):032x}",
            image_alt_text=shows,
            tags=[tag.lower()],
        )


def store_prints(prints: Sequence[Print]) -> None:
    """Draw all pictures and keep them; each row then knows the measures of its own.

    A seed that failed or was removed may have left the same keys behind, so they are written anew.
    """
    for one in prints:
        picture = one.draw()
        storing.remove(one.file.key)
        storing.put(one.file.key, picture)
        one.file.content_type, one.file.size = picture.original.content_type, len(picture.original.content)
        one.file.width, one.file.height = picture.width, picture.height
