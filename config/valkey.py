"""The embedded Valkey: the broker, with an append-only file below its folder."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from pathlib import Path

from config.embedded import HOST, Server
from config.processes import is_running

# The password stands in this file and not on the command line, which everybody may read.
# An own title (set-proc-title) would hide the path by which we know the process.
CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir "{folder}"
pidfile "{folder}/valkey.pid"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
daemonize no
set-proc-title no
"""


class Valkey(Server):
    """Valkey in `folder`, spoken to over TCP on the loopback only."""

    name = "Valkey"
    stop_steps = ((signal.SIGTERM, 20.0), (signal.SIGKILL, 5.0))

    def __init__(self, folder: Path, log: Path, password: str) -> None:
        """Describe the server; `program` is needed to start it, not to stop it."""
        super().__init__(folder, log)
        self.password = password
        self.configuration = folder / "valkey.conf"
        self.program = Path()

    @property
    def mark(self) -> str:
        """The configuration's path, which is an argument of this server only."""
        return str(self.configuration)

    def pid(self) -> int | None:
        """Return the process that was started with this configuration, if it lives."""
        try:
            pid = int((self.folder / "valkey.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return pid if is_running(pid, self.mark) else None

    def port(self) -> int | None:
        """Return the port where a Valkey takes this folder's password and answers."""
        try:
            found = re.search(r"^port (\d+)$", self.configuration.read_text(), re.MULTILINE)
        except FileNotFoundError:
            return None
        if not found or b"+PONG" not in self._ask(int(found[1])):
            return None
        return int(found[1])

    def _ask(self, port: int) -> bytes:
        """Return the answer to AUTH and PING; empty when nobody answers."""
        try:
            with socket.create_connection((HOST, port), timeout=1) as link:
                link.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                # +OK and +PONG; an error instead (loading, wrong password) ends it too.
                while answer.count(b"\r\n") < 2:
                    part = link.recv(4096)
                    if not part:
                        break
                    answer += part
                return answer
        except OSError:
            return b""

    def _prepare(self) -> None:
        (self.folder / "valkey.pid").unlink(missing_ok=True)

    def _launch(self, port: int, log: int) -> subprocess.Popen[bytes]:
        text = CONFIGURATION.format(host=HOST, port=port, password=self.password, folder=self.folder)
        self.configuration.touch(mode=0o600)
        self.configuration.write_text(text)
        return subprocess.Popen(  # noqa: S603
            [self.program, self.configuration],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.folder,
            env={"LC_ALL": "C"},
            start_new_session=True,
            umask=0o077,
        )
