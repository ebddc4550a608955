"""Files of reports: what cannot be written is said before the work, and a disk that is full after it."""

import argparse
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ontology.management.report_files import report_file, report_write


def test_report_file__a_new_and_an_old_one_are_taken_and_none_is_made(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text("{}")

    assert (report_file(str(old)), report_file(str(tmp_path / "new.json"))) == (old, tmp_path / "new.json")
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]


@pytest.mark.parametrize(("name", "sentence"), [("", "is a folder; name a file"), ("no/report.json", "cannot be written: there is no folder")])
def test_report_file__what_could_not_be_written_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=sentence):
        report_file(str(tmp_path / name))


def test_report_write__a_full_disk_is_told() -> None:
    with pytest.raises(CommandError, match=r"cannot be written to /dev/full: No space left on device\. The work is done\."):
        report_write(Path("/dev/full"), "x" * 100_000)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "words", [("migrate_ontology", "--validate-only", "--report"), ("rehearse_release", "--backup", "x", "--report"), ("test_elasticity", "--json")]
)
def test_commands__refuse_such_a_file_before_they_begin(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="there is no folder /proc/no"):
        call_command(*words, "/proc/no/report", stdout=StringIO(), stderr=StringIO())
