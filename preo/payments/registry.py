"""Which providers can carry out refunds."""

from collections.abc import Mapping

from django.views.decorators.debug import sensitive_variables

from preo.payments.adyen import AdyenProvider
from preo.payments.gateway import Abilities, Gateway, LateTeller, Provider
from preo.payments.manual import ManualProvider
from preo.payments.sandbox import SandboxGateway, SandboxProvider
from preo.payments.stripe import StripeProvider

PROVIDERS: Mapping[str, Provider] = {
    "stripe": StripeProvider(),
    "adyen": AdyenProvider(),
    "manual": ManualProvider(),
    "sandbox": SandboxProvider(),
}

PAID_BY_HAND = frozenset(name for name, provider in PROVIDERS.items() if provider.abilities.is_confirmed_by_staff)
"""Where people move the money of refunds, and say so."""

AT_HAND = PAID_BY_HAND | {"sandbox"}
"""Where no network stands before the answer."""

LATE_TELLERS: tuple[LateTeller, ...] = (SandboxGateway(),)
"""Whom the reconciler asks for news; the others send events."""


def abilities_of(service: str) -> Abilities | None:
    """What the provider named on a transaction can do; None where refunds through it are not possible."""
    provider = PROVIDERS.get(service)
    return provider.abilities if provider else None


@sensitive_variables("credentials")
def connect(service: str, credentials: Mapping[str, str]) -> Gateway:
    """The gateway of one account. Raises LookupError for a provider that can't refund; CredentialsMissing."""
    provider = PROVIDERS.get(service)
    if provider is None:
        raise LookupError(f"no provider {service}")
    return provider.connect(credentials)
