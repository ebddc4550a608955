"""The command line of the set-up, tried for real in small projects of their own."""

import ast
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import interpreter, venv
from config.errors import SetupError
from config.venv import SETS, Environment

ROOT = Path(__file__).resolve().parents[2]
BASE_PYTHON = Path(getattr(sys, "_base_executable", sys.executable))
OWN_MODULES = (
    "account",
    "demo",
    "dev",
    "embedded",
    "errors",
    "files",
    "interpreter",
    "locks",
    "parts",
    "postgres",
    "processes",
    "progress",
    "servers",
    "valkey",
    "venv",
)
PROGRAM = '#!/bin/sh\nexec "$(dirname "$0")/python" -m {module} "$@"\n'
MANAGE = "import sys; sys.exit(0 if sys.argv[1] in ('migrate', 'load_demo', 'archive_policy', 'archive_events') else 3)\n"
WSGI = "def application(environ, respond):\n    respond('200 OK', [])\n    return [b'ok']\n"
WORKER = "from gunicorn.workers.gthread import ThreadWorker\nWorker = ThreadWorker\n"
CELERY = "import os, celery\napp = celery.Celery('small', broker=os.environ['BROKER_URL'])\n"


def make_project(root: Path) -> Path:
    """Make a project of our modules, empty requirements and a stub of the application."""
    for folder in ("config", "requirements"):
        (root / folder).mkdir(parents=True)
    for name in OWN_MODULES:
        shutil.copy(ROOT / "config" / f"{name}.py", root / "config")
    (root / "config" / "deploy").mkdir()
    shutil.copy(ROOT / "config" / "deploy" / "database.sql", root / "config" / "deploy")
    shutil.copy(ROOT / "Makefile", root)
    for name in SETS:
        (root / "requirements" / f"{name}.txt").write_text(f"# nothing for {name}\n")
    (root / "manage.py").write_text(MANAGE)
    (root / "config" / "wsgi.py").write_text(WSGI)
    (root / "config" / "web_worker.py").write_text(WORKER)
    (root / "config" / "celery.py").write_text(CELERY)
    return root


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    root = make_project(tmp_path / "project")
    yield root
    dev(root, "down")
    dev(root, "clean")


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project whose environment sees this one's packages, so that servers can run."""
    root = make_project(tmp_path_factory.mktemp("furnished") / "project")
    assert dev(root, "setup", "--for", list(SETS)[-1]).returncode == 0
    here = root / ".venv"
    packages = here / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    (packages / "outer.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for module in ("gunicorn", "celery"):
        program = here / "bin" / module
        program.write_text(PROGRAM.format(module=module))
        program.chmod(0o755)
    yield root
    assert dev(root, "clean").returncode == 0


def environment() -> dict[str, str]:
    """Return this process's environment without what `make test` put there: the stub of the application has no settings for Celery to look for."""
    addresses = ("DATABASE_URL", "DATABASE_WORKER_URL", "DATABASE_OWNER_URL", "DATABASE_ADMIN_URL", "BROKER_URL")
    theirs = (*addresses, "DJANGO_SETTINGS_MODULE", "ARCHIVE_URL", "SECRET_KEY", "PORT")
    return {key: value for key, value in os.environ.items() if key not in theirs}


def command(root: Path, *words: str) -> list[str]:
    return [str(BASE_PYTHON), str(root / "config" / "dev.py"), *words]


def dev(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(root, *words), capture_output=True, text=True, env=environment(), cwd=root, check=False, timeout=60)


def begin(root: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(root, *words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(), cwd=root
    )


def wait_for(path: Path, child: subprocess.Popen[str]) -> None:
    while not path.exists():
        assert child.poll() is None, child.communicate()
        time.sleep(0.02)


def state_of(root: Path) -> dict[str, str]:
    state: dict[str, str] = json.loads((root / ".venv" / "sextant.json").read_text())
    return state


def test_setup__is_instant_when_a_bigger_set_is_there(furnished: Path) -> None:
    written = (furnished / ".venv" / "sextant.json").stat().st_mtime_ns

    again = dev(furnished, "setup", "--for", "base")

    assert set(state_of(furnished)) == {"folder", *SETS}
    assert (again.returncode, again.stderr) == (0, "")
    assert (furnished / ".venv" / "sextant.json").stat().st_mtime_ns == written


def test_setup__installs_again_when_the_pins_changed(furnished: Path) -> None:
    before = state_of(furnished)["test"]
    (furnished / "requirements" / "test.txt").write_text("# another nothing\n")

    again = dev(furnished, "setup", "--for", "test")

    assert again.returncode == 0
    assert "Installing the packages of requirements/test.txt" in again.stderr
    assert "Making" not in again.stderr
    assert set(state_of(furnished)) == {"folder", "base", "embedded", "test"}
    assert state_of(furnished)["test"] != before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_setup__repairs_what_an_interrupted_one_left(project: Path, number: signal.Signals) -> None:
    child = begin(project, "setup", "--for", "base")
    wait_for(project / ".venv" / "pyvenv.cfg", child)
    child.send_signal(number)
    _, words = child.communicate(timeout=30)
    left = state_of(project)

    again = dev(project, "setup", "--for", "base")

    assert child.returncode == (130 if number == signal.SIGINT else -number)
    assert "Traceback" not in words
    assert left == {"installing": ""}
    assert again.returncode == 0
    assert "Making the virtual environment anew" in again.stderr
    assert "base" in state_of(project)


def test_setup__waits_for_another_one(project: Path) -> None:
    children = [begin(project, "setup", "--for", "base") for _ in range(2)]

    words = "".join(child.communicate(timeout=60)[1] for child in children)

    assert [child.returncode for child in children] == [0, 0]
    assert words.count("Making the virtual environment") == 1
    assert words.count("Waiting for another set-up in this folder") == 1


@pytest.mark.parametrize("module", ["dev", "interpreter"])
def test_dev__can_be_read_by_python_3_7(module: str) -> None:
    source = (ROOT / "config" / f"{module}.py").read_text()

    assert ast.parse(source, feature_version=(3, 7)).body


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("exit 127", "Sextant needs Python 3.12 or 3.13 and found neither"),
        ("echo 3 11 1 /usr/bin/python3.11", "Sextant needs Python 3.12 or 3.13 and found neither"),
        ("echo 3 12 0 /usr/bin/python3.12", "/usr/bin/python3.12 lacks the venv or ensurepip module"),
    ],
)
def test_find__says_in_a_sentence_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, sentence: str) -> None:
    shim(tmp_path / "python3.12", answer)
    monkeypatch.setattr(interpreter, "PLACES", ())
    monkeypatch.setattr(sys, "_base_executable", "", raising=False)

    with pytest.raises(interpreter.PythonMissing) as caught:
        interpreter.find({"PATH": str(tmp_path)}, str(tmp_path / ".venv"))

    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_find__passes_over_a_failing_shim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim(tmp_path / "python3.12", "exit 127")
    shim(tmp_path / "python3", "echo 3 13 1 /opt/python3.13")
    monkeypatch.setattr(interpreter, "PLACES", ())
    monkeypatch.setattr(sys, "_base_executable", "", raising=False)

    found = interpreter.find({"PATH": str(tmp_path)}, str(tmp_path / ".venv"))

    assert found == "/opt/python3.13"


