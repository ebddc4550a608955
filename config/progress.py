"""Progress lines: what the set-up does now, with the seconds since it began."""

from __future__ import annotations

import sys
import time

_BEGAN = time.monotonic()


def say(text: str) -> None:
    """Write one line to standard error, so that a command's own output stays clean."""
    sys.stderr.write(f"[{time.monotonic() - _BEGAN:5.1f} s] {text}\n")
    sys.stderr.flush()
