"""Backups of the ontology in object storage: pieces, and last an object that says which and what they come to."""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured

from archival.store import Store, store_at
from ontology.errors import BackupRefused
from ontology.migration.backup import Manifest, backup_verify, backup_write

PIECE_BYTES = 64 << 20


def is_url(place: str) -> bool:
    """Whether PLACE is in object storage."""
    return "://" in place


@contextmanager
def backup_at(url: str) -> Iterator[Path]:
    """The backup at URL as a file, until the end of the block; what is written beside it is gone then too. Raises BackupRefused, StoreError."""
    store, name = _found(url)
    with tempfile.TemporaryDirectory() as folder:
        path, told = Path(folder, name), json.loads(store.get(f"{name}/whole"))
        with path.open("wb") as file:
            for number, digest in enumerate(told["pieces"]):
                file.write(store.get_whole(f"{name}/{number:06d}", digest))
        yield path


def backup_send(path: Path, url: str) -> None:
    """Writes the backup in PATH to URL, piece by piece, each read back; it is there once its last object is. Raises BackupRefused, StoreError."""
    store, name = _found(url)
    if store.exists(f"{name}/whole"):
        raise BackupRefused(f"There is a backup {name} already; a backup overwrites nothing.")
    digests: list[str] = []
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            key, digest = f"{name}/{len(digests):06d}", hashlib.sha256(piece).hexdigest()
            if not store.exists(key):  # an attempt that was cut off left it
                store.put(key, piece)
            store.get_whole(key, digest)
            digests.append(digest)
    store.put(f"{name}/whole", json.dumps({"pieces": digests}).encode())


def backup_write_at(url: str) -> Manifest:
    """Backs up into object storage, verified here and there. Raises BackupRefused, StoreError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rows.backup")
        manifest = backup_write(path)
        backup_send(path, url)
    with backup_at(url) as back:
        if backup_verify(back, database=manifest.database) != manifest:
            raise BackupRefused("The backup in object storage is not what was written.")
    return manifest


def _found(url: str) -> tuple[Store, str]:
    parts = urlsplit(url)
    folder, _, name = parts.path.rpartition("/")
    if not name:
        raise BackupRefused("The address of a backup ends with its name, such as s3://bucket/backups/before.backup.")
    try:
        return store_at(urlunsplit(parts._replace(path=folder or "/"))), name
    except ImproperlyConfigured as wrong:
        raise BackupRefused(str(wrong).replace("ARCHIVE_URL", "The address of a backup")) from None
