"""Files that people hand over for imports: kept where every worker finds them, and forgotten in time."""

import hashlib
import tempfile
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.utils import timezone

from ontology.errors import UploadRefused
from ontology.ids import uuid7

FOLDER = "imports"
ENDINGS = (".ndjson", ".jsonl", ".json", ".csv")
PACKED = ("", ".gz", ".zst")
_COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was handed over: `key` is where it is kept, `name` what its owner calls it."""

    key: str
    name: str
    sha256: str
    size_bytes: int


def upload_keep(parts: Iterable[bytes], name: str) -> Upload:
    """Keeps what PARTS bring, under a key of its own. Raises UploadRefused for an ending that is none of ours, an empty file, or one that is too large."""
    ending = _ending(name)
    limit, digest, size = settings.IMPORT_BYTES_MAX, hashlib.sha256(), 0
    try:
        with tempfile.NamedTemporaryFile(prefix="sextant-upload-") as taken:
            for part in parts:
                size += len(part)
                if size > limit:
                    raise UploadRefused(f"The file has more than {limit / 1e9:g} GB; split it, or load it with `manage.py load_ontology`.")
                digest.update(part)
                taken.write(part)
            if not size:
                raise UploadRefused("The file is empty.")
            taken.seek(0)
            key = default_storage.save(f"{FOLDER}/{uuid7()}{ending}", File(taken))
    except OSError as full:
        raise UploadRefused(f"The file could not be kept: {full.strerror or full}. Nothing of it stays; try again later.") from full
    return Upload(key, PurePosixPath(name.replace("\\", "/")).name[:200], digest.hexdigest(), size)


def _ending(name: str) -> str:
    lower = name.lower()
    for ending in (f"{kind}{packed}" for packed in reversed(PACKED) for kind in ENDINGS):
        if lower.endswith(ending):
            return ending
    raise UploadRefused(
        f"The name {name[-80:]!r} must end in {', '.join(ENDINGS)}, or in one of these and .gz or .zst: it says how the file is read."
    )


@contextmanager
def upload_path(key: str) -> Iterator[Path]:
    """The kept file as a path of this machine; from a storage elsewhere, as a copy until the end of the block. Raises UploadRefused when it is gone."""
    here = _path_here(key)
    if here is not None:
        if not here.exists():
            raise UploadRefused("The file of this run is no more there; hand it over again.")
        yield here
        return
    with tempfile.TemporaryDirectory(prefix="sextant-upload-") as folder:
        path = Path(folder, PurePosixPath(key).name)
        with default_storage.open(key) as kept, path.open("wb") as copy:
            while part := kept.read(_COPY_BYTES):
                copy.write(part)
        yield path


def _path_here(key: str) -> Path | None:
    """Where the kept file lies on this machine; None for a storage elsewhere."""
    try:
        return Path(default_storage.path(key))
    except NotImplementedError:  # so a storage says that its files have no paths
        return None


def upload_forget(key: str) -> None:
    """Deletes the kept file, if it is there."""
    default_storage.delete(key)


def uploads_abandoned(known: Container[str], days: int) -> int:
    """Deletes files older than DAYS whose key is none of the KNOWN: somebody looked at them and loaded them never; how many."""
    long_ago, count = timezone.now() - timedelta(days=days), 0
    if not default_storage.exists(FOLDER):
        return 0
    for name in default_storage.listdir(FOLDER)[1]:
        key = f"{FOLDER}/{name}"
        if key not in known and default_storage.get_modified_time(key) < long_ago:
            upload_forget(key)
            count += 1
    return count
