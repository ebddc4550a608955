"""File locks that the kernel releases when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.progress import say


def lock(path: Path, *, wait: bool) -> int | None:
    """Return a descriptor that holds `path` exclusively; None if taken and not waiting.

    Closing the descriptor releases it.
    """
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        except BaseException:
            os.close(handle)
            raise
        if _is_still(path, handle):
            return handle
        # Somebody removed the file while we waited: what we hold, nobody else looks at.
        os.close(handle)


def _is_still(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


@contextmanager
def exclusive(path: Path, waiting_for: str) -> Iterator[int]:
    """Hold `path` exclusively; when another process does, say so and wait for it."""
    handle = lock(path, wait=False)
    if handle is None:
        say(f"Waiting for {waiting_for} ...")
        handle = lock(path, wait=True)
    assert handle is not None
    try:
        yield handle
    finally:
        os.close(handle)


class Leases:
    """Who uses a thing: one locked file per user in a folder, with the user's name in it.

    Take, drop and list only under a lock of your own; a killed user's file is unlocked.
    """

    def __init__(self, folder: Path) -> None:
        """Name the folder of the entries; it is made by the first user."""
        self.folder = folder

    def take(self, name: str) -> tuple[Path, int]:
        """Enter this process as a user and return the entry, to be given to `drop`."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        path = self.folder / f"{os.getpid()}-{os.urandom(4).hex()}"
        handle = lock(path, wait=True)
        assert handle is not None
        os.write(handle, name.encode())
        return path, handle

    def drop(self, entry: tuple[Path, int]) -> None:
        """Leave; the entry's file goes with it."""
        path, handle = entry
        path.unlink(missing_ok=True)
        os.close(handle)

    def holders(self) -> list[str]:
        """Return the names of the living users; entries of dead ones are swept away."""
        names = []
        for path in sorted(self.folder.glob("*-*")):
            handle = lock(path, wait=False)
            if handle is None:
                names.append(path.read_text())
            else:
                path.unlink(missing_ok=True)
                os.close(handle)
        return names
