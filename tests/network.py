"""Things between a process and PostgreSQL that tests put there: a pooler in transaction mode, and a line that breaks at a word."""

import asyncio
import contextlib
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

READY, IDLE = b"Z", b"I"
SSL_REQUEST, GSS_REQUEST = 80877103, 80877104


@dataclass
class Backend:
    """A signed-in session with the server, and who used it last."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    users: set[int] = field(default_factory=set)


class Pooler:
    """PgBouncer's transaction mode in small: many clients share a few sessions, each held from a client's first word to the end of its transaction.

    A client's own sign-in is passed through; the session it made joins the pool while there is room, else it is closed.
    """

    def __init__(self, port: int, size: int) -> None:
        self.server_port, self.size = port, size
        self.idle: asyncio.Queue[Backend] = asyncio.Queue()
        self.lines: list[asyncio.StreamWriter] = []
        self.made = 0
        self.clients = 0
        self.shared = 0
        """Transactions that ran in a session which another client had used before."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, from its sign-in to its end."""
        self.clients += 1
        self.lines.append(writer)
        me = self.clients
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            if await self._sign_in(reader, writer):
                await self._transactions(me, reader, writer)
        writer.close()

    async def _sign_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Passes the sign-in on until the server is ready."""
        first = await _startup(reader)
        while struct.unpack("!I", first[4:8])[0] in {SSL_REQUEST, GSS_REQUEST}:
            writer.write(b"N")
            first = await _startup(reader)
        server = Backend(*await asyncio.open_connection("127.0.0.1", self.server_port))
        self.lines.append(server.writer)
        server.writer.write(first)
        while True:
            kind, message = await _message(server.reader)
            writer.write(message)
            if kind == READY:
                break
            if kind == b"E":
                return False
            if kind == b"R" and struct.unpack("!I", message[5:9])[0] not in {0, 12}:
                server.writer.write((await _message(reader))[1])
        if self.made < self.size:
            self.made += 1
            self.idle.put_nowait(server)
        else:
            server.writer.close()
        return True

    async def close(self) -> None:
        """Ends every session and hangs up on every client."""
        for line in self.lines:
            line.close()
        await asyncio.gather(*(line.wait_closed() for line in self.lines), return_exceptions=True)

    async def _transactions(self, me: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            kind, message = await _message(reader)
            if kind == b"X":
                return
            server = await self.idle.get()
            self.shared += bool(server.users - {me})
            server.users.add(me)
            try:
                await _transaction(message, reader, writer, server)
            finally:
                self.idle.put_nowait(server)


async def _transaction(message: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Backend) -> None:
    """Carries words both ways until the server says that no transaction is open."""
    server.writer.write(message)
    asking = asyncio.ensure_future(_message(reader))
    answering = asyncio.ensure_future(_message(server.reader))
    while True:
        done, _ = await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
        if answering in done:
            kind, answer = answering.result()
            writer.write(answer)
            if kind == READY and answer[5:6] == IDLE and not asking.done():
                asking.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await asking
                return
            answering = asyncio.ensure_future(_message(server.reader))
        if asking in done:
            server.writer.write(asking.result()[1])
            asking = asyncio.ensure_future(_message(reader))


async def _startup(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    return head + await reader.readexactly(struct.unpack("!I", head)[0] - 4)


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    return head[:1], head + await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)


class CommitLine:
    """A line to the server that, when armed, lets so many COMMITs through, waits until the server has done the last, and breaks before the client is told."""

    def __init__(self, port: int) -> None:
        self.server_port = port
        self.lines: list[asyncio.StreamWriter] = []
        self.armed = 0
        """COMMITs until it breaks; 0: it does not."""
        self.broken = 0
        """Answers to COMMIT that were lost."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, from its sign-in to its end."""
        first = await _startup(reader)
        while struct.unpack("!I", first[4:8])[0] in {SSL_REQUEST, GSS_REQUEST}:
            writer.write(b"N")
            first = await _startup(reader)
        server = Backend(*await asyncio.open_connection("127.0.0.1", self.server_port))
        self.lines += [writer, server.writer]
        server.writer.write(first)
        committing = asyncio.Event()
        ways = [asyncio.ensure_future(self._asked(reader, server, committing)), asyncio.ensure_future(self._answered(server, writer, committing))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        server.writer.close()
        writer.close()

    async def _asked(self, reader: asyncio.StreamReader, server: Backend, committing: asyncio.Event) -> None:
        while True:
            kind, message = await _message(reader)
            if self.armed and kind in {b"Q", b"P"} and message[5:].lstrip(b"\0").startswith(b"COMMIT\0"):
                self.armed -= 1
                if not self.armed:
                    committing.set()
            server.writer.write(message)

    async def _answered(self, server: Backend, writer: asyncio.StreamWriter, committing: asyncio.Event) -> None:
        while True:
            kind, message = await _message(server.reader)
            if not committing.is_set():
                writer.write(message)
            elif kind == READY and message[5:6] == IDLE:
                self.broken += 1
                return

    async def close(self) -> None:
        """Hangs up on everybody."""
        for line in self.lines:
            line.close()
        await asyncio.gather(*(line.wait_closed() for line in self.lines), return_exceptions=True)


@contextlib.contextmanager
def pooled(port: int, size: int) -> Iterator[tuple[Pooler, int]]:
    """A pooler of SIZE sessions in front of the server at PORT, and its own port."""
    pooler = Pooler(port, size)
    with _listening(pooler.serve, pooler.close) as at:
        yield pooler, at


@contextlib.contextmanager
def losing_commits(port: int) -> Iterator[tuple[CommitLine, int]]:
    """A line to the server at PORT that loses the answer to COMMIT when it is armed, and its own port."""
    line = CommitLine(port)
    with _listening(line.serve, line.close) as at:
        yield line, at


@contextlib.contextmanager
def _listening(serve: Callable[..., Coroutine[Any, Any, None]], close: Callable[[], Coroutine[Any, Any, None]]) -> Iterator[int]:
    """A listener in a thread of its own, its port; at the end what CLOSE closes."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listener = asyncio.run_coroutine_threadsafe(asyncio.start_server(serve, "127.0.0.1", 0), loop).result(10)
    try:
        yield int(listener.sockets[0].getsockname()[1])
    finally:
        loop.call_soon_threadsafe(listener.close)
        asyncio.run_coroutine_threadsafe(close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
