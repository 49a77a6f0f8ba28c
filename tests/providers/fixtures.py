"""Fixtures of the stand-in; a conftest takes those that it needs by importing them."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.providers.remote import RemoteStandIn, running
from tests.providers.server import serving
from tests.providers.stand_in import StandIn


@pytest.fixture
def stand_in(settings: Any) -> Iterator[StandIn]:
    """Both providers on a thread of this process; the product calls it instead of them."""
    with serving() as server:
        settings.STRIPE_API_BASE = settings.ADYEN_CHECKOUT_BASE = server.address
        settings.PROVIDER_TIMEOUT = 5
        yield server.stand_in


@pytest.fixture
def remote_stand_in(settings: Any) -> Iterator[RemoteStandIn]:
    """Both providers in a process of their own; hand its `environ` to the processes that a test starts."""
    with running() as remote:
        settings.STRIPE_API_BASE = settings.ADYEN_CHECKOUT_BASE = remote.address
        settings.PROVIDER_TIMEOUT = 5
        yield remote
