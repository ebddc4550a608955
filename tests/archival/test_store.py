"""The one door to object storage: the same promises in a folder and in S3."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from archival.errors import ObjectDamaged, ObjectExists, ObjectMissing, StoreError
from archival.store import FolderStore, S3Store, Store, store_at
from tests.s3 import BUCKET, KEY, Gate, s3

DIGEST = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
"""The SHA-256 of b"hello"."""


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    with s3() as bucket:
        yield bucket


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path, gate: Gate) -> Store:
    gate.rate = 0.0
    if request.param == "folder":
        return FolderStore(tmp_path / "there")
    return store_at(gate.url.replace("/events?", f"/{tmp_path.name}?"))


def test_store__gives_what_it_was_given(place: Store) -> None:
    place.put("a/b=c/d.parquet", b"hello")

    assert place.get("a/b=c/d.parquet") == b"hello"
    assert place.get_whole("a/b=c/d.parquet", DIGEST) == b"hello"
    assert place.exists("a/b=c/d.parquet")


def test_store__never_replaces(place: Store) -> None:
    place.put("a/b", b"hello")

    with pytest.raises(ObjectExists):
        place.put("a/b", b"other")

    assert place.get("a/b") == b"hello"


def test_store__tells_what_is_missing_and_what_is_damaged(place: Store) -> None:
    place.put("a/b", b"hallo")

    with pytest.raises(ObjectMissing):
        place.get("a/c")
    with pytest.raises(ObjectDamaged):
        place.get_whole("a/b", DIGEST)
    assert not place.exists("a/c")


def test_store__deletes_once_or_twice(place: Store) -> None:
    place.put("a/b", b"hello")

    place.delete("a/b")
    place.delete("a/b")

    assert not place.exists("a/b")


def test_store__names_its_place_without_secrets(gate: Gate, tmp_path: Path) -> None:
    assert store_at(gate.url).place == f"s3://{BUCKET}/events/"
    assert FolderStore(tmp_path).place == tmp_path.as_uri()


def test_s3__refuses_a_wrong_secret(gate: Gate) -> None:
    gate.rate = 0.0
    wrong = store_at(gate.url.replace("secret-of-tests", "another"))

    with pytest.raises(StoreError, match="SignatureDoesNotMatch"):
        wrong.put("a/b", b"hello")


def test_s3__refuses_a_body_that_is_not_its_checksum(gate: Gate) -> None:
    gate.rate = 0.0
    bucket = store_at(gate.url)
    assert isinstance(bucket, S3Store)

    with pytest.raises(Exception, match="BadDigest"):
        bucket._storage.bucket.put_object(Key="events/x", Body=b"hello", ChecksumSHA256="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")


def test_s3__busy_and_broken_lines_are_tried_again(gate: Gate) -> None:
    bucket = store_at(gate.url.replace("/events?", "/busy?"))
    gate.rate, gate.faults = 0.3, ("busy", "reset", "answer_lost")
    before = gate.broken

    for n in range(10):
        with suppress(ObjectExists):  # the first try was done, and its answer lost
            bucket.put(f"n/{n}", b"hello")
    found = [bucket.get(f"n/{n}") for n in range(10)]
    gate.rate = 0.0

    assert found == [b"hello"] * 10
    assert gate.broken > before


@pytest.mark.parametrize("url", ["ftp://x/y", "file://host/x", "s3:///x", f"{KEY}", "", "azure:///x"])
def test_store__unknown_addresses_are_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="ARCHIVE_URL must be"):
        store_at(url)
