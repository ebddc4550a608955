"""Rows 12 to 16 of the bar: workers at once under faults, commits in between, damaged objects, a copy of the database, three cutoffs in one month."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections
from django.utils import timezone
from psycopg import sql

from archival.cold import Question
from archival.errors import DomainError, ObjectDamaged, RowsChanged
from archival.models import ArchiveBatch, ArchivePolicy
from archival.reading import both_tiers
from archival.services import batches
from archival.services.batches import Worker, batch_archive, batch_claim, batch_take_over
from archival.services.restoring import batch_go_cold, batch_restore
from archival.services.verifying import batch_verify, gaps, ledger, strays_remove
from archival.store import store
from config import env
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import CarriedEvents, Event, Group
from tests.addresses import ROOT, address, surroundings
from tests.archival.world import OLD, archived, assert_whole, claimed, objects_in, old_events, run_archive
from tests.factories import make_event, make_group, make_thing
from tests.s3 import s3

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 3


@pytest.fixture(autouse=True)
def archive(tmp_path: Path, settings: Any) -> Iterator[Path]:
    (tmp_path / "archive").mkdir()
    settings.ARCHIVE_URL, settings.ARCHIVE_CACHE = (tmp_path / "archive").as_uri(), tmp_path / "cache"
    with acting(PLATFORM_SCOPE):
        yield tmp_path / "archive"


def at_work(name: str, groups: list[Group], stop: threading.Event, errors: Counter[str]) -> None:
    """A worker that archives whatever is due, and takes over what others left, until told to stop and nothing is left."""
    me, cutoff = Worker(name), timezone.now() - timedelta(days=365)
    try:
        with acting(PLATFORM_SCOPE):
            while True:
                idle = True
                for group in groups:
                    try:
                        found = batch_take_over(me) or batch_claim(group, cutoff, size=20, worker=me)
                        if isinstance(found, ArchiveBatch):
                            idle = False
                            batch_archive(found)
                    except DomainError as failed:
                        errors[type(failed).__name__] += 1
                if idle and stop.is_set():
                    return
    finally:
        connections.close_all()


def test_three_workers__with_storage_faults_and_late_events_lose_nothing_and_double_nothing(settings: Any) -> None:
    with s3() as gate:
        settings.ARCHIVE_URL = gate.url
        gate.rate = 0.1
        groups = [make_group() for _ in range(2)]
        things = [make_thing(group) for group in groups]
        for group in groups:
            old_events(group, 100, step=43_200.0)
        stop, errors = threading.Event(), Counter[str]()
        workers = [threading.Thread(target=at_work, args=(f"w{n}", groups, stop, errors)) for n in range(WORKERS)]
        for worker in workers:
            worker.start()
        late = 0
        while late < 20:
            for group, thing in zip(groups, things, strict=True):
                make_event(group, timestamp=OLD + timedelta(hours=12 * late), actor=thing)
            late += 1
        stop.set()
        for worker in workers:
            worker.join()
        gate.rate = 0.0
        run_archive()

        assert gate.broken > 0
        for group in groups:
            assert Event.objects.filter(group=group, type="content_event", timestamp__lt=OLD + timedelta(days=90)).count() == 0
            assert_whole(group, 120)
        assert sum(CarriedEvents.objects.values_list("count", flat=True)) == 240
        strays_remove(hours=0)
        assert len(gate.written) - len(set(gate.deleted)) == ArchiveBatch.objects.filter(state="archived").count()


def events_read(group: Group) -> list[Any]:
    """The ids of what a reader of both tiers sees, save restores' own records."""
    hot, cold = both_tiers(
        lambda: list(Event.objects.filter(group=group).exclude(type="events_restored").values_list("id", flat=True)), [Question(group, limit=1000)]
    )
    return [*hot, *(event.id for event in cold)]


def test_reader__sees_each_event_once_while_batches_close_and_come_back() -> None:
    group = make_group()
    old_events(group, 60, step=43_200.0)
    stop, wrong = threading.Event(), []

    def reads() -> None:
        try:
            with acting(PLATFORM_SCOPE):
                while not stop.is_set():
                    found = Counter(events_read(group))
                    if len(found) != 60 or set(found.values()) != {1}:
                        wrong.append((len(found), max(found.values(), default=0)))
        finally:
            connections.close_all()

    readers = [threading.Thread(target=reads) for _ in range(2)]
    for reader in readers:
        reader.start()
    done = archived(group, size=10)
    for batch in done:
        batch_go_cold(batch_restore(batch))
    stop.set()
    for reader in readers:
        reader.join()

    assert wrong == []


def test_commit_between_export_and_delete__is_exported_again(monkeypatch: pytest.MonkeyPatch, archive: Path) -> None:
    group = make_group()
    old_events(group, 10)
    tries = iter([True, False])
    read_back = batches._read_back

    def with_a_late_one(batch: ArchiveBatch, *args: Any) -> None:
        read_back(batch, *args)
        if next(tries):
            make_event(group, timestamp=OLD + timedelta(minutes=3))

    monkeypatch.setattr(batches, "_read_back", with_a_late_one)
    batch = batch_archive(claimed(group))

    assert (batch.state, batch.rows) == ("archived", 11)
    assert_whole(group, 11)
    assert (strays_remove(hours=0), len(objects_in(archive))) == (1, 1)


