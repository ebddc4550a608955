"""archive_ddl: the archive as it lies, read by engines that know nothing of us."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pandas
import pyarrow.parquet
import pytest
import sqlglot
from django.core.management import CommandError, call_command

from archival.ddl import ENGINES, ddl
from archival.models import ArchiveBatch
from archival.store import store_at
from ontology.models import Group
from tests.archival.world import archived, old_events
from tests.factories import make_group
from tests.s3 import Gate, s3

pytestmark = pytest.mark.django_db
DIALECTS = {"athena": "athena", "duckdb": "duckdb", "bigquery": "bigquery", "spark": "spark", "trino": "trino"}
PLACES = {"athena": "s3://bucket/x", "bigquery": "gs://bucket/x", "spark": "s3://bucket/x", "trino": "s3://bucket/x"}


@pytest.fixture
def group() -> Group:
    group = make_group()
    old_events(group, 40, step=86_400.0)
    archived(group)
    return group


def printed(engine: str) -> str:
    out = StringIO()
    call_command("archive_ddl", "--engine", engine, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("engine", ENGINES)
def test_archive_ddl__parses_in_each_dialect(engine: str, monkeypatch: pytest.MonkeyPatch, archive: Path) -> None:
    place = PLACES.get(engine, archive.as_uri())
    monkeypatch.setattr("archival.ddl.store", lambda: type("There", (), {"place": place}))

    text = printed(engine)
    if engine == "bigquery":  # whose clause for partitions sqlglot does not know yet
        text, found = re.subn(r"WITH PARTITION COLUMNS \(`group` STRING, month STRING\)\n", "", text)
        assert found == 1
    statements = [it for it in sqlglot.parse(text, dialect=DIALECTS[engine]) if it is not None]

    assert statements
    assert statements[0].key == "create"


def test_duckdb__in_a_process_of_its_own_counts_what_the_manifest_says(group: Group) -> None:
    code = f"import duckdb, json; duckdb.sql({ddl('duckdb')!r}); print(json.dumps(duckdb.sql('SELECT count(*), sum(CAST(metadata->>\\'n\\' AS INT)) FROM sextant_events').fetchone()))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert json.loads(done.stdout) == [40, 820]
    assert sum(ArchiveBatch.objects.values_list("rows", flat=True)) == 40


def test_pyarrow_and_pandas__read_the_folder_as_it_is(group: Group, archive: Path) -> None:
    (installation,) = archive.iterdir()

    table = pyarrow.parquet.read_table(installation)
    frame = pandas.read_parquet(installation)

    assert (table.num_rows, len(frame)) == (40, 40)
    assert min(table.column("month").to_pylist()) == "2024-05"
    assert frame["timestamp"].is_monotonic_increasing


@pytest.fixture
def bucket(settings: Any) -> Iterator[Gate]:
    with s3() as gate:
        settings.ARCHIVE_URL = gate.url
        yield gate


def test_objects_of_a_bucket__are_read_as_they_are(bucket: Gate) -> None:
    import io

    group = make_group()
    old_events(group, 40, step=86_400.0)
    batches = archived(group)
    there = store_at(bucket.url)

    tables = [pyarrow.parquet.read_table(io.BytesIO(there.get(batch.key))) for batch in batches]
    frames = [pandas.read_parquet(io.BytesIO(there.get(batch.key))) for batch in batches]

    assert (sum(table.num_rows for table in tables), sum(map(len, frames))) == (40, 40)


def test_archive_ddl__refuses_a_store_that_the_engine_does_not_reach() -> None:
    with pytest.raises(CommandError, match="athena reads s3 and not file"):
        printed("athena")


def test_archive_ddl__refuses_a_name_that_is_none() -> None:
    with pytest.raises(CommandError, match="--table"):
        call_command("archive_ddl", "--engine", "duckdb", "--table", "x; DROP TABLE y")
