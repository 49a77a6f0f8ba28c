"""What each payment provider knows an account by, and reading it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.views.decorators.debug import sensitive_variables

from editions.models.selling import MerchantAccount, MerchantAccountType
from preo.encryption import decrypt

SET_AT = ".set_at"


@dataclass(frozen=True, slots=True)
class Credential:
    """One thing that a provider knows the account by; `choices` where it is one of a few words.

    `only_with` is the name and value of another credential without which this one isn't needed.
    """

    name: str
    label: str
    choices: tuple[str, ...] = ()
    only_with: tuple[str, str] | None = None


CREDENTIALS: Mapping[str, tuple[Credential, ...]] = {
    MerchantAccountType.STRIPE: (
        Credential("secret_key", "Secret key"),
        Credential("webhook_secret", "Webhook secret"),
    ),
    MerchantAccountType.ADYEN: (
        Credential("api_key", "API key"),
        Credential("merchant_account", "Merchant account"),
        Credential("hmac_key", "HMAC key"),
        Credential("environment", "Environment", ("test", "live")),
        Credential("live_url_prefix", "Live URL prefix", only_with=("environment", "live")),
    ),
    MerchantAccountType.MANUAL: (),
    MerchantAccountType.SANDBOX: (),
}


@sensitive_variables()
def credentials_of(account: MerchantAccount) -> dict[str, str]:
    """The credentials in the clear, for whoever calls the provider. Raises NotReadable."""
    return {name: text for name, text in decrypt(account.credentials).items() if not name.endswith(SET_AT)}


@sensitive_variables()
def missing_of(account: MerchantAccount) -> list[Credential]:
    """Those that the provider needs and that are not set. Raises NotReadable."""
    known = decrypt(account.credentials)
    needed = [
        credential
        for credential in CREDENTIALS[account.type]
        if credential.only_with is None or known.get(credential.only_with[0]) == credential.only_with[1]
    ]
    return [credential for credential in needed if credential.name + SET_AT not in known]


@sensitive_variables()
def when_set(account: MerchantAccount) -> dict[str, datetime | None]:
    """When each credential of the account's type was set; None for one that is not. Raises NotReadable."""
    known = decrypt(account.credentials)
    moments = {credential.name: known.get(credential.name + SET_AT) for credential in CREDENTIALS[account.type]}
    return {name: datetime.fromisoformat(text) if text else None for name, text in moments.items()}
