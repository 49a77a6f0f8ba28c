"""Adyen's notifications: whether Adyen sent them, and what they tell of money.

Adyen signs eight fields of an item and nothing else. What is read here of others, the reason, is words for people.
"""

import re
from binascii import unhexlify
from collections.abc import Mapping
from typing import Any

import orjson
from Adyen.util import is_valid_hmac_notification
from django.views.decorators.debug import sensitive_variables

from preo.money import Money
from preo.payments.gateway import (
    ChargebackNews,
    CredentialsMissing,
    News,
    NotSigned,
    ReceivedEvent,
    RefundNews,
    Result,
)
from preo.payments.reading import amount, fitting, member, text

OUR_KEY = re.compile(r"rfd_[0-9a-z]{26}-[0-9]+")

SIGNED = ("pspReference", "originalReference", "merchantAccountCode", "merchantReference", "eventCode")

REFUNDS = {
    ("REFUND", True): Result.SETTLED,
    ("REFUND", False): Result.FAILED,
    ("REFUND_FAILED", True): Result.FAILED,
    ("REFUNDED_REVERSED", True): Result.FAILED,
}
SECOND = "SECOND_CHARGEBACK"
CHARGEBACKS = {"CHARGEBACK": False, SECOND: False, "CHARGEBACK_REVERSED": True}


@sensitive_variables("hmac_key")
def verified(body: bytes, *, hmac_key: str, merchant_account: str) -> list[ReceivedEvent]:
    """The items of a notification, all of them signed and of this account. Raises NotSigned, CredentialsMissing."""
    _require_hexadecimal(hmac_key)
    items = _items(body)
    for item in items:
        _require_signature(item, hmac_key=hmac_key)
        if item["merchantAccountCode"] != merchant_account:
            raise NotSigned("It is of another merchant account.")
    return [ReceivedEvent(_id(item), text(item, "eventCode"), item) for item in items]


def _require_hexadecimal(hmac_key: str) -> None:
    try:
        unhexlify(hmac_key)
    except ValueError:
        raise CredentialsMissing("The hmac key of the merchant account is none: it must be hexadecimal.") from None


def _items(body: bytes) -> list[Mapping[str, Any]]:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise NotSigned("It is no notification.") from None
    wrapped = told.get("notificationItems") if isinstance(told, dict) else None
    items = [member(one, "NotificationRequestItem") for one in wrapped] if isinstance(wrapped, list) else []
    if not items or not all(items):
        raise NotSigned("It is no notification.")
    return items


def _require_signature(item: Mapping[str, Any], *, hmac_key: str) -> None:
    signature = text(member(item, "additionalData"), "hmacSignature")
    signed = {**_signed(item), "additionalData": {"hmacSignature": signature}}
    if not signature.isascii() or not signature or not is_valid_hmac_notification(signed, hmac_key):
        raise NotSigned("No signature of Adyen's fits the item.")


def _signed(item: Mapping[str, Any]) -> dict[str, Any]:
    """The signed fields alone. The SDK looks for an item within the item, and would verify that one instead.

    Raises NotSigned for what isn't of the type that the rest of this module reads, as the signature tells no types.
    """
    moved, texts = member(item, "amount"), {name: item.get(name, "") for name in (*SIGNED, "success")}
    value, currency = moved.get("value"), moved.get("currency")
    is_readable = isinstance(value, int) and not isinstance(value, bool) and isinstance(currency, str)
    if not is_readable or not all(isinstance(found, str | None) for found in texts.values()):
        raise NotSigned("The item is not as Adyen writes them.")
    return {**{name: found or "" for name, found in texts.items()}, "amount": {"value": value, "currency": currency}}


def _id(item: Mapping[str, Any]) -> str:
    return ":".join(text(item, name) for name in ("eventCode", "pspReference", "success"))


def news_of(payload: Mapping[str, Any]) -> News | None:
    """See preo.payments.gateway.Provider."""
    moved = amount(member(payload, "amount").get("value"), member(payload, "amount").get("currency"))
    code, is_success = text(payload, "eventCode"), text(payload, "success") == "true"
    if moved is None:
        return None
    if result := REFUNDS.get((code, is_success)):
        return _refund(payload, moved, result)
    return _chargeback(payload, moved) if code in CHARGEBACKS and is_success else None


def _refund(payload: Mapping[str, Any], moved: Money, result: Result) -> RefundNews:
    reference = text(payload, "merchantReference")
    return RefundNews(
        payment_reference=text(payload, "originalReference"),
        provider_reference=fitting(text(payload, "pspReference")),
        amount=moved,
        result=result,
        key=reference if OUR_KEY.fullmatch(reference) else "",
        message=text(payload, "reason") if result == Result.FAILED else "",
    )


def _chargeback(payload: Mapping[str, Any], moved: Money) -> ChargebackNews:
    """All events of a dispute have its reference, also when the bank takes again what it had given back."""
    reference, code = text(payload, "pspReference"), text(payload, "eventCode")
    return ChargebackNews(
        payment_reference=text(payload, "originalReference") or reference,
        provider_reference=fitting(f"{reference}-2" if code == SECOND else reference),
        amount=moved,
        is_reversed=CHARGEBACKS[code],
        message=text(payload, "reason"),
    )
