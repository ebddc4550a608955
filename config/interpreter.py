"""Finding a Python that Sextant runs on; any Python from 3.7 can read this file."""

from __future__ import annotations

import glob
import importlib.util
import os
import subprocess
import sys

VERSIONS = ((3, 12), (3, 13))
NAMES = ("python3.12", "python3.13", "python3", "python")
PLACES = (
    "~/.pyenv/versions/*/bin",
    "~/.local/share/uv/python/*/bin",
    "~/.local/bin",
    "/usr/local/bin",
    "/usr/bin",
    "/opt/homebrew/bin",
)
PROBE = (
    "import sys, importlib.util as u;"
    "print(sys.version_info[0], sys.version_info[1],"
    " int(bool(u.find_spec('venv') and u.find_spec('ensurepip'))), sys.executable)"
)
NO_PYTHON = (
    "Sextant needs Python 3.12 or 3.13 and found neither: install one"
    " (for example `apt install python3.12 python3.12-venv` or `pyenv install 3.12`)"
    " or name it with PYTHON=/path/to/python3.12."
)
NO_VENV = "{} lacks the venv or ensurepip module: install it (for example `apt install python3.12-venv`)."


class PythonMissing(Exception):
    """No usable Python; the text is the sentence for the person."""


def own_is_usable(venv: str) -> bool:
    """Return whether this interpreter itself can make `venv` (and is not inside it)."""
    return (
        sys.version_info[:2] in VERSIONS
        and os.path.realpath(sys.prefix) != os.path.realpath(venv)
        and importlib.util.find_spec("venv") is not None
        and importlib.util.find_spec("ensurepip") is not None
    )


def find(environ: dict[str, str], venv: str) -> str:
    """Return the path of a Python 3.12 or 3.13 that can make virtual environments.

    Runs the candidates, since a pyenv shim exists and fails. Raises PythonMissing.
    """
    lacking = ""
    for path in _candidates(environ):
        if _inside(path, venv):
            continue
        version, complete, executable = _probe(path)
        if version in VERSIONS and complete and not _inside(executable, venv):
            return executable
        if version in VERSIONS:
            lacking = lacking or executable
    raise PythonMissing(NO_VENV.format(lacking) if lacking else NO_PYTHON)


def _inside(path: str, venv: str) -> bool:
    return os.path.abspath(path).startswith(os.path.abspath(venv) + os.sep)


def _candidates(environ: dict[str, str]) -> list[str]:
    """List existing executables, the wished-for one first, each once."""
    folders = [folder for folder in environ.get("PATH", "").split(os.pathsep) if folder]
    for place in PLACES:
        folders += sorted(glob.glob(os.path.expanduser(place)))
    found = [environ.get("PYTHON", ""), str(getattr(sys, "_base_executable", ""))]
    found += [os.path.join(folder, name) for name in NAMES for folder in folders]
    # A dict keeps the order and drops the repetitions.
    return [path for path in dict.fromkeys(found) if path and os.access(path, os.X_OK)]


def _probe(path: str) -> tuple[tuple[int, int], bool, str]:
    """Run `path` and return its version, whether venv works, and its real path."""
    try:
        answer = subprocess.run(  # noqa: S603 - the person's own interpreters
            [path, "-c", PROBE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=20,
            check=True,
        ).stdout.decode()
        major, minor, complete, executable = answer.strip().split(" ", 3)
    except (OSError, ValueError, subprocess.SubprocessError):
        return (0, 0), False, path
    return (int(major), int(minor)), complete == "1", executable
