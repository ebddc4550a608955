"""The command verify_seal; what it finds is tested in tests/faults/test_audit_seal.py."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


def test_verify_seal__in_a_copy_of_another_installation_is_refused(tmp_path: Path, settings: Any) -> None:
    settings.ARCHIVE_URL = tmp_path.as_uri()
    call_command("verify_seal", "--hot")
    settings.ARCHIVE_PLACE = "elsewhere"

    with pytest.raises(CommandError, match="This database is a copy"):
        call_command("verify_seal", "--hot")
