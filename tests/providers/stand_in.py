"""The stand-in itself: one set of books for both providers, and what tests do to it."""

import threading
from typing import Any

from tests.providers import adyen_events, stripe_events
from tests.providers.books import Books, Refund
from tests.providers.events import Events, send
from tests.providers.faults import Fault, Faults
from tests.providers.keys import Keys

TELLERS = {"stripe": stripe_events, "adyen": adyen_events}


class StandIn:
    """Every public method can be called from here and, through /_control/<name>, from another process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.books, self.keys, self.faults, self.events = Books(), Keys(), Faults(), Events()
        self.served: list[dict[str, Any]] = []
        self.longest_page = 100
        self.hurried = threading.Event()

    def add_payment(self, reference: str, *, minor: int = 100_00, currency: str = "dkk") -> None:
        """A payment that can be refunded. pi_… is Stripe's, and known as ch_… too; all else is Adyen's."""
        with self.lock:
            self.books.add_payment(reference, minor=minor, currency=currency)

    def fault(self, kind: str, *, on: str = "refund", times: int = 1, **details: Any) -> None:
        """What goes wrong with the next `times` calls; see tests.providers.faults."""
        with self.lock:
            self.faults.plan(Fault(kind, **details), on=on, times=times)

    def has_met_all(self) -> bool:
        """Whether every fault that was planned has had its call."""
        with self.lock:
            return not any(self.faults.planned.values())

    def hurry(self) -> None:
        """End the waiting of slow calls, now and from now on."""
        self.hurried.set()

    def forget_keys(self) -> None:
        """As after the time that the provider keeps them."""
        with self.lock:
            self.keys.forget()

    def advance(self, *, key: str = "") -> int:
        """Let refunds become what their amounts say they become, all or those of a key; answers how many did."""
        with self.lock:
            waiting = [one for one in self.books.refunds if one.then and key in ("", one.key)]
            for refund in waiting:
                self.turn(refund, refund.then)
            return len(waiting)

    def settle(self, key: str, *, status: str = "succeeded", reason: str = "") -> None:
        """Turn the refunds of a key into anything at all."""
        with self.lock:
            for refund in [one for one in self.books.refunds if one.key == key]:
                refund.reason = reason or refund.reason
                self.turn(refund, status)

    def turn(self, refund: Refund, status: str) -> None:
        refund.then = ""
        before = refund.status
        self.books.move(refund, status)
        self.tell(refund, before=before)

    def refund_in_dashboard(self, reference: str, *, minor: int) -> None:
        """As somebody does who is signed in there."""
        with self.lock:
            refund = self.books.take(self.books.payments[reference], minor=minor, key="")
            self.tell(refund, before="")

    def charge_back(self, reference: str, *, is_reversed: bool = False) -> None:
        with self.lock:
            payment = self.books.payments[reference]
            provider = "stripe" if reference.startswith("pi_") else "adyen"
            self.events.add(provider, TELLERS[provider].dispute(payment, is_reversed=is_reversed))

    def tell(self, refund: Refund, *, before: str) -> None:
        provider = "stripe" if refund.payment.reference.startswith("pi_") else "adyen"
        for payload in TELLERS[provider].told(refund, before=before):
            self.events.add(provider, payload)

    def hook(self, provider: str, url: str) -> None:
        """Where events go before the call that caused them is answered; empty for nowhere."""
        self.events.hooks[provider] = url

    def deliver(self, provider: str, url: str, *, order: str = "kept", times: int = 1) -> list[int]:
        """Send every event so far, signed anew; answers the statuses."""
        return [send(url, provider, payload) for payload in self.told(provider, order=order, times=times)]

    def told(self, provider: str, *, order: str = "kept", times: int = 1) -> list[dict[str, Any]]:
        with self.lock:
            return self.events.due(provider, order=order, times=times)

    def moved(self, reference: str) -> int:
        """What is with the customer of a payment, in minor units."""
        with self.lock:
            return self.books.moved(reference)

    def sent(self, key: str) -> int:
        """What ever went out under a key, in minor units, also if it came back."""
        with self.lock:
            return self.books.outgoing.get(key, 0)

    def taken(self, key: str) -> int:
        """How many refunds there are under a key, whatever became of them."""
        with self.lock:
            return sum(one.key == key for one in self.books.refunds)

    def sums(self) -> dict[str, int]:
        """What ever went out, in minor units, by key: for proofs about many at once."""
        with self.lock:
            return dict(self.books.outgoing)

    def calls(self) -> list[dict[str, Any]]:
        """What was asked, in order: method, path, key, and the status of the answer; 0 for a cut connection."""
        with self.lock:
            return list(self.served)
