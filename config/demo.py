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
from config.parts import BEHIND, MIGRATE, WEB
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
        """Describe the demo; nothing runs yet."""
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

    def _serve(self, password: str, addresses: Mapping[str, str]) -> int:
        """Fill the database, start the parts and watch them."""
        environ = {**self.environ, **addresses, "DEMO": "1", "PYTHONUNBUFFERED": "1"}
        login = {"DEMO_EMAIL": EMAIL, "DEMO_PASSWORD": password}
        self._manage(MIGRATE.command[-1], environ, "--verbosity", "0")
        self._manage("load_demo", environ | login)
        self._manage("archive_policy", environ, "cdnow-sample", "--keep-cold")  # its events are older than any would be kept
        self._manage("archive_policy", environ, "netbox", "--keep-cold")
        self._manage("archive_events", environ, "--worker")
        try:
            with self._listening() as listener:
                port = listener.getsockname()[1]
                # A listening socket handed over cannot be lost to another demo meanwhile.
                self._spawn(WEB.name, [*self._program(WEB.command), "--bind", f"fd://{listener.fileno()}"], environ, listener.fileno())
            for part in BEHIND:
                self._spawn(part.name, self._program(part.command), environ)
            return self._watch(f"http://{HOST}:{port}/", port)
        finally:
            with undisturbed():
                self._note.unlink(missing_ok=True)
                self._stop()

    def _program(self, command: Sequence[str]) -> list[str | Path]:
        return [self.bin / command[0], *command[1:]]

    def _manage(self, verb: str, environ: Mapping[str, str], *words: str) -> None:
        say(f"manage.py {verb} ...")
        command = [str(self.bin / "python"), "manage.py", verb, *words]
        code = foreground(command, environ, self.root)
        if code >= 128:
            raise KeyboardInterrupt
        if code:
            message = f"manage.py {verb} failed with exit code {code}; its words stand above."
            raise SetupError(message)

    def _listening(self) -> socket.socket:
        """Return a socket that listens on PORT, or else on the first free port from 8000."""
        asked = self.environ.get("PORT", "")
        if asked and not asked.isdigit():
            raise SetupError(f"PORT={asked} is no number.")
        for port in [int(asked)] if asked else range(FIRST_PORT, FIRST_PORT + 1000):
            with contextlib.suppress(OSError):
                return socket.create_server((HOST, port), backlog=256)
        raise SetupError(f"Port {asked or FIRST_PORT} of {HOST} is taken: set PORT to another.")

    def _spawn(self, name: str, command: Sequence[str | Path], environ: Mapping[str, str], *keep: int) -> None:
        """Start a part in a session of its own: a Ctrl-C reaches us alone, and we end it."""
        log = open_log(self.folder / "log" / f"{name}.log")
        try:
            self.children[name] = subprocess.Popen(  # noqa: S603
                command,
                cwd=self.root,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                umask=0o077,
                preexec_fn=dying_with_parent(signal.SIGTERM),
                pass_fds=keep,
            )
        finally:
            os.close(log)

    def _watch(self, address: str, port: int) -> int:
        """Wait for the first answer, tell the address, then wait for the end of a part."""
        say("Waiting for the first answer ...")
        deadline = time.monotonic() + ANSWER_PATIENCE_SECONDS
        status = 0
        while not self._dead() and status != http.client.OK:
            status = _status(port)
            if time.monotonic() > deadline:
                log = self.folder / "log" / "web.log"
                message = f"/healthz answers {status or 'nothing'}; {log} ends with:\n"
                raise SetupError(message + last_lines(log))
            time.sleep(0.1)
        if not self._dead():
            note = {"address": address, "pid": os.getpid()}
            write_private(self._note, json.dumps(note))
            servers = Servers(self.folder, self.bin / "python", self.environ)
            self._tell(address, servers, "Ctrl-C stops all of it.")
        while not self._dead():
            time.sleep(0.3)
        for name in self._dead():
            log = self.folder / "log" / f"{name}.log"
            code = self.children[name].returncode
            say(f"The {name} ended with code {code}; {log} ends with:\n{last_lines(log)}")
        return 1

    def _dead(self) -> list[str]:
        return [name for name, child in self.children.items() if child.poll() is not None]

    def _stop(self) -> None:
        """End all parts: asked together, so that their ends do not add up."""
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        for name, child in self.children.items():
            say(f"Stopping {name} ...")
            stop_child(child)


def _status(port: int) -> int:
    """Return the HTTP status of /healthz, 0 while nobody answers."""
    link = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        link.request("GET", "/healthz")
        return link.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        link.close()