def shim(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("ERROR: [Errno 28] No space left on device", "The disk is full: free some space"),
        ("OSError: [Errno 13] Permission denied: x", "A file of the set-up is not writable"),
        ("NewConnectionError(...): [Errno -3] Temporary failure in name resolution", "pip cannot fetch the packages: is there a network"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "A package is not the one that was pinned"),
    ],
)
def test_environment__tells_in_a_sentence_why_pip_failed(project: Path, output: str, sentence: str) -> None:
    shim(project / ".venv" / "bin" / "python", f'[ "$1" = -c ] && exit 0\necho "{output}"; exit 1')

    with pytest.raises(SetupError) as caught:
        Environment(project, {}).ensure("base")

    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


def test_environment__says_beforehand_that_the_disk_is_too_full(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(project)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=5 * venv.MIB))

    with pytest.raises(SetupError, match=r"^The disk is full: .* has 5 MB free and the set-up needs 200 MB"):
        Environment(project, {}).ensure("base")

    assert not (project / ".venv").exists()


def test_run__gives_the_addresses_and_returns_the_exit_code(furnished: Path) -> None:
    done = dev(furnished, "run", "--servers", "test", "--for", "test", "--", "sh", "-c", "env; exit 7")

    given = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert done.returncode == 7
    assert given["DATABASE_URL"].startswith("postgresql://sextant_app:")
    assert given["DATABASE_WORKER_URL"].startswith("postgresql://sextant_worker:")
    assert given["DATABASE_OWNER_URL"].startswith("postgresql://sextant:")
    assert given["DATABASE_ADMIN_URL"].startswith("postgresql://postgres:")
    assert given["BROKER_URL"].startswith("redis://:")
    assert given["ARCHIVE_URL"] == (furnished / "var" / "test" / "archive").as_uri()
    assert len(given["SECRET_KEY"]) == 48


