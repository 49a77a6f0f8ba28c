"""The refusals of the domain: what a rule says no to, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One of several things that stand in the way: which member or check, its permanent code, and a sentence."""

    field: str
    code: str
    detail: str


class DomainError(Exception):
    """A rule said no; answered as a 409 problem with the permanent `code` of the subclass.

    `problems` holds each thing that stands in the way, where a rule can find several.
    """

    code: ClassVar[str]
    field: ClassVar[str | None] = None
    """The body's member that the rule is about, if it is about one."""

    def __init__(self, detail: str, *, problems: Sequence[Problem] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = problems


class InvalidField(Exception):
    """An operation found a value that no shape check could refuse; answered as a 400 that names the field."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.code = code
        self.detail = detail
