"""The embedded servers: what PostgreSQL and Valkey in a folder have in common.

Whoever calls holds the folder's lock (`config/servers.py`): nothing here is shared.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from config.errors import SetupError, sentence_in
from config.files import last_lines, open_log
from config.processes import end, free_port
from config.progress import say

HOST = "127.0.0.1"
PORT_ATTEMPTS = 10
# Crash recovery replays at most max_wal_size; measured below 60 s on a slow disk.
START_PATIENCE_SECONDS = 300
PORT_TAKEN = ("Address already in use", "could not bind")


# Kept, since they are to outlive us, and a forgotten child is a warning and a zombie.
_started: list[subprocess.Popen[bytes]] = []


@atexit.register
def _leave_running() -> None:
    """Tell Python at its end that these are not forgotten: they are to run on."""
    for child in _started:
        if child.poll() is None:
            child.returncode = 0


class Server(ABC):
    """One server process that belongs to one folder and outlives who started it."""

    name: str
    stop_steps: Sequence[tuple[int, float]]

    def __init__(self, folder: Path, log: Path) -> None:
        """Describe the server; nothing is made or started yet."""
        self.folder = folder
        self.log = log

    @abstractmethod
    def pid(self) -> int | None:
        """Return the living process of this very folder; a reused pid is not one."""

    @abstractmethod
    def port(self) -> int | None:
        """Return the port on which this very server answers a real request, or None."""

    @abstractmethod
    def _prepare(self) -> None:
        """Make the folder's files, and clear what a killed server left behind."""

    @abstractmethod
    def _launch(self, port: int, log: int) -> subprocess.Popen[bytes]:
        """Start the process, in a session of its own."""

    @property
    @abstractmethod
    def mark(self) -> str:
        """The word of the command line by which the process is known."""

    def start(self) -> int:
        """Return the port of the running server, started if it did not run."""
        if self.pid() is not None:
            # Perhaps in recovery, or stopping: the answer decides, or its end.
            port = self._wait(None, 0)
            if port is not None:
                return port
        self._prepare()
        output = ""
        for _attempt in range(PORT_ATTEMPTS):
            log = open_log(self.log)
            try:
                begin = os.lseek(log, 0, os.SEEK_END)
                child = self._launch(free_port(), log)
            finally:
                os.close(log)
            _started.append(child)
            try:
                port = self._wait(child, begin)
            except BaseException:
                # Interrupted before the pid file names it: nobody else could end it.
                child.send_signal(self.stop_steps[0][0])
                raise
            if port is not None:
                return port
            output = last_lines(self.log, since=begin)
            # Children of a killed postmaster take a moment to notice and to leave.
            if "pre-existing shared memory block" in output:
                time.sleep(0.5)
            elif not any(words in output for words in PORT_TAKEN):
                break
        reason = sentence_in(output) or f"{self.name} did not start; {self.log} ends with:\n{output}"
        raise SetupError(reason)

    def _wait(self, child: subprocess.Popen[bytes] | None, begin: int) -> int | None:
        """Return the port once the server answers, None once its process is gone."""
        asked = time.monotonic()
        told = asked
        while (child.poll() is None) if child else (self.pid() is not None):
            port = self.port()
            if port is not None:
                return port
            if time.monotonic() - asked > START_PATIENCE_SECONDS:
                message = f"{self.name} does not answer; {self.log} ends with:\n"
                raise SetupError(message + last_lines(self.log, since=begin))
            if time.monotonic() - told > 10:
                told = time.monotonic()
                say(f"Waiting for {self.name} ...")
            time.sleep(0.03)
        return None

    def stop(self) -> None:
        """Stop the server if it runs: in order first, by force when it does not obey."""
        pid = self.pid()
        if pid is not None:
            end(pid, self.mark, self.stop_steps)
