"""Cash and bank transfers: people move the money, and say so with a reference."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from preo.payments.gateway import Abilities, Gateway, News, NotSigned, Outcome, ReceivedEvent, RefundOrder, Result

WAITS = "It waits for staff to confirm it with a reference."


class ManualGateway:
    """Implements preo.payments.gateway.Gateway. Nobody is called, and only staff know what became of a refund."""

    def refund(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome:
        return Outcome(key, Result.PENDING, "", WAITS)

    def find(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome | None:
        return None

    def cancel(self, order: RefundOrder, *, key: str, now: datetime) -> Outcome:
        return Outcome(key, Result.FAILED, "", "It was called off.")


class ManualProvider:
    """Implements preo.payments.gateway.Provider."""

    abilities = Abilities(is_asynchronous=True, is_cancellable=True, is_confirmed_by_staff=True)

    def connect(self, credentials: Mapping[str, str]) -> Gateway:
        return ManualGateway()

    def receive(
        self, body: bytes, *, headers: Mapping[str, str], credentials: Mapping[str, str], now: datetime
    ) -> list[ReceivedEvent]:
        raise NotSigned("Nobody sends events about cash.")

    def news_of(self, payload: Mapping[str, Any]) -> News | None:
        return None
