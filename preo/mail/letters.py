"""A mail's content and sender, made by the app that knows what the mail is about."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preo.mail.rendering import NotRenderable, Rendered

if TYPE_CHECKING:
    from preo.mail.models import OutgoingMail


UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What the name of a sender can't hold: control characters, line breaks, and what turns the writing around."""


def as_one_line(name: str) -> str:
    """The name with spaces in the place of what it can't hold; a header would not be written, or lie, with it."""
    return " ".join(UNPRINTABLE.sub(" ", name).split())


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom a mail comes from. Without `reply_to` answers go to `address`."""

    name: str
    address: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to go."""

    rendered: Rendered
    sender: Sender


class NothingToSend(Exception):
    """What the mail was to be made of is gone, or can't be made into one; `reason` is a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


MakeLetter = Callable[["OutgoingMail"], Letter]

_makers: dict[str, MakeLetter] = {}


def renderer(kind: str) -> Callable[[MakeLetter], MakeLetter]:
    """Registers the function that makes the letters of a kind. It may read, and raise NotRenderable or NothingToSend.

    It stands in an app's module `messages`, which is imported at the start.
    """

    def register(make: MakeLetter) -> MakeLetter:
        _makers[kind] = make
        return make

    return register


def letter_of(mail: "OutgoingMail") -> Letter:
    """What the mail says, as of now. Raises NothingToSend."""
    make = _makers.get(mail.kind)
    if make is None:
        raise NothingToSend(f"Nobody writes mails of the kind {mail.kind}.")
    try:
        return make(mail)
    except NotRenderable as problem:
        raise NothingToSend(f"{problem.field}: {problem.detail}") from None
