"""The states of an erasure."""

from collections.abc import Mapping, Set

from django.db import models


class ErasureStatus(models.TextChoices):
    """Asked for by one person; done, or called off, by another."""

    ASKED = "asked", "Asked for"
    DONE = "done", "Done"
    CALLED_OFF = "called_off", "Called off"


MOVES: Mapping[ErasureStatus, Set[ErasureStatus]] = {
    ErasureStatus.ASKED: {ErasureStatus.DONE, ErasureStatus.CALLED_OFF},
    ErasureStatus.DONE: set(),
    ErasureStatus.CALLED_OFF: set(),
}
