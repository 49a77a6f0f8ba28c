"""What a call gets: an answer, or a connection that ends without one."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


class Cut(Exception):
    """The connection ends here."""


@dataclass(frozen=True)
class Call:
    """A call as it came. `form` is what Stripe is sent or asked; `json` what Adyen is sent."""

    method: str
    path: str
    headers: Any
    form: dict[str, str]
    json: Any

    @property
    def key(self) -> str:
        return str(self.headers.get("Idempotency-Key", ""))
