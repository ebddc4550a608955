"""What the processes of this machine compute while a simulation runs: those of the server, the database and the generator, where they are here."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from django.conf import settings
from django.db import connection

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", ""})


@dataclass(frozen=True, slots=True)
class Computing:
    """Cores in use since the last look: of the machine, and of each part; `delayed` is what server and database waited for a core, in cores too."""

    machine: float
    cores: int
    parts: Mapping[str, float]
    delayed: float | None


@dataclass(slots=True)
class Processes:
    """The parts, each a function that finds its processes as they are now, since they come and go."""

    parts: Mapping[str, Callable[[], Iterable[psutil.Process]]]
    _used: dict[str, float] = field(default_factory=dict)
    _waited: float | None = None
    _at: float = 0.0

    def look(self, now: float) -> Computing | None:
        """What was used since the last look; None at the first."""
        found = {name: list(processes()) for name, processes in self.parts.items()}
        used = {name: sum(map(_seconds, processes)) for name, processes in found.items()}
        waited = _waited(process for name in ("server", "database") for process in found.get(name, ()))
        machine, before, since = psutil.cpu_percent() / 100, self._used, now - self._at
        delayed = max(0.0, waited - self._waited) / since if waited is not None and self._waited is not None and since else None
        self._used, self._waited, self._at = used, waited, now
        if not before:
            return None
        cores = psutil.cpu_count() or 1
        return Computing(machine * cores, cores, {name: max(0.0, used[name] - before[name]) / since for name in used}, delayed)


def _seconds(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _waited(processes: Iterable[psutil.Process]) -> float | None:
    """Seconds that threads of PROCESSES stood in line for a core, as Linux counts them; None elsewhere."""
    total, known = 0.0, False
    for process in processes:
        with suppress(OSError, ValueError):
            for thread in Path(f"/proc/{process.pid}/task").iterdir():
                total += int((thread / "schedstat").read_text().split()[1]) / 1e9
                known = True
    return total if known else None


def with_children(pid: int) -> Callable[[], Iterable[psutil.Process]]:
    """A process and all below it."""

    def processes() -> list[psutil.Process]:
        with suppress(psutil.Error):
            top = psutil.Process(pid)
            return [top, *top.children(recursive=True)]
        return []

    return processes


def database_processes() -> Callable[[], Iterable[psutil.Process]] | None:
    """The database's, when it runs on this machine: the parent of our own session's process, and all below."""
    if str(settings.DATABASES["default"].get("HOST", "")) not in LOOPBACK:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((pid,),) = cursor.fetchall()
    with suppress(psutil.Error):
        parent = psutil.Process(pid).parent()
        if parent is not None and "postgres" in parent.name():
            return with_children(parent.pid)
    return None


def server_processes(address: str) -> Callable[[], Iterable[psutil.Process]] | None:
    """The server's, when it listens on this machine and may be looked at: whoever listens on the port of ADDRESS, and all below."""
    url = urlsplit(address)
    if (url.hostname or "") not in LOOPBACK:
        return None
    port = url.port or (443 if url.scheme == "https" else 80)
    with suppress(psutil.Error, OSError):
        pids = {
            link.pid
            for link in psutil.net_connections("tcp")
            if link.status == psutil.CONN_LISTEN and getattr(link.laddr, "port", None) == port and link.pid
        }
        tops = [pid for pid in pids if psutil.Process(pid).ppid() not in pids]
        if tops:
            return with_children(min(tops))
    return None
