"""The stand-in over HTTP on loopback."""

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.providers import adyen_house, stripe_house
from tests.providers.answers import Answer, Call, Cut
from tests.providers.stand_in import StandIn

ROUTES = (
    (re.compile(r"/v1/refunds(/\w+/cancel)?"), stripe_house.answer),
    (re.compile(r"/v\d+/payments/\w+/refunds"), adyen_house.answer),
)


class Server(ThreadingHTTPServer):
    """`stand_in` is what a test works with; `address` what the product is pointed at."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.renew()

    def renew(self) -> None:
        """Begin again with empty books."""
        self.stand_in = StandIn()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        try:
            call = self._call()
        except Cut:
            self._hang_up()
            return
        if call.path.startswith("/_control/"):
            self._reply(_control(self.server.stand_in, call))
            return
        try:
            answer = next((of(self.server.stand_in, call) for path, of in ROUTES if path.fullmatch(call.path)), None)
        except Cut:
            self._note(call, 0)
            self._hang_up()
            return
        answer = answer or Answer(404, {})
        self._note(call, answer.status)
        self._reply(answer)

    def _call(self) -> Call:
        """Raises Cut for a call whose sender died over it: half a request is none."""
        address, length = urlsplit(self.path), int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        if len(body.encode()) < length:
            raise Cut
        is_json = "json" in self.headers.get("Content-Type", "")
        form = dict(parse_qsl(address.query if self.command == "GET" else "" if is_json else body))
        return Call(self.command, address.path, self.headers, form, json.loads(body) if is_json and body else {})

    def _reply(self, answer: Answer) -> None:
        # Text is sent as it is: what a broken proxy would send.
        body = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
        try:
            self.send_response(answer.status)
            for name, text in answer.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            # Who asked has given up.
            self.close_connection = True

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _note(self, call: Call, status: int) -> None:
        with self.server.stand_in.lock:
            told = {"method": call.method, "path": call.path, "key": call.key, "status": status}
            self.server.stand_in.served.append(told)

    def log_message(self, *args: Any) -> None:
        """Nothing: tests read `calls`."""


def _control(stand_in: StandIn, call: Call) -> Answer:
    """A method of the stand-in, called with the members of a JSON object."""
    name = call.path.removeprefix("/_control/")
    if name.startswith("_") or not callable(method := getattr(stand_in, name, None)):
        return Answer(404, {"error": name})
    return Answer(200, {"result": method(**call.json)})


@contextmanager
def serving(port: int = 0) -> Iterator[Server]:
    """A server on a thread of this process."""
    server = Server(port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stand_in.hurry()
        server.shutdown()
        server.server_close()
