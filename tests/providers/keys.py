"""Idempotency keys: which calls were seen, and what they were answered."""

from dataclasses import dataclass, field

from tests.providers.answers import Answer


@dataclass
class Seen:
    """A key; without an `answer` its first call is still being worked on."""

    request: object
    answer: Answer | None = None


@dataclass
class Keys:
    seen: dict[str, Seen] = field(default_factory=dict)

    def claim(self, key: str, request: object) -> Seen | None:
        """What is known of the key; None for a new one, which is the caller's from now on."""
        known = self.seen.get(key)
        if known is None:
            self.seen[key] = Seen(request)
        return known

    def keep(self, key: str, answer: Answer) -> None:
        self.seen[key].answer = answer

    def release(self, key: str) -> None:
        del self.seen[key]

    def forget(self) -> None:
        """As after a provider's time is over."""
        self.seen = {key: known for key, known in self.seen.items() if known.answer is None}
