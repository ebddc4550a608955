"""Azure Blob Storage keeps the same promises as every store: the suite of tests/archival/test_store.py against Azurite.

Needs requirements/azure.txt and `azurite-blob` (npm install azurite) on the path.
"""

import shutil
import uuid
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from archival.store import Store, store_at
from tests.archival.test_store import (  # noqa: F401 -- collected here, for the store of this module
    test_store__deletes_once_or_twice,
    test_store__gives_what_it_was_given,
    test_store__never_replaces,
    test_store__tells_what_is_missing_and_what_is_damaged,
)
from tests.emulators.processes import free_port, running

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the libraries
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The account and key that every Azurite has; no secret."""


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from azure.storage.blob import BlobServiceClient

    program = shutil.which("azurite-blob")
    assert program is not None, "azurite-blob is not on the path: npm install azurite"
    port, folder = free_port(), tmp_path_factory.mktemp("azurite")
    options = [
        "--blobHost",
        "127.0.0.1",
        "--blobPort",
        str(port),
        "--location",
        str(folder),
        "--skipApiVersionCheck",
        "--disableTelemetry",
        "--silent",
    ]
    with running([program, *options], port):
        endpoint = f"http://127.0.0.1:{port}/{ACCOUNT}"
        BlobServiceClient(endpoint, {"account_name": ACCOUNT, "account_key": KEY}).create_container("cold")
        yield endpoint


@pytest.fixture
def place(container: str) -> Store:
    return store_at(f"azure://{ACCOUNT}:{quote(KEY, safe='')}@{ACCOUNT}/cold/{uuid.uuid4().hex}?endpoint={container}")
