"""The one door to addresses that people enter: a POST that ends at no machine inside, whatever the address resolves to.

The name is resolved once; unless every address is public, nothing is sent; the connection goes to an address that was checked, and TLS and the
Host header keep the name. No redirect is followed, no proxy asked, and the answer has an end in time and size.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from django.conf import settings

from monitoring.addresses import Target, demand_public, resolved, target_of
from monitoring.errors import AddressRefused, Unanswered

SECONDS_MAX = 10.0
ANSWER_BYTES_MAX = 16_384
type Socket = socket.socket | ssl.SSLSocket


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said; `text` is the beginning of its body."""

    status: int
    text: str
    took_ms: int

    @property
    def is_success(self) -> bool:
        """Whether it took the message: any 2xx."""
        return 200 <= self.status < 300


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was checked, under the name of its host."""

    def __init__(self, target: Target, line: Socket) -> None:
        super().__init__(target.host, target.port)
        self.default_port = 443 if target.is_tls else 80
        self.sock = line

    def connect(self) -> None:
        """Never again: it would resolve the name a second time."""
        raise http.client.NotConnected


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS_MAX) -> Answer:
    """Sends BODY to URL, within SECONDS in all. Raises AddressRefused before anything is sent, Unanswered when there is no answer."""
    target = target_of(url)
    authority = _test_authority(target)
    if authority is None and not target.is_tls:
        raise AddressRefused("it does not begin with https://")
    addresses = resolved(target)
    if authority is None:
        for _, address in addresses:
            demand_public(str(address[0]))
    began = time.monotonic()
    try:
        with closing(_wrapped(target, _connected(addresses, seconds), authority)) as line:
            overdue = threading.Timer(seconds - (time.monotonic() - began), _cut, [line])
            overdue.daemon = True
            overdue.start()
            try:
                return _exchange(target, line, body, headers, began)
            finally:
                overdue.cancel()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unanswered(type(error).__name__, time.monotonic() - began) from error


def _wrapped(target: Target, plain: socket.socket, authority: str | None) -> Socket:
    """The line as the request goes over it; the handshake of TLS is still to be made."""
    if not target.is_tls:
        return plain
    context = ssl.create_default_context(cafile=authority or None)
    return context.wrap_socket(plain, server_hostname=target.host, do_handshake_on_connect=False)


def _exchange(target: Target, line: Socket, body: bytes, headers: Mapping[str, str], began: float) -> Answer:
    if isinstance(line, ssl.SSLSocket):
        line.do_handshake()
    connection = _Connection(target, line)
    connection.request("POST", target.path, body, {"Connection": "close", "User-Agent": "Sextant", **headers})
    with connection.getresponse() as response:
        text = response.read(ANSWER_BYTES_MAX).decode("utf-8", "replace")
        return Answer(response.status, text.replace("\0", ""), round(1000 * (time.monotonic() - began)))


def _connected(addresses: list[tuple[socket.AddressFamily, tuple[str | int | bytes, ...]]], seconds: float) -> socket.socket:
    """A connection to the first address that takes one. Raises OSError."""
    deadline, failed = time.monotonic() + seconds, OSError("no address")
    for family, address in addresses:
        line = socket.socket(family, socket.SOCK_STREAM)
        try:
            line.settimeout(max(0.1, deadline - time.monotonic()))
            line.connect(address)
        except OSError as error:
            line.close()
            failed = error
        else:
            line.settimeout(seconds)
            return line
    raise failed


def _cut(line: Socket) -> None:
    """Ends a conversation that lasts too long; whoever reads from it is told. TLS is not asked, for another thread is talking through it."""
    try:
        socket.socket.shutdown(line, socket.SHUT_RDWR)
    except OSError:
        return


def _test_authority(target: Target) -> str | None:
    """The file of the authority for a receiver of the tests (blank: none), which may lie inside; None for every other host."""
    found: str | None = settings.OUTGOING_TEST_RECEIVERS.get(target.place)
    return found
