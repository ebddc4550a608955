"""Users of embedded servers: in this process and in processes of their own."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import redis

from config.servers import Servers

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(sys.executable)
# Uses the servers until its standard input ends. Without the package's own __init__,
# as dev.py does it: these processes need no Django.
USER = textwrap.dedent(
    """
    import json, sys, types
    from pathlib import Path
    root, folder, name = sys.argv[1:]
    package = sys.modules["config"] = types.ModuleType("config")
    package.__path__ = [root + "/config"]
    from config.servers import Servers
    with Servers(Path(folder), Path(sys.executable), {}).used(name) as addresses:
        print(json.dumps(addresses), flush=True)
        sys.stdin.read()
    """
)


def of(folder: Path, environ: Mapping[str, str] | None = None) -> Servers:
    return Servers(folder, PYTHON, environ or {})


def query(address: str, sql: str) -> list[tuple[object, ...]]:
    # An autocommit connection: CREATE DATABASE is among the statements.
    with contextlib.closing(psycopg.connect(address, autocommit=True)) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def broker(address: str) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(address, decode_responses=True)
    try:
        yield client
    finally:
        client.close()
        client.connection_pool.disconnect()


def pids(servers: Servers) -> tuple[int | None, int | None]:
    return servers._postgres().pid(), servers._valkey().pid()


@contextlib.contextmanager
def another_user(folder: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    command: list[str | Path] = [PYTHON, "-c", USER, ROOT, folder, name]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with child:
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()


def addresses_of(child: subprocess.Popen[str]) -> dict[str, str]:
    assert child.stdout
    found: dict[str, str] = json.loads(child.stdout.readline())
    return found


def leave(child: subprocess.Popen[str]) -> int:
    assert child.stdin
    child.stdin.close()
    return child.wait(30)


def kill(pid: int | None, servers: Servers) -> None:
    assert pid
    os.kill(pid, signal.SIGKILL)
    while pid in pids(servers):
        time.sleep(0.01)
