"""Adyen as a provider: https://docs.adyen.com/online-payments/refund, through a client of the SDK for each account."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from Adyen import AdyenClient
from Adyen.services.checkout.modifications_api import ModificationsApi
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from preo.payments import adyen_events
from preo.payments.adyen_gateway import AdyenGateway
from preo.payments.gateway import Abilities, CredentialsMissing, Gateway, News, ReceivedEvent
from preo.payments.reading import CONNECTING, require

_URL_PREFIX = re.compile(r"[0-9a-f]+(-[0-9A-Za-z]+)+")


class AdyenProvider:
    """Implements preo.payments.gateway.Provider.

    Adyen can't be asked about a refund. It promises that a repeat under the same key is the same refund for seven days
    at least.
    """

    abilities = Abilities(is_asynchronous=True, key_lifetime=timedelta(days=7))

    @sensitive_variables()
    def connect(self, credentials: Mapping[str, str]) -> Gateway:
        require(credentials, "api_key", "merchant_account", "environment")
        client = AdyenClient(
            xapikey=credentials["api_key"].strip(),
            platform=credentials["environment"],
            live_endpoint_prefix=_url_prefix(credentials),
            http_timeout=(CONNECTING, settings.PROVIDER_TIMEOUT),
            http_force="requests",
        )
        modifications = ModificationsApi(client)
        if settings.ADYEN_CHECKOUT_BASE:
            modifications.baseUrl = f"{settings.ADYEN_CHECKOUT_BASE}/{modifications.baseUrl.rpartition('/')[2]}"
        return AdyenGateway(modifications, credentials["merchant_account"])

    @sensitive_variables("credentials")
    def receive(
        self, body: bytes, *, headers: Mapping[str, str], credentials: Mapping[str, str], now: datetime
    ) -> list[ReceivedEvent]:
        """Adyen signs no time, and repeats a notification for days until we take it: an old one is no less true.

        Who repeats one tells nothing new, as it has the id of the first.
        """
        require(credentials, "hmac_key", "merchant_account")
        account = credentials["merchant_account"]
        return adyen_events.verified(body, hmac_key=credentials["hmac_key"], merchant_account=account)

    def news_of(self, payload: Mapping[str, Any]) -> News | None:
        return adyen_events.news_of(payload)


def _url_prefix(credentials: Mapping[str, str]) -> str | None:
    """What begins the host of a live account; the API key goes there, so that it must be a label of a host's name."""
    if credentials["environment"] != "live":
        return None
    require(credentials, "live_url_prefix")
    if not _URL_PREFIX.fullmatch(credentials["live_url_prefix"]):
        raise CredentialsMissing("The live url prefix of the merchant account is none.")
    return credentials["live_url_prefix"]
