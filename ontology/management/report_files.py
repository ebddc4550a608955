"""Files that commands write a report to: asked for before the work, so that an hour's work does not end at a folder that is not there."""

import argparse
import os
from pathlib import Path

from django.core.management.base import CommandError


def report_file(text: str) -> Path:
    """The type of an argument that names such a file. Raises ArgumentTypeError where none could be written; nothing is made yet."""
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{path} is a folder; name a file.")
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{path} cannot be written: there is no folder {path.parent}.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{path} cannot be written: permission denied.")
    return path


def report_write(path: Path, text: str) -> None:
    """Writes the report. Raises CommandError where it cannot be, as on a full disk."""
    try:
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as refused:
        raise CommandError(f"The report cannot be written to {path}: {refused.strerror}. The work is done.") from None
