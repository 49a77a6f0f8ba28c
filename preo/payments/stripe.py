"""Stripe as a provider: https://docs.stripe.com/api/refunds, through a client of the SDK for each account."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import stripe
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from preo.payments import stripe_events
from preo.payments.gateway import Abilities, Gateway, News, ReceivedEvent
from preo.payments.reading import CONNECTING, require
from preo.payments.stripe_gateway import StripeGateway

# Else the SDK tells Stripe about this machine, and keeps an id for it in a file of the home folder.
stripe.enable_telemetry = False


class StripeProvider:
    """Implements preo.payments.gateway.Provider. It takes every amount from one minor unit up, of any age."""

    abilities = Abilities(is_asynchronous=True, is_cancellable=True)

    @sensitive_variables()
    def connect(self, credentials: Mapping[str, str]) -> Gateway:
        require(credentials, "secret_key")
        client = stripe.StripeClient(
            credentials["secret_key"].strip(),
            base_addresses={"api": settings.STRIPE_API_BASE or stripe.DEFAULT_API_BASE},
            # A repeat is the reconciler's, which asks first.
            max_network_retries=0,
            http_client=_connections(settings.PROVIDER_TIMEOUT),
        )
        return StripeGateway(client)

    @sensitive_variables("credentials")
    def receive(
        self, body: bytes, *, headers: Mapping[str, str], credentials: Mapping[str, str], now: datetime
    ) -> list[ReceivedEvent]:
        require(credentials, "webhook_secret")
        signature = headers.get("Stripe-Signature", "")
        return [stripe_events.verified(body, signature=signature, secret=credentials["webhook_secret"], now=now)]

    def news_of(self, payload: Mapping[str, Any]) -> News | None:
        return stripe_events.news_of(payload)


@cache
def _connections(seconds: int) -> stripe.HTTPClient:
    """Connections are shared by all accounts, as the key goes along with each call and not with the connection."""
    return stripe.RequestsClient(timeout=(CONNECTING, seconds))
