"""Reading what a provider says: credentials that must be there, text and amounts that may be missing or strange."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from preo.money import Currency, Money
from preo.payments.gateway import CredentialsMissing, Outcome, Result

CONNECTING = 5
"""Seconds for a connection to stand; PROVIDER_TIMEOUT begins after that."""

LONGEST_NAME = 100
LONGEST_WAIT = timedelta(days=1)
CREDENTIALS_REFUSED = "The provider refused the credentials of the merchant account."


def require(credentials: Mapping[str, str], *names: str) -> None:
    """Raises CredentialsMissing, which names them. That error pages don't show the others is the caller's care."""
    missing = [name.replace("_", " ") for name in names if not credentials.get(name, "").strip()]
    if missing:
        raise CredentialsMissing(f"The merchant account lacks: {', '.join(missing)}.")


def wait_told(headers: Mapping[str, str] | None) -> timedelta | None:
    """How long Retry-After asks us to wait, at most a day; None where it says nothing, or a date."""
    text = (headers or {}).get("Retry-After", "")
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        return None
    return min(timedelta(seconds=int(text)), LONGEST_WAIT)


def refused(key: str, message: str, *, is_of_this_call_alone: bool = False) -> Outcome:
    return Outcome(key, Result.FAILED, "", message, is_of_this_call_alone=is_of_this_call_alone)


def member(told: object, name: str) -> Mapping[str, Any]:
    """The object within an object; empty where there is none."""
    found = told.get(name) if isinstance(told, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def text(told: Mapping[str, Any], name: str) -> str:
    """The text under a name; empty where there is none."""
    found = told.get(name)
    return found if isinstance(found, str) else ""


def fitting(name: str) -> str:
    """What a provider calls a refund or dispute, or what stands for a name that is too long to be kept."""
    return name if len(name) <= LONGEST_NAME else hashlib.sha256(name.encode()).hexdigest()


def amount(minor: object, currency: object) -> Money | None:
    """None for what isn't an amount in a currency that we sell in; in another one it can't be of a payment of ours."""
    if isinstance(minor, bool) or not isinstance(minor, int) or not isinstance(currency, str):
        return None
    code = currency.lower()
    return Money(minor, code) if minor > 0 and code in Currency.values else None
