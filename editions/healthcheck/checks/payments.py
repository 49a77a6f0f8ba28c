"""Where the money goes, and what is charged on top."""

from editions.choices import Severity
from editions.healthcheck.places import rows_of, tab
from editions.healthcheck.registry import Category, Noted, Rows, check
from editions.healthcheck.setup import Setup
from editions.models import MerchantAccount
from editions.models.credentials import CREDENTIALS, missing_of
from editions.models.selling import MerchantAccountType
from preo.encryption import NotReadable


@check(
    Category.PAYMENTS,
    Severity.CRITICAL,
    message="Something costs money here, and there is no merchant account to take it.",
    suggestion="Choose the merchant account that payments go to.",
    place=tab("money"),
)
def merchant_account_is_set(setup: Setup) -> Rows:
    """An edition that sells for money has a merchant account."""
    if setup.edition.merchant_account is None and any(map(setup.costs_something, setup.on_sale)):
        yield setup.edition


@check(
    Category.PAYMENTS,
    Severity.CRITICAL,
    message="The merchant account {names} doesn't take the currency of the edition.",
    suggestion="Choose another merchant account, or add the currency to those that this one supports.",
    place=tab("money"),
)
def merchant_account_takes_the_currency(setup: Setup) -> Rows:
    """The merchant account takes the edition's currency."""
    account = setup.edition.merchant_account
    if account and setup.edition.currency not in account.supported_currencies:
        yield account


@check(
    Category.PAYMENTS,
    Severity.CRITICAL,
    message="The merchant account lacks credentials that payments need: {names}.",
    suggestion="Enter the credentials that the payment provider gave you; those that can't be read, once more.",
    place=rows_of(MerchantAccount, within="organization"),
)
def merchant_account_has_credentials(setup: Setup) -> Rows:
    """A merchant account at a payment provider has every credential that the provider needs."""
    account = setup.edition.merchant_account
    if account and (missing := _missing(account)):
        yield Noted(account, missing)


@check(
    Category.PAYMENTS,
    Severity.WARNING,
    message="{names} is a sandbox: orders are confirmed and no money moves.",
    suggestion="Choose a real merchant account before customers come.",
    place=tab("money"),
)
def merchant_account_is_real(setup: Setup) -> Rows:
    """The merchant account is no sandbox."""
    account = setup.edition.merchant_account
    if account and account.type == MerchantAccountType.SANDBOX:
        yield account


@check(
    Category.PAYMENTS,
    Severity.INFO,
    message="No fee rule is set, so that customers pay no fees.",
    suggestion="Choose a fee rule if you charge handling or service fees.",
    place=tab("money"),
)
def fee_rule_is_set(setup: Setup) -> Rows:
    """A fee rule says what is charged on top."""
    if not setup.edition.fee_rule_id:
        yield setup.edition


def _missing(account: MerchantAccount) -> str:
    """The credentials that are not set, in words; empty for none."""
    if not CREDENTIALS[account.type]:
        return ""
    try:
        return ", ".join(credential.label for credential in missing_of(account))
    except NotReadable:
        return "none can be read"
