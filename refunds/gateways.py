"""The gateway of a payment: its provider, connected with the credentials of its merchant account."""

from datetime import datetime
from functools import lru_cache

from django.views.decorators.debug import sensitive_variables

from orders.models import Transaction
from preo.encryption import NotReadable, decrypt
from preo.money import Money
from preo.payments import registry
from preo.payments.gateway import Abilities, CredentialsMissing, Gateway


class NotConnected(Exception):
    """No call can be made for this payment; the text says why and holds no secret."""


def gateway_of(transaction: Transaction) -> Gateway:
    """Needs `merchant_account`. Makes no call. Raises NotConnected."""
    account = transaction.merchant_account
    if account is not None and account.type != transaction.service:
        raise NotConnected("The payment's merchant account is of another provider.")
    try:
        return _connected(transaction.service, bytes(account.credentials) if account else b"")
    except LookupError:
        raise NotConnected(f"Refunds through {transaction.service} are not possible here.") from None
    except CredentialsMissing as missing:
        raise NotConnected(f"The merchant account can't be used: {missing}") from None
    except NotReadable:
        raise NotConnected("The credentials of the merchant account can't be read here.") from None


@lru_cache(maxsize=256)
@sensitive_variables()
def _connected(service: str, ciphertext: bytes) -> Gateway:
    """One gateway for each set of credentials, which keeps its connections open; new credentials are a new one."""
    credentials = {name: text for name, text in decrypt(ciphertext).items() if "." not in name}
    return registry.connect(service, credentials)


def is_paid_by_hand(transaction: Transaction) -> bool:
    """Whether staff move the money of its refunds and say so, as with cash."""
    abilities = registry.abilities_of(transaction.service)
    return bool(abilities and abilities.is_confirmed_by_staff)


def can_call_off(transaction: Transaction) -> bool:
    """Whether its provider can be asked to call a pending refund off."""
    abilities = registry.abilities_of(transaction.service)
    return bool(abilities and abilities.is_cancellable)


def why_not_connected(transaction: Transaction) -> str | None:
    """Why no refund can be sent to the payment's provider; None when it can."""
    try:
        gateway_of(transaction)
    except NotConnected as problem:
        return str(problem)
    return None


def why_not_able(transaction: Transaction, amount_minor: int, *, now: datetime) -> str | None:
    """Why the payment's provider can't carry this amount out; None when it can, or isn't known at all."""
    abilities = registry.abilities_of(transaction.service)
    if abilities is None:
        return None
    return _why_not_this_payment(abilities, transaction, now=now) or _why_not_this_amount(
        abilities, transaction, amount_minor
    )


def _why_not_this_payment(abilities: Abilities, transaction: Transaction, *, now: datetime) -> str | None:
    if abilities.currencies is not None and transaction.currency not in abilities.currencies:
        return f"{transaction.service} gives back no {transaction.currency.upper()}."
    if abilities.longest_after_payment and now - transaction.created > abilities.longest_after_payment:
        days = abilities.longest_after_payment.days
        return f"{transaction.service} gives nothing back more than {days} days after the payment."
    gone = transaction.refunded_minor + transaction.reserved_minor + transaction.outside_minor
    if gone and not abilities.is_repeatable:
        return f"{transaction.service} gives back from a payment once, and this one has a refund."
    return None


def _why_not_this_amount(abilities: Abilities, transaction: Transaction, amount_minor: int) -> str | None:
    if amount_minor < abilities.minimum_minor:
        return f"{transaction.service} gives back {Money(abilities.minimum_minor, transaction.currency)} or more."
    if amount_minor < transaction.amount_minor and not abilities.is_partial:
        return f"{transaction.service} gives back whole payments only."
    return None
