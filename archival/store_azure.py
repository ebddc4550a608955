"""Azure Blob Storage, through django-storages' back end; installed with requirements/azure.txt."""

from archival.errors import ObjectExists, ObjectMissing, StoreError
from archival.store import TIMEOUT_SECONDS, Store


class AzureStore(Store):
    """A container: azure://account:key@account/container/prefix, or with ?endpoint= of an emulator."""

    def __init__(self, account: str, prefix: str, options: dict[str, str], *, key: str | None) -> None:
        from storages.backends.azure_storage import AzureStorage

        container, _, rest = prefix.partition("/")
        self.place = f"azure://{account}/{prefix}"
        self._prefix = rest
        given = (
            {"connection_string": _emulator(account, key, options["endpoint"])}
            if "endpoint" in options
            else {"account_name": account, "account_key": key}
        )
        self._storage = AzureStorage(azure_container=container, timeout=TIMEOUT_SECONDS, overwrite_files=False, **given)

    def put(self, key: str, content: bytes) -> None:
        """One request: If-None-Match, and the MD5 of what is sent, which the service compares."""
        from azure.core.exceptions import AzureError, ResourceExistsError

        try:
            self._storage.client.get_blob_client(self._prefix + key).upload_blob(content, overwrite=False, validate_content=True)
        except ResourceExistsError:
            raise ObjectExists(key) from None
        except AzureError as failed:
            raise _failed(key, failed) from failed

    def get(self, key: str) -> bytes:
        """The blob."""
        from azure.core.exceptions import AzureError, ResourceNotFoundError

        try:
            answer: bytes = self._storage.client.get_blob_client(self._prefix + key).download_blob().readall()
        except ResourceNotFoundError:
            raise ObjectMissing(key) from None
        except AzureError as failed:
            raise _failed(key, failed) from failed
        return answer

    def delete(self, key: str) -> None:
        """Removes the blob."""
        from azure.core.exceptions import AzureError, ResourceNotFoundError

        try:
            self._storage.client.get_blob_client(self._prefix + key).delete_blob()
        except ResourceNotFoundError:
            return
        except AzureError as failed:
            raise _failed(key, failed) from failed

    def exists(self, key: str) -> bool:
        """One request."""
        from azure.core.exceptions import AzureError

        try:
            return bool(self._storage.client.get_blob_client(self._prefix + key).exists())
        except AzureError as failed:
            raise _failed(key, failed) from failed


def _emulator(account: str, key: str | None, endpoint: str) -> str:
    protocol = endpoint.partition(":")[0]
    return f"DefaultEndpointsProtocol={protocol};AccountName={account};AccountKey={key};BlobEndpoint={endpoint};"


def _failed(key: str, why: object) -> StoreError:
    return StoreError(f"The container does not take or give {key}: {why}")
