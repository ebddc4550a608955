"""Whether this process has been asked to end: a worker then stops its runs at a chunk's edge, rather than losing the chunk."""

import mmap

_asked = mmap.mmap(-1, 1)
"""A byte shared with the children that a worker forks later. No lock stands before it: one that a killed child held would never open again."""


def process_stops() -> None:
    """Asks every run of this worker to stop at its chunk's edge."""
    _asked[0] = 1


def process_is_stopping() -> bool:
    """Whether runs should stop at their chunk's edge."""
    return _asked[0] == 1
