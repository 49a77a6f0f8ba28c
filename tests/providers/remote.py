"""The stand-in in a process of its own, for tests that kill the product's."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


class RemoteStandIn:
    """Has the methods of tests.providers.stand_in.StandIn, with everything but a leading text by name."""

    def __init__(self, address: str) -> None:
        self.address = address

    @property
    def environ(self) -> dict[str, str]:
        """What a process of the product needs, to take this for its providers."""
        return {"STRIPE_API_BASE": self.address, "ADYEN_CHECKOUT_BASE": self.address}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda **arguments: self._call(name, arguments)

    def _call(self, name: str, arguments: dict[str, Any]) -> Any:
        body = json.dumps(arguments).encode()
        request = urllib.request.Request(
            f"{self.address}/_control/{name}", body, {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["result"]


@contextmanager
def running() -> Iterator[RemoteStandIn]:
    """In a session of its own, so that no signal to the product's processes reaches it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.providers"], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stdout
        yield RemoteStandIn(process.stdout.readline().strip())
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
