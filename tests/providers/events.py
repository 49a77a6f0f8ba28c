"""The events that the stand-in has to tell: kept in the order they happened, sent in the order that a test wants."""

import json
import random
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from tests.providers.accounts import ADYEN, STRIPE
from tests.providers.signing import adyen_signed, stripe_header


@dataclass
class Events:
    kept: list[dict[str, Any]] = field(default_factory=list)
    """Each with its `provider` and `payload`; a payload is Stripe's event, or an item of Adyen's."""
    hooks: dict[str, str] = field(default_factory=dict)
    """Where each provider's events go at once, before the call that made them is answered."""

    def add(self, provider: str, payload: dict[str, Any]) -> None:
        self.kept.append({"provider": provider, "payload": payload})

    def due(self, provider: str, *, order: str, times: int) -> list[dict[str, Any]]:
        """`order` is kept, reversed or shuffled; each comes `times` times."""
        found = [event["payload"] for event in self.kept if event["provider"] == provider] * times
        if order == "reversed":
            found.reverse()
        if order == "shuffled":
            random.Random(len(found)).shuffle(found)
        return found


def signed(provider: str, *payloads: dict[str, Any], at: float | None = None) -> tuple[bytes, dict[str, str]]:
    """A delivery: the body and its headers. Stripe sends one event at a time, Adyen any number."""
    if provider == "stripe":
        body = json.dumps(payloads[0]).encode()
        header = stripe_header(body, secret=STRIPE["webhook_secret"], at=int(at or time.time()))
        return body, {"Stripe-Signature": header}
    items = [{"NotificationRequestItem": adyen_signed(item, hmac_key=ADYEN["hmac_key"])} for item in payloads]
    return json.dumps({"live": "false", "notificationItems": items}).encode(), {}


def send(url: str, provider: str, payload: dict[str, Any]) -> int:
    """The status that the receiver answered; 0 where there was none."""
    body, headers = signed(provider, payload)
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except OSError:
        return 0
