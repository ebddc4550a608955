"""Files that nobody should send: each is refused with a sentence that names the place, in bounded memory and time, with nothing half written."""

import gzip
import json
import random
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from backports import zstd
from django.core.management import CommandError, call_command

from ontology.models import Group, RunReject, Thing
from tests.answers import rows
from tests.factories import make_group
from tests.ontology.loading import ROOT, load, surroundings

pytestmark = pytest.mark.django_db
GOOD = b'{"kind":"thing","type":"note","name":"Good"}\n'
BOMB_BYTES = 1_000_000_000
BOMB_MEMORY_BYTES_MAX = 300_000_000
BOMB_SECONDS_MAX = 60
NOBODY = 65_534
READ = """
import resource, sys
from pathlib import Path
import django
django.setup()
from ontology.errors import UnreadableFile
from ontology.records import RecordFile
try:
    for record in RecordFile(Path(sys.argv[1])).records():
        print(record.line, record.fault)
except UnreadableFile as refused:
    print("refused:", refused)
status = Path("/proc/self/status")  # a peak of its own; getrusage begins with that of the process that started it
peak_kb = int(status.read_text().split("VmHWM:")[1].split()[0]) if status.exists() else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak_kb * 1024)
"""


@pytest.fixture
def group() -> Group:
    return make_group(slug="here")


def rejected(path: Path) -> list[tuple[int, str, str]]:
    """Loads PATH; line, code and sentence of each rejected record."""
    load(path, "--group", "here")
    return [(row.line, problem["code"], problem["error"]) for row in RunReject.objects.order_by("line") for problem in row.problems]


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (b"nonsense", "not_json", "at character 1"),
        (b'{"kind":"thing"', "not_json", "at character"),
        (b'{"kind":"thing",}', "not_json", "at character"),
        (b'{"a":1}{"b":2}', "not_json", "at character"),
        (b"[1,2]", "not_object", "must be an object"),
        (b'"words"', "not_object", "must be an object"),
        (b"null", "not_object", "must be an object"),
        (b"12345678901234567890123", "number_too_large", "beyond 64 bits"),
        (b'{"kind":"thing","type":"note","name":"N","properties":{"n":18446744073709551616}}', "number_too_large", "18446744073709551616"),
        (b'{"kind":"thing","type":"note","name":"N","properties":{"n":-9223372036854775809}}', "number_too_large", "beyond 64 bits"),
        (b'{"kind":"thing","type":"note","name":"N","properties":{"n":' + b"9" * 100_000 + b"}}", "not_json", "number is infinity"),
        (b'{"kind":"thing","type":"note","name":"N","properties":{"n":NaN}}', "not_json", "at character"),
        (b'{"kind":"thing","type":"note","name":"N","properties":{"n":-Infinity}}', "not_json", "at character"),
        (b'{"kind":"thing","type":"note","name":"N","properties":{"n":1e400}}', "not_json", "at character"),
        (b'{"kind":"thing","type":"note","name":"\\ud800"}', "not_json", "at character"),
        (b'{"kind":"thing","type":"note","name":"\xff"}', "not_utf8", "at byte 39 (0xff)"),
        (b'{"kind":"thing","type":"note","name":"\xed\xa0\x80"}', "not_utf8", "at byte 39"),
        (b'{"kind":"thing","type":"note","name":"a\\u0000"}', "nul", "position 1"),
        (b'{"kind":"thing","type":"note","name":"a\x00"}', "not_json", "at character"),
        (b'{"kind":"thing","type":"note","name":" "}', "blank", "must not be blank"),
        (b'{"kind":"thing","type":"no","name":"N"}', "unknown_type", "'no'"),
        (b'{"kind":"thing","type":"note","name":"N","group":"theirs"}', "no_such_group", "'theirs'"),
        (b'{"kind":"thing","type":"product","name":"N","properties":{"price":"9","currency":"EUR"}}', "schema", "price"),
        (b'{"kind":"connection","type":"part_of","from":"a","to":"b"}', "not_found", "'a'"),
        (b'{"kind":"connection","type":"part_of","from":1,"to":[]}', "not_text", "from must be text"),
        (b'{"kind":"event","type":"content_event","timestamp":"1e3"}', "not_a_moment", "RFC 3339"),
        (b"[" * 100_000 + b"]" * 100_000, "too_deep", "nested too deep"),
        (b'{"kind":"thing","type":"note","name":"N","properties":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, "too_deep", "nested too deep"),
        (b'{"kind":"thing","type":"note","name":"N","properties":' + b'{"a":' * 500 + b"1" + b"}" * 501, "too_deep", "deeper than"),
        (b'{"kind":"event","type":"content_event","metadata":' + b'{"a":' * 500 + b"1" + b"}" * 501, "too_deep", "deeper than"),
        (b'{"kind":"knowledge","type":"label","text":"t","metadata":' + b'{"a":' * 500 + b"1" + b"}" * 501, "too_deep", "deeper than"),
        (b'{"kind":"thing","type":"note","name":"' + b"x" * 5_000_000 + b'"}', "line_too_long", "4,000,000"),
        (b'{"kind":"thing","type":"note","name":"' + b"x" * 100_000 + b'"}', "too_long", "100,000 characters"),
        (b'{"kind":"thing","type":"note","name":"N","properties":{"s":"' + b"x" * 2_000_000 + b'"}}', "too_large", "1,000,000"),
    ],
)
def test_hostile_line__is_named_and_the_rest_goes_on(group: Group, tmp_path: Path, line: bytes, code: str, words: str) -> None:
    path = tmp_path / "file.ndjson"
    path.write_bytes(GOOD + line + b"\n" + GOOD)

    found = rejected(path)

    assert (2, code) in [(place, other) for place, other, _ in found]
    assert any(words in sentence for _, other, sentence in found if other == code)
    assert all(len(sentence) < 1_000 for _, _, sentence in found)
    assert Thing.objects.in_group(group).count() == 2


