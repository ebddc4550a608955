"""An edit of the catalogue beside running work: other threads, another process."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from ontology.models import Group, ThingType
from ontology.services.actor import PLATFORM
from ontology.services.catalogue import catalogue_current, catalogue_load, thing_type_save
from tests.addresses import surroundings

WAIT_SECONDS = 20
OTHER_PROCESS = """
import django
django.setup()
from ontology.services.catalogue import catalogue_current
for _ in range(2):
    print(catalogue_current().things["note"].active, flush=True)
    input()
"""


@pytest.fixture
def _committed(transactional_db: None) -> Iterator[None]:
    """Rows that other connections see; before the tables are emptied again, events are allowed to go."""
    catalogue_load()
    Group.objects.get_or_create(slug="platform", defaults={"name": "Platform"})
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET sextant.event_decision = 'erasure'")


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def note_switched_off() -> None:
    try:
        thing_type_save("note", {"active": False}, actor=PLATFORM)
    finally:
        connection.close()


def note_is_active() -> bool:
    try:
        with transaction.atomic():
            return catalogue_current().things["note"].active
    finally:
        connection.close()


def wait_for_a_waiter() -> None:
    """Returns when some connection of this database waits for an advisory lock."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            row = cursor.fetchone()
        if row and row[0]:
            return
        time.sleep(0.01)
    raise AssertionError("Nobody waits.")


@pytest.mark.usefixtures("_committed")
def test_catalogue_current__edit_waits_for_running_work(threads: ThreadPoolExecutor) -> None:
    with transaction.atomic():
        assert catalogue_current().things["note"].active
        edit: Future[None] = threads.submit(note_switched_off)
        wait_for_a_waiter()
        assert catalogue_current().things["note"].active
        assert not edit.done()
    edit.result(WAIT_SECONDS)

    assert not catalogue_current().things["note"].active


@pytest.mark.usefixtures("_committed")
def test_catalogue_current__work_begun_during_an_edit_sees_it(threads: ThreadPoolExecutor) -> None:
    assert catalogue_current().things["note"].active

    with transaction.atomic():
        thing_type_save("note", {"active": False}, actor=PLATFORM)
        work = threads.submit(note_is_active)
        wait_for_a_waiter()
        assert not work.done()

    assert work.result(WAIT_SECONDS) is False


@pytest.mark.usefixtures("_committed")
def test_thing_type_save__second_editor_waits_and_sees_the_first(threads: ThreadPoolExecutor) -> None:
    with transaction.atomic():
        thing_type_save("note", {"description": "First."}, actor=PLATFORM)
        second = threads.submit(note_switched_off)
        wait_for_a_waiter()
    second.result(WAIT_SECONDS)

    saved = ThingType.objects.get(name="note")
    assert (saved.description, saved.active) == ("First.", False)


@pytest.mark.usefixtures("_committed")
def test_catalogue_current__refreshed_in_another_process() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS], env=surroundings(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        before = other.stdout.readline().strip()
        thing_type_save("note", {"active": False}, actor=PLATFORM)
        other.stdin.write("\n")
        other.stdin.flush()
        after = other.stdout.readline().strip()
        other.communicate("\n", timeout=WAIT_SECONDS)

    assert (before, after, other.returncode) == ("True", "False", 0)