def test_run__lets_the_command_end_at_ctrl_c_and_stops_the_servers(furnished: Path) -> None:
    ready = furnished / "ready"
    script = f"trap 'echo ended; exit 5' INT; touch {ready}; while :; do sleep 0.1; done"
    child = begin(furnished, "run", "--servers", "test", "--", "sh", "-c", script)
    wait_for(ready, child)

    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=30)

    assert (child.returncode, output) == (5, "ended\n")
    assert living(furnished / "var" / "test") == []


def living(folder: Path) -> list[str]:
    """Return the pid files that running servers keep and stopped ones remove."""
    names = ("postgres/data/postmaster.pid", "valkey/valkey.pid")
    return [name for name in names if (folder / name).exists()]


def test_up__keeps_the_servers_and_their_addresses_until_down(furnished: Path) -> None:
    up = dev(furnished, "up")
    refused = dev(furnished, "clean")
    while_up = living(furnished / "var" / "demo"), (furnished / "var" / "env").exists()
    down = dev(furnished, "down")

    assert [up.returncode, refused.returncode, down.returncode] == [0, 1, 0]
    assert "is used by `make up`" in refused.stderr
    assert while_up == (["postgres/data/postmaster.pid", "valkey/valkey.pid"], True)
    assert living(furnished / "var" / "demo") == []
    assert not (furnished / "var" / "env").exists()


def status(address: str) -> int:
    link = http.client.HTTPConnection(address.removeprefix("http://").strip("/"), timeout=10)
    link.request("GET", "/healthz")
    answer = link.getresponse()
    answer.read()
    link.close()
    return answer.status


def test_demo__serves_until_ctrl_c_and_a_second_one_tells_where(furnished: Path) -> None:
    note = furnished / "var" / "demo" / "demo.json"
    child = begin(furnished, "demo")
    wait_for(note, child)
    address = json.loads(note.read_text())["address"]
    answered = status(address)

    second = dev(furnished, "demo")
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=60)

    assert answered == 200
    assert second.returncode == 0
    assert address in second.stdout
    assert f"It runs as pid {child.pid}" in second.stdout
    assert child.returncode == 0
    assert "staff@sextant.example" in output
    assert living(furnished / "var" / "demo") == []


def test_demo__ends_when_a_part_dies_and_says_which(furnished: Path) -> None:
    (furnished / "config" / "celery.py").write_text("raise SystemExit('no broker today')\n")
    child = begin(furnished, "demo")

    _, words = child.communicate(timeout=60)

    assert child.returncode == 1
    # Those that need the broker race for their end.
    assert re.search(r"The (worker|imports|beat) ended with code 1; .* ends with:\n.*no broker today", words, re.DOTALL), words
    assert living(furnished / "var" / "demo") == []


def test_makefile__says_in_a_sentence_that_there_is_no_python(project: Path) -> None:
    tools = project / "tools"
    tools.mkdir()
    (tools / "sh").symlink_to("/bin/sh")
    make = shutil.which("make")
    assert make
    # The absolute candidates of the Makefile are not to be found in this test either.
    text = (project / "Makefile").read_text().replace("/usr/", "/nowhere/")
    (project / "Makefile").write_text(text)

    done = subprocess.run([make, "setup"], cwd=project, env={"PATH": str(tools), "HOME": str(tools)}, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith("Sextant needs Python 3.12 or 3.13 and found no Python at all: install one.\n")
