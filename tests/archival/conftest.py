"""What tests of the archive stand on: a store of their own, and the platform's scope."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ontology.isolation import PLATFORM_SCOPE, acting


@pytest.fixture(autouse=True)
def archive(tmp_path: Path, settings: object) -> Path:
    """An empty folder that the archive writes to, and a cache beside it."""
    folder = tmp_path / "archive"
    folder.mkdir()
    settings.ARCHIVE_URL = folder.as_uri()  # type: ignore[attr-defined]
    settings.ARCHIVE_CACHE = tmp_path / "cache"  # type: ignore[attr-defined]
    return folder


@pytest.fixture(autouse=True)
def platform_acts() -> Iterator[None]:
    with acting(PLATFORM_SCOPE):
        yield
