"""A mail server that takes everything: SMTP as far as Django speaks it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


@dataclass
class Letterbox:
    """What came, and the port it came to; `closed` refuses what comes."""

    port: int = 0
    letters: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    closed: bool = False


def _conversation(box: Letterbox) -> type[socketserver.StreamRequestHandler]:
    class Conversation(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 letterbox")
            to: list[str] = []
            while line := self.rfile.readline().decode().strip():
                word = line[:4].upper()
                if word == "RCPT":
                    to.append(line.partition("<")[2].partition(">")[0])
                if word == "DATA":
                    self.say("354 go on")
                    self.take(to)
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                elif box.closed and word == "MAIL":
                    self.say("451 try later")
                else:
                    self.say("250 letterbox")

        def take(self, to: list[str]) -> None:
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line)
            message: Any = message_from_bytes(b"".join(lines), policy=policy.default)
            box.letters.append((to, message))
            self.say("250 taken")

        def say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    return Conversation


@contextmanager
def letterbox() -> Iterator[Letterbox]:
    """A server until the end of the block."""
    box = Letterbox()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _conversation(box)) as server:
        server.daemon_threads = True
        box.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield box
        server.shutdown()
