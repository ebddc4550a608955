"""Objects of far stores, kept on this machine while they are read: by their hash, the longest unread ones leaving first."""

import contextlib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

_last_sweep = [0.0]
_SWEEP_SECONDS = 30


def cached(sha256: str, fetch: Callable[[], bytes]) -> Path:
    """The file with the content of this hash; FETCH brings it when it is not here. Encrypted objects stay encrypted here."""
    folder: Path = settings.ARCHIVE_CACHE
    path = folder / f"{sha256}.parquet"
    with contextlib.suppress(FileNotFoundError):
        os.utime(path)
        return path
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = folder / f".{secrets.token_hex(8)}.part"
    half.write_bytes(fetch())
    half.replace(path)
    _sweep(folder)
    return path


def forget(sha256: str) -> None:
    """Removes what is kept of an object."""
    (settings.ARCHIVE_CACHE / f"{sha256}.parquet").unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Keeps the folder within ARCHIVE_CACHE_BYTES; looks at most every half minute."""
    if time.monotonic() - _last_sweep[0] < _SWEEP_SECONDS:
        return
    _last_sweep[0] = time.monotonic()
    known = []
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            known.append((path.stat().st_mtime, path.stat().st_size, path))
    spare = sum(size for _, size, _ in known) - settings.ARCHIVE_CACHE_BYTES
    for _, size, path in sorted(known):
        if spare <= 0:
            return
        path.unlink(missing_ok=True)
        spare -= size
