"""Signatures as the providers make them, without their SDKs, which are what is tested with them."""

import base64
import hashlib
import hmac
from typing import Any

SIGNED = ("pspReference", "originalReference", "merchantAccountCode", "merchantReference")


def stripe_signature(body: bytes, *, secret: str, at: int) -> str:
    """The v1 signature alone, in hexadecimal."""
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def stripe_header(body: bytes, *, secret: str, at: int) -> str:
    return f"t={at},v1={stripe_signature(body, secret=secret, at=at)}"


def adyen_signature(item: dict[str, Any], *, hmac_key: str) -> str:
    fields = [str(item.get(name) or "") for name in SIGNED]
    fields += [str(item["amount"]["value"]), item["amount"]["currency"], item["eventCode"], item["success"]]
    digest = hmac.new(bytes.fromhex(hmac_key), ":".join(fields).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def adyen_signed(item: dict[str, Any], *, hmac_key: str) -> dict[str, Any]:
    return {**item, "additionalData": {"hmacSignature": adyen_signature(item, hmac_key=hmac_key)}}
