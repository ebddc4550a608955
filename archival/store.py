"""The one door to object storage: a local folder, S3 and compatible, Azure Blob, Google Cloud Storage, all through django-storages.

Objects are written once and never replaced: `put` succeeds only where nothing is, and says so to the service in the same request. Nothing is ever
listed; what is in the store stands in the database.
"""

import base64
import contextlib
import errno
import hashlib
import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage

from archival.errors import ObjectDamaged, ObjectExists, ObjectMissing, StoreError

ATTEMPTS = 4
TIMEOUT_SECONDS = 60
DOWNLOAD_BYTES_MAX = 2**31


class Store(ABC):
    """A place for objects. Every method may raise StoreError, after which it is safe to repeat it."""

    place: str
    """Where it is, without any secret: what a manifest keeps."""

    @abstractmethod
    def put(self, key: str, content: bytes) -> None:
        """Writes CONTENT as KEY, whole or not at all. Raises ObjectExists where something is."""

    @abstractmethod
    def get(self, key: str) -> bytes:
        """The object. Raises ObjectMissing."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Removes the object; none there is no error."""

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Whether there is an object."""

    def path(self, key: str) -> Path | None:
        """The file that holds the object, where it can be opened in place."""
        return None

    def get_whole(self, key: str, sha256: str) -> bytes:
        """The object, its hash compared. Raises ObjectMissing and ObjectDamaged."""
        content = self.get(key)
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise ObjectDamaged(key, f"its SHA-256 is {found}, not {sha256}")
        return content


class FolderStore(Store):
    """A folder of this machine, or one that is mounted."""

    def __init__(self, folder: Path) -> None:
        self.place = folder.as_uri()
        self._files = FileSystemStorage(location=folder, file_permissions_mode=0o600, directory_permissions_mode=0o700)

    def put(self, key: str, content: bytes) -> None:
        """Writes beside, to the disk, then links under the name, which fails where the name is taken."""
        path = Path(self._files.path(key))
        with _told(key):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            half = path.with_name(f".{secrets.token_hex(8)}.part")
            try:
                with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                os.link(half, path)
                _sync_folder(path.parent)
            finally:
                half.unlink(missing_ok=True)

    def get(self, key: str) -> bytes:
        """Reads the file."""
        with _told(key):
            return Path(self._files.path(key)).read_bytes()

    def delete(self, key: str) -> None:
        """Removes the file, and folders that are empty then."""
        path = Path(self._files.path(key))
        with _told(key):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()
            path.parent.parent.rmdir()

    def exists(self, key: str) -> bool:
        """Whether the file is there."""
        return Path(self._files.path(key)).exists()

    def path(self, key: str) -> Path | None:
        """The file itself."""
        return Path(self._files.path(key))


@contextmanager
def _told(key: str) -> Iterator[None]:
    """Errors of files as those of a store."""
    try:
        yield
    except FileExistsError:
        raise ObjectExists(key) from None
    except FileNotFoundError:
        raise ObjectMissing(key) from None
    except OSError as failed:
        what = "the disk is full" if failed.errno == errno.ENOSPC else str(failed.strerror or failed)
        raise StoreError(f"The archive folder does not take or give {key}: {what}.") from failed


def _sync_folder(folder: Path) -> None:
    """Makes the new name last through a loss of power."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class S3Store(Store):
    """A bucket of S3, or of what speaks like it. The service itself compares the checksum and refuses to replace."""

    def __init__(self, bucket: str, prefix: str, options: dict[str, str], *, user: str | None, password: str | None) -> None:
        from botocore.config import Config
        from storages.backends.s3 import S3Storage

        self.place = urlunsplit(("s3", bucket, f"/{prefix}", "", ""))
        self._prefix = prefix
        self._written_with: dict[str, str] = {}
        if "sse" in options:
            self._written_with["ServerSideEncryption"] = options["sse"]
        if "kms" in options:
            self._written_with["SSEKMSKeyId"] = options["kms"]
        config = Config(
            signature_version="s3v4",
            retries={"max_attempts": ATTEMPTS, "mode": "standard"},
            connect_timeout=10,
            read_timeout=TIMEOUT_SECONDS,
            s3={"addressing_style": options.get("addressing", "path" if "endpoint" in options else "auto")},
        )
        self._storage = S3Storage(
            bucket_name=bucket,
            access_key=user,
            secret_key=password,
            endpoint_url=options.get("endpoint"),
            region_name=options.get("region"),
            client_config=config,
        )

    def put(self, key: str, content: bytes) -> None:
        """One request: If-None-Match, and the checksum of what is sent."""
        from botocore.exceptions import BotoCoreError, ClientError

        checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
        try:
            self._storage.bucket.put_object(Key=self._prefix + key, Body=content, IfNoneMatch="*", ChecksumSHA256=checksum, **self._written_with)
        except ClientError as refused:
            if _status(refused) in {409, 412}:
                raise ObjectExists(key) from None
            raise _s3_failed(key, refused) from refused
        except BotoCoreError as failed:
            raise _s3_failed(key, failed) from failed

    def get(self, key: str) -> bytes:
        """The object, in one request and the retries that a broken line needs."""
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        failed: Exception | None = None
        for _ in range(ATTEMPTS):
            try:
                answer: bytes = self._storage.bucket.Object(self._prefix + key).get()["Body"].read()
                return answer
            except ClientError as refused:
                if _status(refused) == 404:
                    raise ObjectMissing(key) from None
                raise _s3_failed(key, refused) from refused
            except (BotoCoreError, HTTPError) as broken:  # in the middle of the body, where botocore itself does not try again
                failed = broken
        raise _s3_failed(key, failed) from failed

    def delete(self, key: str) -> None:
        """One request."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._storage.bucket.Object(self._prefix + key).delete()
        except (ClientError, BotoCoreError) as failed:
            raise _s3_failed(key, failed) from failed

    def exists(self, key: str) -> bool:
        """One request."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._storage.bucket.Object(self._prefix + key).load()
        except ClientError as refused:
            if _status(refused) == 404:
                return False
            raise _s3_failed(key, refused) from refused
        except BotoCoreError as failed:
            raise _s3_failed(key, failed) from failed
        return True


def _status(refused: Any) -> int:
    return int(refused.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _s3_failed(key: str, why: object) -> StoreError:
    return StoreError(f"The bucket does not take or give {key}: {why}")


def store_at(url: str) -> Store:
    """The store at URL: file:///folder, s3://key:secret@bucket/prefix?endpoint=…&region=…&sse=…, azure://…, gs://…; docs/archive.md has them all.

    Raises ImproperlyConfigured.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    prefix = parts.path.strip("/")
    prefix = f"{prefix}/" if prefix else ""
    user, password = (unquote(word) if word else None for word in (parts.username, parts.password))
    if parts.scheme == "file" and not parts.netloc and parts.path:
        return FolderStore(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.hostname:
        return S3Store(parts.hostname, prefix, options, user=user, password=password)
    if parts.scheme == "azure" and parts.hostname:
        from archival.store_azure import AzureStore

        return AzureStore(parts.hostname, prefix, options, key=password)
    if parts.scheme == "gs" and parts.hostname:
        from archival.store_google import GoogleStore

        return GoogleStore(parts.hostname, prefix, options)
    raise ImproperlyConfigured("ARCHIVE_URL must be file:///folder, s3://bucket/prefix, azure://account/container/prefix or gs://bucket/prefix.")


@cache
def _store(url: str) -> Store:
    return store_at(url)


def store() -> Store:
    """The store that this installation writes to (ARCHIVE_URL)."""
    return _store(settings.ARCHIVE_URL)
