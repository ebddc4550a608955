"""UUIDv7 ids (RFC 9562): sorted by time, made here so that a bulk call knows its ids before it writes."""

import itertools
import os
import struct
import time
import uuid

_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
_TAIL_BITS = 62
_UNIX_MS_MAX = (1 << 48) - 1


def uuid7() -> uuid.UUID:
    """A new id of this moment."""
    return uuid.UUID(int=_compose(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10))))


def uuid7_batch(count: int) -> list[str]:
    """COUNT new ids in ascending order, as text: one clock reading, one random start, steps of random width (RFC 9562, 6.2, method 2).

    Only the last 48 bits differ within a batch: they start below 2^47 and 10,000 steps of at most 2^32 stay below 2^48.
    """
    shared, node = str(uuid7())[:24], int.from_bytes(os.urandom(6)) >> 1
    steps = itertools.chain.from_iterable(struct.iter_unpack("=I", os.urandom(4 * count)))
    nodes = itertools.islice(itertools.accumulate(steps, lambda value, step: value + step + 1, initial=node), count)
    return [f"{shared}{value:012x}" for value in nodes]


def uuid7_at(unix_ms: int, tail: bytes) -> str:
    """The id of a moment with a given tail of at least 10 bytes: the same moment and tail give the same id.

    A moment outside what 48 bits of milliseconds hold (before 1970, after 10889) is clamped.
    """
    return _text(_compose(min(max(unix_ms, 0), _UNIX_MS_MAX), int.from_bytes(tail[:10])))


def _compose(unix_ms: int, randomness: int) -> int:
    high = (randomness >> _TAIL_BITS) & 0xFFF
    low = randomness & ((1 << _TAIL_BITS) - 1)
    return (unix_ms << 80) | _VERSION_AND_VARIANT | (high << 64) | low


def _text(value: int) -> str:
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
