"""Taking a refund once for each key, with whatever goes wrong around it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.providers.answers import Answer, Call, Cut
from tests.providers.events import send
from tests.providers.keys import Seen
from tests.providers.stand_in import StandIn


@dataclass(frozen=True)
class House:
    """How one provider talks; `keeps_failures` where a 500 is what a key is answered from then on."""

    name: str
    broken: Answer
    rate_limited: Callable[[float], Answer]
    take: Callable[[StandIn, Call], Answer]
    of_known_key: Callable[[Seen, object], Answer]
    keeps_failures: bool


def once(stand_in: StandIn, call: Call, *, house: House, request: object) -> Answer:
    """What a call that moves money is answered; `request` is what must be the same under the same key."""
    with stand_in.lock:
        fault = stand_in.faults.due("refund")
        if fault.kind == "cut_before":
            raise Cut
        if fault.kind == "rate_limited":
            return house.rate_limited(fault.seconds)
        key = f"{house.name} {call.key}"
        known = stand_in.keys.claim(key, request) if call.key else None
        if known:
            return house.of_known_key(known, request)
    answer = _work(stand_in, call, house=house, kind=fault.kind, seconds=fault.seconds)
    heard = house.broken if fault.kind == "broken_after" else answer
    if call.key:
        with stand_in.lock:
            _remember(stand_in, key, heard if house.keeps_failures else answer, house=house)
    if fault.kind == "cut_after":
        raise Cut
    return Answer(fault.status, fault.body) if fault.kind == "garbled_after" else heard


def _work(stand_in: StandIn, call: Call, *, house: House, kind: str, seconds: float) -> Answer:
    if kind == "slow_before":
        stand_in.hurried.wait(seconds)
    if kind == "broken_before":
        return house.broken
    with stand_in.lock:
        seen = len(stand_in.events.kept)
        answer = house.take(stand_in, call)
        news = stand_in.events.kept[seen:]
    for event in news:
        if url := stand_in.events.hooks.get(event["provider"]):
            send(url, event["provider"], event["payload"])
    if kind == "slow_after":
        stand_in.hurried.wait(seconds)
    return answer


def _remember(stand_in: StandIn, key: str, answer: Answer, *, house: House) -> None:
    """A failure only where the provider does so."""
    if answer is house.broken and not house.keeps_failures:
        stand_in.keys.release(key)
    else:
        stand_in.keys.keep(key, answer)
