"""Turns moments of the seed, milliseconds relative to the day it is seeded for, into dates."""

from dataclasses import dataclass
from datetime import datetime, timedelta

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Calendar:
    """`as_of` is an aware datetime; everything that has happened has a moment below zero."""

    as_of: datetime

    def at(self, moment: int) -> datetime:
        return self.as_of + timedelta(milliseconds=moment)

    def text(self, moment: int) -> str:
        """As COPY takes it."""
        return str(self.as_of + timedelta(milliseconds=moment))
