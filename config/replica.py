"""A streaming replica of an embedded PostgreSQL: for tests and for measuring; a deployment has one of its own."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Mapping
from pathlib import Path

from config.account import Account, private_folder
from config.embedded import HOST, Server
from config.errors import SetupError, sentence_in
from config.files import last_lines, open_log, remove_tree
from config.postgres import Postgres

DROP_SLOT = """
SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '{slot}' AND active;
SELECT pg_sleep(0.2);
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{slot}';
"""
"""The slot's name is made here, of letters and digits."""
SLOT = "sextant_"
"""Begins the names of slots, which go on with the process that made them."""


class Replica(Postgres):
    """Follows `primary`, which runs: made by pg_basebackup over a physical slot of its own, which is dropped with it."""

    name = "The replica"

    def __init__(self, primary: Postgres, folder: Path, log: Path, account: Account | None, secret: Mapping[str, str]) -> None:
        """Describe the replica; nothing is made or started yet."""
        super().__init__(folder, log, account, secret, durable=primary.durable)
        self.primary = primary
        self.programs = primary.programs
        self.slot = f"{SLOT}{os.getpid()}_{secrets.token_hex(4)}"

    def start(self) -> int:
        """Return the port; what the primary has is there, or on its way."""
        return Server.start(self)

    def _make(self) -> None:
        """Copy the primary, whole or not at all, with the words by which it will follow."""
        port = self.primary.port()
        if port is None:
            raise SetupError("A replica is made of a primary that runs.")
        half = self.folder / f"data.half-{secrets.token_hex(4)}"
        command: list[str | Path] = [
            self.programs / "pg_basebackup",
            "-D",
            half,
            "-h",
            HOST,
            "-p",
            str(port),
            "-U",
            "postgres",
            "-X",
            "stream",
            "-c",
            "fast",
            "-R",
            "-C",
        ]
        command += ["-S", self.slot, "--no-sync"]
        log = open_log(self.log)
        begin = os.lseek(log, 0, os.SEEK_END)
        try:
            child = self._spawn(command, log, password=self.secret["postgres"])
            try:
                code = child.wait()
            except BaseException:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                raise
        finally:
            os.close(log)
        if code:
            output = last_lines(self.log, since=begin)
            raise SetupError(sentence_in(output) or f"pg_basebackup failed; {self.log} ends with:\n{output}")
        half.rename(self.data)

    @staticmethod
    def beside(primary: Postgres, name: str, log: Path) -> Replica:
        """Return a replica called `name` in a folder beside the primary's, which the same account reaches."""
        place = private_folder(primary.folder.parent / name, primary.account)
        return Replica(primary, place, log, primary.account, primary.secret)

    def remove(self) -> None:
        """Stop it, drop its slot, which would hold the primary's log back for ever, and delete its data."""
        self.stop()
        port = self.primary.port()
        if port is not None:
            self.primary.psql(port, DROP_SLOT.format(slot=self.slot), "template1")
        remove_tree(self.folder)


def kill(server: Postgres) -> None:
    """End a server without a word to anybody: its first process, whose others end when they notice."""
    pid = server.pid()
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