@pytest.mark.parametrize("where", ["top", "properties"])
def test_hostile_line__a_hundred_thousand_keys(group: Group, tmp_path: Path, where: str) -> None:
    keys = {f"k{n}": n for n in range(100_000)}
    record: dict[str, Any] = {"kind": "thing", "type": "note", "name": "N", **(keys if where == "top" else {"properties": keys})}
    path = tmp_path / "file.ndjson"
    path.write_bytes(json.dumps(record).encode() + b"\n")

    found = rejected(path)

    assert 1 <= len(found) <= 20
    assert {code for _, code, _ in found} == {"unknown_field" if where == "top" else "too_large"}


def test_hostile_line__of_keys_that_stand_twice_the_last_counts(group: Group, tmp_path: Path) -> None:
    path = tmp_path / "file.ndjson"
    path.write_bytes(b'{"kind":"thing","type":"note","name":"First","name":"Last","properties":{"a":1,"a":2}}\n')

    load(path, "--group", "here")

    assert Thing.objects.values_list("name", "properties").get() == ("Last", {"a": 2})


@pytest.mark.parametrize("text", [b"", b"\n\n  \n\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
@pytest.mark.parametrize("name", ["file.ndjson", "file.ndjson.gz", "file.ndjson.zst"])
def test_hostile_file__without_records(group: Group, tmp_path: Path, text: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(text) if name.endswith("gz") else zstd.compress(text) if name.endswith("zst") else text)

    told = load(path, "--group", "here")

    assert "0 records" in told
    assert not Thing.objects.exists()


def test_hostile_file__byte_order_mark_and_foreign_line_ends(group: Group, tmp_path: Path) -> None:
    path = tmp_path / "file.ndjson"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace(b"\n", b"\r\n") * 2 + b"\r\n" + GOOD.strip())

    load(path, "--group", "here")

    assert Thing.objects.count() == 3


def damaged(text: bytes) -> bytes:
    return text[: len(text) // 2] + bytes(byte ^ 0xFF for byte in text[len(text) // 2 : len(text) // 2 + 50]) + text[len(text) // 2 + 50 :]


# The same in every process that collects tests: their names hold some of these bytes.
NAMES = random.Random(5_000)
LINES = b"".join(json.dumps({"kind": "thing", "type": "note", "name": NAMES.randbytes(8).hex()}).encode() + b"\n" for _ in range(5_000))


@pytest.mark.parametrize("mode", ["partial", "atomic"])
@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("file.ndjson.gz", gzip.compress(LINES, mtime=0)[:-2_000], "ends in the middle of its compressed data, after line"),
        ("file.ndjson.gz", gzip.compress(LINES, mtime=0)[:5], "ends in the middle"),
        ("file.ndjson.gz", gzip.compress(LINES, mtime=0)[:-4], "ends in the middle"),
        ("file.ndjson.gz", damaged(gzip.compress(LINES, mtime=0)), "is damaged after line"),
        ("file.ndjson.gz", gzip.compress(LINES, mtime=0) + b"rubbish", "is damaged after line"),
        ("file.ndjson.zst", zstd.compress(LINES)[:-2_000], "ends in the middle of its compressed data"),
        ("file.ndjson.zst", damaged(zstd.compress(LINES, options={zstd.CompressionParameter.checksum_flag: 1})), "is damaged after line"),
        ("file.csv", b'name,type\n"never closed,note\n', "is not CSV"),
        ("file.csv", b"name,,type\nN,x,note\n", "must name every column"),
        ("file.csv", b"name,name\nN,M\n", "must name every column, each once"),
        ("file.csv", b"", "must name every column"),
        ("file.csv", b"name,type\nN\xff,note\n", "not UTF-8"),
        ("file.csv", b"name,type\n" + b"x" * 5_000_000 + b",note\n", "longer than"),
        ("file.csv", b'name,type\n"' + b"x\n" * 1_000_000, "field larger than field limit"),
    ],
)
def test_hostile_file__is_refused_before_anything_is_written(group: Group, tmp_path: Path, name: str, text: bytes, words: str, mode: str) -> None:
    path = tmp_path / name
    path.write_bytes(text)
    before = rows()

    with pytest.raises(CommandError, match=words):
        load(path, "--group", "here", "--mode", mode, "--kind", "thing")

    assert rows() == before


