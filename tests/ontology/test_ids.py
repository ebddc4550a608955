"""UUIDv7 ids: their form, their order, and the ones made from content."""

import time
import uuid

from hypothesis import given
from hypothesis import strategies as st

from ontology.ids import uuid7, uuid7_at, uuid7_batch

BATCH = 10_000


def moment(value: uuid.UUID) -> int:
    return value.int >> 80


def is_version_7(value: uuid.UUID) -> bool:
    return (value.int >> 76) & 0xF == 7 and (value.int >> 62) & 0b11 == 0b10


def test_uuid7__is_of_this_moment() -> None:
    before = time.time_ns() // 1_000_000

    made = uuid7()

    assert is_version_7(made)
    assert before <= moment(made) <= time.time_ns() // 1_000_000


def test_uuid7__never_twice() -> None:
    assert len({uuid7() for _ in range(BATCH)}) == BATCH


def test_uuid7_batch__ascending_unique_and_of_the_version() -> None:
    made = uuid7_batch(BATCH)

    assert made == sorted(set(made))
    assert len(made) == BATCH
    assert all(str(uuid.UUID(text)) == text and is_version_7(uuid.UUID(text)) for text in made)
    assert len({moment(uuid.UUID(text)) for text in made}) == 1


def test_uuid7_batch__two_batches_share_nothing() -> None:
    assert not set(uuid7_batch(BATCH)) & set(uuid7_batch(BATCH))


def test_uuid7_batch__sizes() -> None:
    assert [len(uuid7_batch(count)) for count in (0, 1, 2, 999)] == [0, 1, 2, 999]


@given(st.integers(0, (1 << 48) - 1), st.binary(min_size=10, max_size=16))
def test_uuid7_at__same_moment_and_tail_same_id(unix_ms: int, tail: bytes) -> None:
    made = uuid.UUID(uuid7_at(unix_ms, tail))

    assert uuid7_at(unix_ms, tail) == str(made)
    assert (moment(made), is_version_7(made)) == (unix_ms, True)


@given(st.integers(0, (1 << 48) - 2), st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_uuid7_at__sorts_by_moment(unix_ms: int, tail: bytes, other: bytes) -> None:
    assert uuid7_at(unix_ms, tail) < uuid7_at(unix_ms + 1, other)


@given(st.integers())
def test_uuid7_at__any_moment_is_clamped(unix_ms: int) -> None:
    assert moment(uuid.UUID(uuid7_at(unix_ms, bytes(10)))) == min(max(unix_ms, 0), (1 << 48) - 1)
