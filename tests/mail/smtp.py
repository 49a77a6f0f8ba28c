"""A mail server on this machine that answers each mail as the name of its receiver asks."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from threading import Thread
from typing import Any

ANSWERS = {"later": b"451 4.3.0 try again later", "never": b"550 5.1.1 no such mailbox"}
HANGS_UP = "hangs-up"
SECONDS_TO_NOTICE_THE_END = 0.02


class Server(socketserver.ThreadingTCPServer):
    """Keeps every mail that it took; a mail to `hangs-up@…` it takes without saying so."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.taken: list[Message] = []
        self.conversations = 0

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs."""

    server: Server

    def handle(self) -> None:
        self.server.conversations += 1
        self._say(b"220 here")
        receiver = ""
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            verb = verb.upper()
            if verb == "QUIT":
                self._say(b"221 bye")
                return
            if verb == "RCPT":
                receiver = rest.partition("<")[2].partition("@")[0]
                self._say(ANSWERS.get(receiver, b"250 fine"))
            elif verb == "DATA":
                self._say(b"354 go on")
                self.server.taken.append(self._mail())
                if receiver == HANGS_UP:
                    return
                self._say(b"250 taken")
            else:
                self._say(b"250 fine")

    def _mail(self) -> Message:
        lines = iter(self.rfile.readline, b".\r\n")
        return message_from_bytes(b"".join(lines))

    def _say(self, answer: bytes) -> None:
        self.wfile.write(answer + b"\r\n")


@contextmanager
def mail_server(settings: Any) -> Iterator[Server]:
    """Let the product send to a server that runs for as long as this does."""
    with Server() as server:
        Thread(target=server.serve_forever, args=[SECONDS_TO_NOTICE_THE_END], daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield server
        server.shutdown()