def test_events_that_keep_coming__stay_hot(monkeypatch: pytest.MonkeyPatch) -> None:
    group = make_group()
    old_events(group, 10)
    read_back = batches._read_back

    def with_a_late_one(batch: ArchiveBatch, *args: Any) -> None:
        read_back(batch, *args)
        make_event(group, timestamp=OLD + timedelta(minutes=3))

    monkeypatch.setattr(batches, "EXPORTS_MAX", 3)
    monkeypatch.setattr(batches, "_read_back", with_a_late_one)
    with pytest.raises(RowsChanged):
        batch_archive(claimed(group))

    assert Event.objects.filter(group=group).count() == 13
    assert_whole(group, 13)


@pytest.mark.parametrize("harm", ["flipped", "cut", "other", "gone"])
def test_object_damaged_at_once__no_hot_row_is_deleted(monkeypatch: pytest.MonkeyPatch, harm: str) -> None:
    group = make_group()
    old_events(group, 10)
    put = type(store()).put

    def badly(self: Any, key: str, content: bytes) -> None:
        put(self, key, harmed(content, harm))
        if harm == "gone":
            self.delete(key)

    monkeypatch.setattr(type(store()), "put", badly)
    with pytest.raises(DomainError):
        batch_archive(claimed(group))
    monkeypatch.undo()

    assert Event.objects.filter(group=group).count() == 10
    assert run_archive().state == "succeeded"
    assert_whole(group, 10)


def harmed(content: bytes, harm: str) -> bytes:
    """CONTENT after an accident."""
    middle = len(content) // 2
    return {
        "flipped": content[:middle] + bytes([content[middle] ^ 8]) + content[middle + 1 :],
        "cut": content[:middle],
        "other": b"something else",
    }.get(harm, content)


def test_objects_damaged_later__are_all_found(archive: Path) -> None:
    group = make_group()
    old_events(group, 80)
    done = archived(group, size=20)
    for batch, harm in zip(done, ["flipped", "cut", "other", "gone"], strict=True):
        path = archive / batch.key
        path.write_bytes(harmed(path.read_bytes(), harm))
        if harm == "gone":
            path.unlink()

    assert [batch_verify(batch) for batch in done] == ["damaged", "damaged", "damaged", "missing"]
    assert gaps(ledger(group)) == []


def test_digest__finds_a_file_whose_hash_was_made_to_fit(archive: Path) -> None:
    """Even an object written anew, with a manifest to match but for its digest, is told by its events."""
    import hashlib
    import io

    import pyarrow as pa
    import pyarrow.parquet

    group = make_group()
    old_events(group, 5)
    (batch,) = archived(group)
    table = pa.parquet.read_table(archive / batch.key)
    changed = table.set_column(table.schema.get_field_index("metadata"), "metadata", pa.array(["{}"] * 5))
    out = io.BytesIO()
    pa.parquet.write_table(changed, out)
    (archive / batch.key).write_bytes(out.getvalue())
    batch.sha256 = hashlib.sha256(out.getvalue()).hexdigest()

    with pytest.raises(ObjectDamaged, match="digest"):
        batches.object_verify(batch, store())


def test_copy_of_the_database__touches_no_object(archive: Path, tmp_path: Path) -> None:
    group = make_group()
    old_events(group, 20)
    batch_archive(claimed(group, size=10))
    before = {path: path.read_bytes() for path in objects_in(archive)}
    name, copy = connection.settings_dict["NAME"], f"{connection.settings_dict['NAME']}_copy"
    connections.close_all()
    with psycopg.connect(address("owner", "postgres"), autocommit=True) as session:
        session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(copy), sql.Identifier(name)))
    try:
        environment = {**surroundings(copy), "ARCHIVE_URL": archive.as_uri(), "SECRET_KEY": env.text("SECRET_KEY")}
        done = [
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
            for command in (["archive_events"], ["verify_archive"])
        ]
    finally:
        with psycopg.connect(address("owner", "postgres"), autocommit=True) as session:
            session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(copy)))

    assert [it.returncode for it in done] == [1, 1]
    assert all("This database is a copy" in it.stderr for it in done)
    assert {path: path.read_bytes() for path in objects_in(archive)} == before


def test_cutoffs__of_90_days_365_days_and_never_in_one_month() -> None:
    """Three groups with events in the same partition: each event moves exactly when its own group's cutoff has passed it."""
    now = timezone.now()
    groups = {90: make_group(), None: make_group(), 0: make_group()}
    ArchivePolicy.objects.create(group=groups[90], hot_days=90)
    ArchivePolicy.objects.create(group=groups[0], keeps_hot=True)
    for group in groups.values():
        old_events(group, 12, start=now - timedelta(days=365, minutes=6), step=60.0)
    run = run_archive()
    limit = run.created_at - timedelta(days=365)

    hot = {
        key: list(
            Event.objects.filter(group=group, type__in=["content_event", "product_purchased", "thing_viewed"]).values_list("timestamp", flat=True)
        )
        for key, group in groups.items()
    }
    assert len(hot[90]) == 0
    assert len(hot[0]) == 12
    assert hot[None] == [moment for moment in hot[0] if moment >= limit]
    assert 0 < len(hot[None]) < 12
    for group in groups.values():
        assert_whole(group, 12)
