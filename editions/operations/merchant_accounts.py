"""Every write to merchant accounts and their credentials, which go in and never come out."""

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from django.views.decorators.debug import sensitive_variables

from editions.events import tell_of
from editions.models import Edition, MerchantAccount
from editions.models.credentials import CREDENTIALS, SET_AT
from editions.operations.catalog.rows import add_row, apply, hold, save_changed
from preo.accounts.models import StaffUser
from preo.encryption import NotReadable, decrypt, encrypt
from preo.errors import DomainError, InvalidField
from preo.recording import note, operation

LONGEST = 500


class AccountInUse(DomainError):
    code = "account_in_use"


class TypeOfAccountInUse(AccountInUse):
    field = "type"


class CurrencyInUse(AccountInUse):
    field = "supported_currencies"


@sensitive_variables()
@operation
def save_merchant_account(
    account: MerchantAccount,
    *,
    changes: Mapping[str, Any],
    given: Mapping[str, str],
    cleared: Collection[str],
    by: StaffUser,
    now: datetime,
) -> MerchantAccount:
    """Add the account or set the changed fields; keep the `given` credentials encrypted, forget the `cleared` ones.

    A credential that is neither given nor cleared stays; those of another type go with a change of the type. Raises
    InvalidField, TypeOfAccountInUse, CurrencyInUse, NoLongerThere.
    Rule: "Merchant accounts" in docs/rules.md.
    """
    is_new = account._state.adding
    account, changed = (account, []) if is_new else _applied(account, changes)
    # Before anything is saved, as it is the first change of the row that keeps what is noted of it.
    has_new = _keep(account, given=_checked(account.type, given), cleared=cleared, now=now)
    if is_new:
        return add_row(account, by=by, now=now)
    if changed:
        save_changed(account, changed, changes=changes, now=now)
    changed += ["credentials"] if has_new else []
    if changed:
        account.modified = now
        account.save(update_fields=["credentials", "modified"])
        tell_of(account, "updated", changed=changed, now=now)
    return account


def _applied(account: MerchantAccount, changes: Mapping[str, Any]) -> tuple[MerchantAccount, list[str]]:
    """The held account with the new values, and which of them are new."""
    account = hold(account)
    changed = apply(account, changes)
    if {"type", "supported_currencies"} & {*changed}:
        _require_unused(account, changed)
    return account, changed


def _require_unused(account: MerchantAccount, changed: list[str]) -> None:
    """Raises TypeOfAccountInUse, CurrencyInUse: what an edition sells through stays what it is."""
    editions = Edition.objects.filter(merchant_account=account)
    if "type" in changed and (edition := editions.select_related("event").first()):
        raise TypeOfAccountInUse(
            f"{edition} sells through this account, so its type can't change. Add another account."
        )
    dropped = editions.exclude(currency__in=account.supported_currencies).select_related("event").first()
    if dropped:
        raise CurrencyInUse(f"{dropped} sells in {dropped.currency.upper()} through this account.")


@sensitive_variables()
def _checked(type_: str, given: Mapping[str, str]) -> dict[str, str]:
    """What was given, without blanks around it. Raises InvalidField, which never says what was given."""
    known = {credential.name: credential for credential in CREDENTIALS[type_]}
    checked = {name: text.strip() for name, text in given.items() if text.strip()}
    for name, text in checked.items():
        if name not in known:
            raise InvalidField(name, "not_of_this_type", "An account of this type has no such credential.")
        if len(text) > LONGEST or not text.isprintable() or not text.isascii():
            raise InvalidField(name, "not_a_credential", "This is too long, or has characters that no credential has.")
        if known[name].choices and text not in known[name].choices:
            raise InvalidField(name, "unknown", f"This is one of: {', '.join(known[name].choices)}.")
    return checked


@sensitive_variables()
def _keep(account: MerchantAccount, *, given: Mapping[str, str], cleared: Collection[str], now: datetime) -> bool:
    """Set the new ciphertext on the account; whether anything in it is new or gone."""
    known = _readable(account)
    wanted = _names(account.type)
    kept = {name: text for name, text in known.items() if name.removesuffix(SET_AT) in {*wanted} - {*cleared}}
    moments = {name + SET_AT: now.isoformat() for name in given}
    if not given and kept == known:
        return False
    account.credentials = encrypt({**kept, **given, **moments})
    _note(account, given=given, forgotten=known.keys() - kept.keys() - given.keys())
    return True


def _note(account: MerchantAccount, *, given: Collection[str], forgotten: Collection[str]) -> None:
    """Let the history say which credentials were set or forgotten, and nothing of what is in them."""
    for credential in chain.from_iterable(CREDENTIALS.values()):
        if credential.name in given:
            note(account, name=credential.label, after="set")
        elif credential.name in forgotten:
            note(account, name=credential.label, after="forgotten")


def _readable(account: MerchantAccount) -> dict[str, str]:
    """What is kept so far; nothing where the key is lost, as it must be given anew then."""
    try:
        return decrypt(account.credentials)
    except NotReadable:
        return {}


def _names(type_: str) -> list[str]:
    return [credential.name for credential in CREDENTIALS[type_]]
