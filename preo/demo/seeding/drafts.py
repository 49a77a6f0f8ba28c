"""Rows of the seed on their way: made up, and not saved yet."""

from collections import defaultdict
from typing import TypeVar

from django.db.models import Model

from preo.demo.seeding.moments import DAY, Calendar
from preo.demo.seeding.random_ids import Ids

USUAL_SEED = 1
SINCE = -900 * DAY
PURPOSE = "organizations"

M = TypeVar("M", bound=Model)


class Draft:
    """Rows that are not saved yet, with what is needed to make more of them."""

    def __init__(self, seed: int, calendar: Calendar) -> None:
        self.ids = Ids(seed, PURPOSE)
        self.random = self.ids.random
        self.calendar = calendar
        # Seeds can share a database: only the usual one has the plain names.
        self.tag = "" if seed == USUAL_SEED else f"-{seed}"
        self.rows: dict[type[Model], list[Model]] = defaultdict(list)

    def add(self, model: type[M], prefix: str, moment: int, **values: object) -> M:
        """One more row, of an id and times at `moment`."""
        at = self.calendar.at(moment)
        row = model(id=self.ids.typed(prefix, moment), created=at, modified=at, **values)
        return self.keep(row)

    def keep(self, row: M) -> M:
        self.rows[type(row)].append(row)
        return row
