"""The virtual environment `.venv`: made, filled from pinned requirements, repaired.

A state file in it says what was installed. While an installation runs it says so
instead, and whoever finds that later (the run was killed) begins afresh.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from config.errors import SetupError, sentence_in
from config.files import last_lines, open_log, remove_tree
from config.interpreter import VERSIONS
from config.locks import exclusive
from config.processes import dying_with_parent
from config.progress import say

# Each set contains the ones before it; the number is the room in MiB, a half above what
# was measured on Linux (198 for embedded, 546 for dev).
SETS = {"base": 200, "embedded": 300, "test": 350, "dev": 1000, "emulators": 1200}
MIB = 1024 * 1024
NO_NETWORK = (
    "NewConnectionError",
    "Temporary failure in name resolution",
    "Name or service not known",
    "Network is unreachable",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "Connection refused",
    "ProxyError",
    "from versions: none",
)


class Environment:
    """The virtual environment of the project at `root`."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        """Describe the environment; variables that would lead pip astray are left out."""
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.environ = {
            key: value for key, value in environ.items() if key not in ("PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX")
        }
        self._state = self.folder / "sextant.json"

    def ensure(self, wanted: str) -> Path:
        """Return the Python in which the set `wanted` is installed, as pinned now."""
        if self._has(wanted):
            return self.python
        var = self.root / "var"
        var.mkdir(mode=0o700, exist_ok=True)
        with exclusive(var / "setup.lock", "another set-up in this folder") as handle:
            if not self._has(wanted):
                self._install(wanted, handle)
        return self.python

    def _pins(self, wanted: str) -> dict[str, str]:
        """Return the hash of the requirements of `wanted` and of each set within it."""
        names = list(SETS)
        return {name: hashlib.sha256(self._requirements(name).read_bytes()).hexdigest() for name in names[: names.index(wanted) + 1]}

    def _requirements(self, name: str) -> Path:
        return self.root / "requirements" / f"{name}.txt"

    def _read(self) -> dict[str, str]:
        """Return the state file's content, empty when there is none that can be read."""
        try:
            state = json.loads(self._state.read_text())
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def _has(self, wanted: str) -> bool:
        state = self._read()
        return (
            # A copied or moved environment has programs that name the old place.
            state.get("folder") == str(self.folder) and state.get(wanted) == self._pins(wanted)[wanted] and self._works()
        )

    def _works(self) -> bool:
        check = f"import sys, pip; sys.exit(sys.version_info[:2] not in {VERSIONS})"
        try:
            answer = subprocess.run(  # noqa: S603
                [self.python, "-c", check], env=self.environ, capture_output=True, check=False
            )
        except OSError:
            return False
        return answer.returncode == 0

    def _install(self, wanted: str, handle: int) -> None:
        state = self._read()
        self._check_room(wanted)
        log = self.root / "var" / "setup.log"
        log.unlink(missing_ok=True)
        whole = "installing" not in state and state.get("folder", str(self.folder)) == str(self.folder)
        if not whole or not self._works():
            self._make(log, handle)
        self._write({"installing": wanted})
        say(f"Installing the packages of requirements/{wanted}.txt ...")
        command: list[str | Path] = [self.python, "-m", "pip", "install", "--require-hashes", "--no-deps", "--no-input"]
        # The files name every package. Asked to resolve, pip stumbles over `coverage[toml]` as soon as a newer coverage is out.
        command += ["--disable-pip-version-check", "--progress-bar=off"]
        command += ["-r", self._requirements(wanted)]
        if self._run(command, log, handle):
            raise SetupError(_reason(log))
        self._write({"folder": str(self.folder)} | self._pins(wanted))
        say("The virtual environment is ready.")

    def _make(self, log: Path, handle: int) -> None:
        """Make the environment anew; a file of the person's own by that name stays."""
        if self.folder.is_symlink() or (self.folder.exists() and not self.folder.is_dir()):
            message = f"{self.folder} is no folder: move it away and run the same command again."
            raise SetupError(message)
        if self.folder.exists():
            say("Making the virtual environment anew: the one there is not whole ...")
            remove_tree(self.folder)
        else:
            say("Making the virtual environment ...")
        self.folder.mkdir()
        self._write({"installing": ""})
        if self._run([Path(sys.executable), "-m", "venv", self.folder], log, handle):
            raise SetupError(_reason(log))

    def _write(self, state: Mapping[str, str]) -> None:
        half = self._state.with_suffix(".half")
        half.write_text(json.dumps(state, indent=1))
        half.replace(self._state)

    def _check_room(self, wanted: str) -> None:
        needed = SETS[wanted] * MIB
        if self.folder.exists():
            needed //= 2  # most of it is there already
        free = shutil.disk_usage(self.root).free
        if free < needed:
            message = (
                f"The disk is full: {self.root} has {free // MIB} MB free and the set-up"
                f" needs {needed // MIB} MB; free some space and run the same command again."
            )
            raise SetupError(message)

    def _run(self, command: Sequence[str | Path], log: Path, handle: int) -> int:
        """Run a step with its output in the log; say now and then where it is."""
        output = open_log(log)
        try:
            child = subprocess.Popen(  # noqa: S603
                command,
                cwd=self.root,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=dying_with_parent(signal.SIGKILL),
                # Should we be killed, the next set-up waits for the child's end too.
                pass_fds=(handle,),
            )
        finally:
            os.close(output)
        try:
            told = time.monotonic()
            while child.poll() is None:
                time.sleep(0.05)
                if time.monotonic() - told > 5:
                    told = time.monotonic()
                    say(f"  {_where_pip_is(log)} ...")
            return child.returncode
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()


def _where_pip_is(log: Path) -> str:
    text = log.read_text(errors="replace")
    if "Installing collected packages" in text:
        return "writing the packages"
    return f"fetched {len(re.findall('^Collecting ', text, re.MULTILINE))} packages"


def _reason(log: Path) -> str:
    """Return the one sentence for a failed step, the log's end when nothing fits."""
    text = log.read_text(errors="replace")
    known = sentence_in(text)
    if known:
        return known
    if "ensurepip is not available" in text or "No module named ensurepip" in text:
        return f"{sys.executable} lacks ensurepip: install it (`apt install python3-venv`)."
    if "DO NOT MATCH THE HASHES" in text:
        return f"A package is not the one that was pinned (its hash differs): see {log}."
    if any(words in text for words in NO_NETWORK):
        return f"pip cannot fetch the packages: is there a network connection? (See {log}.)"
    return f"The packages could not be installed; {log} ends with:\n{last_lines(log)}"
