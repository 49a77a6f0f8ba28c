"""Ids that repeat with the seed: UUIDv7-shaped, of a row's moment and a seeded generator, never of the clock."""

from random import Random
from uuid import UUID

from preo.public_ids import encode

ANCHOR_MS = 1_767_225_600_000
"""2026-01-01T00:00Z: what moments in ids count from, whatever day the dates of the data count from."""

_VERSION_AND_VARIANT = 7 << 76 | 2 << 62
_LOW_BITS = (1 << 62) - 1


class Ids:
    """Fresh ids out of one generator; moments are milliseconds after (mostly: before) the anchor."""

    def __init__(self, seed: int, purpose: str) -> None:
        self.seed = seed
        self.random = Random(f"{seed} {purpose}")  # noqa: S311  # repeating is what it is for

    def hex(self, moment: int) -> str:
        """The 32 digits that PostgreSQL takes for a uuid."""
        chance = self.random.getrandbits(74)
        spread = chance >> 62 << 64 | chance & _LOW_BITS
        return f"{(ANCHOR_MS + moment) << 80 | _VERSION_AND_VARIANT | spread:032x}"

    def typed(self, prefix: str, moment: int) -> str:
        return typed(prefix, self.hex(moment))


def typed(prefix: str, digits: str) -> str:
    """The id as the API speaks it."""
    return encode(prefix, UUID(digits))