def test_hostile_file__rows_of_wrong_width_and_nul_in_csv(group: Group, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"name,type,strength\nGood,note,\nshort,note\nlong,note,,\na\0b,note,\n")

    load(path, "--group", "here", "--kind", "thing")

    found = [(row.line, row.problems[0]["code"], row.problems[0]["error"]) for row in RunReject.objects.order_by("line")]
    assert [(line, code) for line, code, _ in found] == [(3, "wrong_width"), (4, "wrong_width"), (5, "nul")]
    assert found[0][2] == "The row has 2 cells; the header names 3."
    assert Thing.objects.get().name == "Good"


@pytest.mark.parametrize("name", ["folder", "nothing.ndjson"])
def test_hostile_file__that_is_none(group: Group, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(CommandError, match=r"cannot be read: (Is a directory|No such file or directory)\."):
        load(tmp_path / name, "--group", "here")


def test_hostile_file__without_permission(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "import django\ndjango.setup()\n"
        "from ontology.records import RecordFile\n"
        f"os.getuid() or os.setuid({NOBODY})\n"
        "try:\n    RecordFile(Path(sys.argv[1]))\nexcept Exception as refused:\n    print(refused)\n"
    )
    path = tmp_path / "file.ndjson"
    path.write_bytes(GOOD)
    path.chmod(0)
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)

    ended = subprocess.run([sys.executable, "-c", code, str(path)], env=surroundings(), capture_output=True, text=True, check=False, timeout=60)

    assert ended.stdout == f"{path} cannot be read: Permission denied.\n"


@pytest.mark.parametrize("name", ["bomb.ndjson.gz", "bomb.csv.gz", "bomb.ndjson.zst"])
def test_hostile_file__bomb_in_bounded_memory_and_time(tmp_path: Path, name: str) -> None:
    path, zeros = tmp_path / name, bytes(10_000_000)
    with gzip.open(path, "wb", compresslevel=1) if name.endswith("gz") else zstd.open(path, "wb") as file:
        for _ in range(BOMB_BYTES // len(zeros)):
            file.write(zeros)

    ended = subprocess.run(
        [sys.executable, "-c", READ, str(path)], env=surroundings(), cwd=ROOT, capture_output=True, text=True, check=False, timeout=BOMB_SECONDS_MAX
    )

    assert ended.returncode == 0, ended.stderr
    *told, peak = ended.stdout.splitlines()
    assert len(told) == 1
    assert "is longer than 4,000,000" in told[0]
    assert int(peak) < BOMB_MEMORY_BYTES_MAX


@pytest.mark.parametrize("options", [["--batch-size", "0"], ["--batch-size", "10001"], ["--resume", "nonsense"], ["--resume", "\0"]])
def test_hostile_options(group: Group, tmp_path: Path, options: list[str]) -> None:
    path = tmp_path / "file.ndjson"
    path.write_bytes(GOOD)

    with pytest.raises(CommandError):
        call_command("load_ontology", str(path), "--group", "here", *options, stdout=StringIO(), stderr=StringIO())

    assert not Thing.objects.exists()
