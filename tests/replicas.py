"""A streaming replica of the tests' own server, and lines to databases that can be cut."""

import contextlib
import os
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg

from config.replica import SLOT, Replica
from config.servers import Servers
from tests.addresses import ROOT

PREFIX = "replica-of-tests-"


@contextlib.contextmanager
def replica_made() -> Iterator[tuple[Replica, int]]:
    """A replica of the running server of the tests, and its port; what runs that were killed left behind goes first."""
    servers = Servers(ROOT / "var" / "test", Path(sys.executable), {})
    primary = servers.postgres()
    for place in primary.folder.parent.glob(f"{PREFIX}*"):
        owner = place.name.removeprefix(PREFIX)
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            Replica(primary, place, servers.folder / "log" / "replica.log", primary.account, primary.secret).remove()
    _forget_slots(primary.port(), primary.secret["postgres"])
    made = Replica.beside(primary, f"{PREFIX}{os.getpid()}", servers.folder / "log" / "replica.log")
    try:
        yield made, made.start()
    finally:
        made.remove()


def _forget_slots(port: int | None, password: str) -> None:
    with psycopg.connect(host="127.0.0.1", port=port, user="postgres", password=password, dbname="postgres", autocommit=True) as session:
        for (name,) in session.execute("SELECT slot_name FROM pg_replication_slots WHERE NOT active AND slot_name LIKE %s", [f"{SLOT}%"]).fetchall():
            owner = name.removeprefix(SLOT).partition("_")[0]
            if owner.isdigit() and not psutil.pid_exists(int(owner)):
                session.execute("SELECT pg_drop_replication_slot(%s)", [name])


class Line:
    """Passes bytes on to a port, until it is cut: then nobody is there, as when a server is gone. `port` is its own."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.port = 0
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self.mend()

    def mend(self) -> None:
        """Listens, on the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=64)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Hangs up on everybody and listens no more."""
        assert self._listener is not None
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in list(self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self.to))
                except OSError:
                    client.close()
                    continue
                self._open |= {client, server}
                for here, there in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(here, there), daemon=True).start()

    def _pass(self, here: socket.socket, there: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := here.recv(65536):
                there.sendall(data)
        for end in (here, there):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            self._open.discard(end)
            end.close()
