"""Google Cloud Storage, through django-storages' back end; installed with requirements/google.txt."""

from archival.errors import ObjectExists, ObjectMissing, StoreError
from archival.store import TIMEOUT_SECONDS, Store


class GoogleStore(Store):
    """A bucket: gs://bucket/prefix?project=…, or with &endpoint= of an emulator."""

    def __init__(self, bucket: str, prefix: str, options: dict[str, str]) -> None:
        from storages.backends.gcloud import GoogleCloudStorage

        self.place = f"gs://{bucket}/{prefix}"
        self._prefix = prefix
        given = {"bucket_name": bucket, "project_id": options.get("project")}
        if "endpoint" in options:
            from google.auth.credentials import AnonymousCredentials

            given |= {"custom_endpoint": options["endpoint"], "credentials": AnonymousCredentials()}
        self._storage = GoogleCloudStorage(**given)
        if "endpoint" in options:
            self._storage.client._connection.API_BASE_URL = options["endpoint"]

    def put(self, key: str, content: bytes) -> None:
        """One request: only where no generation is, and the checksum of what is sent, which the service compares."""
        from google.api_core.exceptions import GoogleAPIError, PreconditionFailed
        from google.auth.exceptions import GoogleAuthError

        try:
            blob = self._storage.bucket.blob(self._prefix + key)
            blob.upload_from_string(content, if_generation_match=0, checksum="crc32c", timeout=TIMEOUT_SECONDS)
        except PreconditionFailed:
            raise ObjectExists(key) from None
        except (GoogleAPIError, GoogleAuthError, OSError) as failed:
            raise _failed(key, failed) from failed

    def get(self, key: str) -> bytes:
        """The object."""
        from google.api_core.exceptions import GoogleAPIError, NotFound
        from google.auth.exceptions import GoogleAuthError

        try:
            answer: bytes = self._storage.bucket.blob(self._prefix + key).download_as_bytes(timeout=TIMEOUT_SECONDS)
        except NotFound:
            raise ObjectMissing(key) from None
        except (GoogleAPIError, GoogleAuthError, OSError) as failed:
            raise _failed(key, failed) from failed
        return answer

    def delete(self, key: str) -> None:
        """Removes the object."""
        from google.api_core.exceptions import GoogleAPIError, NotFound

        try:
            self._storage.bucket.blob(self._prefix + key).delete(timeout=TIMEOUT_SECONDS)
        except NotFound:
            return
        except (GoogleAPIError, OSError) as failed:
            raise _failed(key, failed) from failed

    def exists(self, key: str) -> bool:
        """One request."""
        from google.api_core.exceptions import GoogleAPIError

        try:
            return bool(self._storage.bucket.blob(self._prefix + key).exists(timeout=TIMEOUT_SECONDS))
        except (GoogleAPIError, OSError) as failed:
            raise _failed(key, failed) from failed


def _failed(key: str, why: object) -> StoreError:
    return StoreError(f"The bucket does not take or give {key}: {why}")
