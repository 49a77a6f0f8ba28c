"""Which providers can carry out refunds."""

from preo.payments.gateway import Gateway
from preo.payments.sandbox import SandboxGateway

GATEWAYS: dict[str, Gateway] = {"sandbox": SandboxGateway()}


def gateway_for(service: str) -> Gateway | None:
    """The provider named on a transaction; None where refunds through it are not possible."""
    return GATEWAYS.get(service)
