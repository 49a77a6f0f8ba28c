"""What goes wrong with the next calls, in the order in which it was planned."""

from dataclasses import dataclass, field

KINDS = (
    "rate_limited",
    "broken_before",
    "broken_after",
    "cut_before",
    "cut_after",
    "slow_before",
    "slow_after",
    "garbled_after",
    "refused",
)
"""`before` and `after` the refund was taken. Slow ones take `seconds`; `rate_limited` asks to wait so long; a garbled
answer is `status` with `body`. What is `refused` is only a question."""


@dataclass(frozen=True)
class Fault:
    kind: str = ""
    seconds: float = 0
    body: str = "null"
    status: int = 200


@dataclass
class Faults:
    planned: dict[str, list[Fault]] = field(default_factory=dict)

    def plan(self, fault: Fault, *, on: str, times: int) -> None:
        """`on` is refund, find or cancel."""
        if fault.kind not in KINDS:
            raise ValueError(fault.kind)
        self.planned.setdefault(on, []).extend([fault] * times)

    def due(self, on: str) -> Fault:
        waiting = self.planned.get(on)
        return waiting.pop(0) if waiting else Fault()
