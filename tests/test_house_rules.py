"""Rules of the house that no other tool holds: names, sizes, places, and that everything has its test."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.migrations import faults

ROOT = Path(__file__).resolve().parent.parent
APPS = ("ontology", "quotas", "archival", "monitoring")
FILE_LINES_MAX, TEST_LINES_MAX, FUNCTION_LINES_MAX = 300, 400, 40
TOP_LEVEL = {
    *("manage.py", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "Makefile"),
    *("ontology", "quotas", "archival", "monitoring", "templates", "tests", "requirements", "config", "docs"),
}
ENVIRONMENT_READERS = {"config/env.py", "config/dev.py"}
VAGUE_NAMES = {"utils", "helpers", "common", "core", "base", "misc", "manager2"}


def tracked(*patterns: str) -> list[Path]:
    """The project's files, as git knows them or would if they were added."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *patterns], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in sorted(set(listed.splitlines())) if (ROOT / name).exists()]


def sources() -> list[Path]:
    return [path for path in tracked("*.py") if "migrations" not in path.parts or path.parent.name == "tests"]


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def test_top_level__holds_what_belongs_there() -> None:
    names = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_files__hold_no_marks_of_a_merge() -> None:
    texts = {path: path.read_bytes() for path in tracked() if path.is_file()}
    assert [str(path) for path, text in texts.items() if re.search(rb"^(<{7}|>{7}) ", text, re.MULTILINE)] == []


def test_files__are_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > (TEST_LINES_MAX if "tests" in path.parts else FILE_LINES_MAX)
    }
    assert long == {}


def test_functions__are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sources()
        if "tests" not in path.relative_to(ROOT).parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.body[0].lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_modules__have_names_that_say_something() -> None:
    prescribed = {ROOT / "ontology" / "postgres" / "base.py"}  # by Django, which looks for that name in a database's back end
    assert [path for path in sources() if path.stem in VAGUE_NAMES and path not in prescribed] == []


def test_environment__is_read_in_one_place() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for path in sources()
        if "tests" not in path.relative_to(ROOT).parts
        and re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8").replace("os.environ.setdefault(", ""))
    }
    assert readers <= ENVIRONMENT_READERS


def test_sql__is_never_put_together_from_strings() -> None:
    built = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sources()
        if "tests" not in path.relative_to(ROOT).parts
        for call in calls(path)
        if name_of(call) in {"execute", "executemany", "raw", "RawSQL", "RunSQL", "copy"}
        and call.args
        and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert built == []


def test_sql_files__say_what_they_do_and_are_used() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources())
    for path in tracked("*/sql/*.sql"):
        if "migrations" in path.parts:
            continue
        head = path.read_text(encoding="utf-8").split("\n\n")[0]
        assert head.startswith("-- "), path
        assert re.search(r"Takes|Takes and returns nothing", head), path
        assert "eturns" in head, path
        assert f'"{path.stem}"' in code or f'{path.stem.removesuffix("_empty")}"' in code, f"{path} is used nowhere"


@pytest.mark.parametrize(
    "command", [path for app in APPS for path in tracked(f"{app}/management/commands/*.py") if path.stem != "__init__"], ids=lambda path: path.stem
)
def test_commands__have_a_test(command: Path) -> None:
    tests = [path for path in tracked("tests/*.py", "tests/**/*.py") if path.stem == f"test_{command.stem}"]
    assert tests, f"no tests/**/test_{command.stem}.py"
    assert command.stem in tests[0].read_text(encoding="utf-8")


def test_templates__know_no_foreign_host() -> None:
    foreign = [
        f"{path.relative_to(ROOT)}: {address}"
        for path in tracked("templates/**")
        if path.suffix in {".html", ".css", ".js", ".svg"}
        for address in re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"')]*", path.read_text(encoding="utf-8"))
        if "www.w3.org" not in address
    ]
    assert foreign == []


def test_tree__names_no_machine() -> None:
    paths = re.compile(r"/(?:root|home/[a-z]+|Users/[A-Za-z]+)/")
    named = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix in {".py", ".md", ".toml", ".sql", ".yaml", ".html"} and paths.search(path.read_text(encoding="utf-8"))
    ]
    assert [name for name in named if name != "tests/test_house_rules.py"] == []


def test_migration_linter__refuses_a_lock_that_stalls_writers() -> None:
    assert "require-concurrent-index-creation" in faults("SET lock_timeout = '200ms'; CREATE INDEX slow ON ontology_thing (name);")


def test_migration_linter__lets_a_safe_change_pass() -> None:
    assert faults("SET lock_timeout = '200ms'; CREATE INDEX CONCURRENTLY IF NOT EXISTS calm ON ontology_thing (name);") == ""
