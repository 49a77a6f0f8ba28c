"""The refusals of the domain: what a rule says no to, and why."""

from typing import ClassVar


class DomainError(Exception):
    """A rule said no; answered as a 409 problem with the permanent `code` of the subclass."""

    code: ClassVar[str]
    field: ClassVar[str | None] = None
    """The body's member that the rule is about, if it is about one."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidField(Exception):
    """An operation found a value that no shape check could refuse; answered as a 400 that names the field."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.code = code
        self.detail = detail
