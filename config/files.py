"""Private files and logs below var/."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from pathlib import Path

LOG_LIMIT_BYTES = 20 * 1024 * 1024


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600, whole or not at all."""
    half = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    half.replace(path)


def remove_tree(path: Path, patience: float = 10) -> None:
    """Remove a folder that a process, killed a moment ago, may still be writing to."""
    deadline = time.monotonic() + patience
    while path.exists():
        try:
            shutil.rmtree(path)
        except OSError as problem:
            if problem.errno not in (errno.ENOENT, errno.ENOTEMPTY) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def open_log(path: Path) -> int:
    """Return a descriptor that appends to `path`; past the limit it starts afresh."""
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_name(path.name + ".1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def last_lines(path: Path, count: int = 15, since: int = 0) -> str:
    """Return the last lines of a log, at most 64 KiB back and not before byte `since`."""
    try:
        with path.open("rb") as log:
            log.seek(max(since, path.stat().st_size - 65536))
            text = log.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-count:])
