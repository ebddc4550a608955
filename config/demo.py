"""The demo: servers, data, web, worker and beat together, until Ctrl-C."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from config.embedded import HOST
from config.errors import SetupError
from config.files import last_lines, open_log, write_private
from config.locks import lock
from config.processes import dying_with_parent, foreground, stop_child, undisturbed
from config.progress import say
from config.servers import Servers
from config.venv import Environment

EMAIL = "staff@sextant.example"
FIRST_PORT = 8000
ANSWER_PATIENCE_SECONDS = 120
READY = """
  Sextant is running.

    address   {address}
    e-mail    {email}
    password  {password}
    logs      {logs}

  {ending}
"""


class Demo:
    """The demo of the project at `root`; at most one runs there at a time."""

    def __init__(self, root: Path, environ: Mapping[str, str]) -> None:
        self.root = root
        self.environ = environ
        self.folder = root / "var" / "demo"
        self.bin = root / ".venv" / "bin"
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def run(self) -> int:
        """Run until Ctrl-C (0) or until a part dies (1); joins a demo that runs already."""
        python = Environment(self.root, self.environ).ensure("embedded")
        servers = Servers(self.folder, python, self.environ)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._alone(servers) as alone:
            if not alone:
                return 0
            try:
                with servers.used("make demo") as addresses:
                    return self._serve(servers.secret()["demo"], addresses)
            except (KeyboardInterrupt, SystemExit):
                say("The demo is stopped; its data stays in var/demo.")
                return 0

    @contextlib.contextmanager
    def _alone(self, servers: Servers) -> Iterator[bool]:
        """Give True while this is the folder's only demo; else tell where the other is."""
        handle = lock(self.folder / "demo.lock", wait=False)
        told = False
        while handle is None:
            with contextlib.suppress(OSError, ValueError):
                running = json.loads(self._note.read_text())
                self._tell(running["address"], servers, f"It runs as pid {running['pid']}.")
                yield False
                return
            if not told:
                say("Another `make demo` is starting here; waiting for its address ...")
                told = True
            time.sleep(0.3)
            handle = lock(self.folder / "demo.lock", wait=False)
        try:
            self._note.unlink(missing_ok=True)
            yield True
        finally:
            self._note.unlink(missing_ok=True)
            os.close(handle)

    @property
    def _note(self) -> Path:
        """Where the running demo's address stands, for a second one to find."""
        return self.folder / "demo.json"

    def _tell(self, address: str, servers: Servers, ending: str) -> None:
        text = READY.format(
            address=address,
            email=EMAIL,
            password=servers.secret()["demo"],
            logs=self.folder / "log",
            ending=ending,
        )
        sys.stdout.write(text)
        sys.stdout.flush()
