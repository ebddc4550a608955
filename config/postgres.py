"""The embedded PostgreSQL: its settings, its data folder and its start."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from config.account import Account
from config.embedded import HOST, Server
from config.errors import SetupError, sentence_in
from config.files import last_lines, open_log, remove_tree, write_private
from config.processes import dying_with_parent, is_running
from config.progress import say

SETTINGS = {
    "listen_addresses": HOST,
    # A socket's path may have 107 bytes; a project's folder may be deeper.
    "unix_socket_directories": "",
    "shared_preload_libraries": "pg_stat_statements",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "wal_level": "replica",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
FORGETFUL_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
STOP = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))

BOOTSTRAP = (Path(__file__).parent / "deploy" / "database.sql").read_text(encoding="utf-8")
"""Roles, extensions and the database, as every deployment has them. The passwords come through psql's environment, never through a command line."""


class Postgres(Server):
    """PostgreSQL in `folder`/data, spoken to over TCP on the loopback only."""

    name = "PostgreSQL"
    stop_steps = STOP

    def __init__(
        self,
        folder: Path,
        log: Path,
        account: Account | None,
        secret: Mapping[str, str],
        *,
        durable: bool,
    ) -> None:
        """Describe the server; `programs` is needed to start it, not to stop it."""
        super().__init__(folder, log)
        self.data = folder / "data"
        self.account = account
        self.secret = secret
        self.durable = durable
        self.programs = Path()
        self.more: dict[str, str] = {}
        """Settings besides, for servers that are measured with others."""

    @property
    def mark(self) -> str:
        """The data folder, which is an argument of the postmaster and of nothing else."""
        return str(self.data)

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def pid(self) -> int | None:
        """Return the postmaster of this data folder if it lives."""
        lines = self._pid_file()
        pid = abs(int(lines[0])) if lines and lines[0].lstrip("-").isdigit() else 0
        return pid if pid and is_running(pid, self.mark) else None

    def port(self) -> int | None:
        """Return the port where a server with this data folder lets the superuser in."""
        lines = self._pid_file()
        if len(lines) < 4 or not lines[3].isdigit():
            return None
        answer = self.psql(int(lines[3]), "SHOW data_directory", "template1")
        return int(lines[3]) if answer.stdout.strip() == str(self.data) else None

    def start(self) -> int:
        """Return the port; the role, the extensions and the database are there."""
        port = super().start()
        done = self.folder / "bootstrapped"
        if not done.exists() or done.read_text() != BOOTSTRAP:
            answer = self.psql(port, BOOTSTRAP, "template1")
            if answer.returncode:
                message = f"PostgreSQL could not be furnished: {answer.stderr.strip()}"
                raise SetupError(sentence_in(answer.stderr) or message)
            write_private(done, BOOTSTRAP)
        return port

    def psql(self, port: int, sql: str, database: str) -> subprocess.CompletedProcess[str]:
        """Run statements as superuser with the shipped psql; the caller reads the code."""
        return subprocess.run(  # noqa: S603
            [self.programs / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1"],
            input=sql,
            capture_output=True,
            text=True,
            check=False,
            env={
                "LC_ALL": "C",
                "PGHOST": HOST,
                "PGPORT": str(port),
                "PGUSER": "postgres",
                "PGDATABASE": database,
                "PGPASSWORD": self.secret["postgres"],
                "PGCONNECT_TIMEOUT": "10",
                "SEXTANT_PASSWORD": self.secret["sextant"],
                "SEXTANT_APP_PASSWORD": self.secret["sextant_app"],
                "SEXTANT_WORKER_PASSWORD": self.secret["sextant_worker"],
            },
        )

    def _spawn(self, command: Sequence[str | Path], output: int, keep: int | None = None, *, password: str | None = None) -> subprocess.Popen[bytes]:
        """Start a program as the account; initdb (which keeps a pipe) dies with us, the server does not."""
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin", **({"PGPASSWORD": password} if password else {})},
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
            start_new_session=True,
            preexec_fn=None if keep is None else dying_with_parent(signal.SIGKILL),
            umask=0o077,
            pass_fds=() if keep is None else (keep,),
        )

    def _prepare(self) -> None:
        """Make the data folder whole or not at all; drop a pid file that names a stranger."""
        crashed = (self.data / "postmaster.pid").exists()
        if crashed and not self.durable and self._boot() != self._boot_of_last_start():
            # Without fsync, a machine that went down may have left anything.
            remove_tree(self.data)
            (self.folder / "bootstrapped").unlink(missing_ok=True)
        for half in self.folder.glob("data.half-*"):
            shutil.rmtree(half, ignore_errors=True)
        if not self.data.exists():
            self._make()
        write_private(self.folder / "boot", self._boot())
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    @staticmethod
    def _boot() -> str:
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text()
        except OSError:
            return "unknown"

    def _boot_of_last_start(self) -> str:
        try:
            return (self.folder / "boot").read_text()
        except FileNotFoundError:
            return ""

    def _make(self) -> None:
        """Run initdb beside the data folder and rename: an interrupted one leaves nothing."""
        # Never a name used before: programs of a killed initdb may write on for a moment.
        half = self.folder / f"data.half-{secrets.token_hex(4)}"
        say("Making the PostgreSQL data folder ...")
        reading, writing = os.pipe()
        os.write(writing, f"{self.secret['postgres']}\n".encode())
        os.close(writing)
        if self.account:
            os.fchown(reading, self.account.uid, self.account.gid)
        command: list[str | Path] = [self.programs / "initdb", "-D", half, "-U", "postgres"]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--locale=C", "--auth=scram-sha-256", f"--pwfile=/dev/fd/{reading}"]
        if not self.durable:
            command.append("--no-sync")
        (self.folder / "bootstrapped").unlink(missing_ok=True)
        log = open_log(self.log)
        begin = os.lseek(log, 0, os.SEEK_END)
        try:
            child = self._spawn(command, log, keep=reading)
            try:
                code = child.wait()
            except BaseException:
                os.killpg(child.pid, signal.SIGKILL)  # with the programs it runs
                child.wait()
                raise
        finally:
            os.close(log)
            os.close(reading)
        if code:
            output = last_lines(self.log, since=begin)
            reason = sentence_in(output) or f"initdb failed; {self.log} ends with:\n{output}"
            raise SetupError(reason)
        half.rename(self.data)

    def _launch(self, port: int, log: int) -> subprocess.Popen[bytes]:
        settings = SETTINGS | ({} if self.durable else FORGETFUL_SETTINGS) | {"port": str(port)}
        settings |= self.more
        if _shared_memory_is_small():
            settings["dynamic_shared_memory_type"] = "mmap"
        command: list[str | Path] = [self.programs / "postgres", "-D", self.data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return self._spawn(command, log)


def _shared_memory_is_small() -> bool:
    """Return whether parallel queries would not fit: a container's default is 64 MB."""
    try:
        return shutil.disk_usage("/dev/shm").total < 256 * 1024 * 1024  # noqa: S108
    except OSError:
        return False
