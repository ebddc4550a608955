"""The demo, the compose file, the units and the table of settings describe one and the same thing."""

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django_celery_beat.models import PeriodicTask

from config import env, postgres
from config.demo import Demo
from config.parts import BEHIND, MIGRATE, SECRETS, WEB, Part
from tests.addresses import ROOT, address, surroundings

DEPLOY = ROOT / "config" / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
PARTS = {part.name: part for part in (WEB, *BEHIND, MIGRATE)}
OTHERS = {"database", "broker"}
ITS_OWN = {"--bind", "--workers", "--threads", "-c"}
"""Options whose values a deployment chooses: where it listens, and how large it is."""
READERS = {"text", "flag", "number", "words", "folder", "mail"}


def shape(command: list[str]) -> list[str]:
    """The words of COMMAND without those that are a deployment's own, and its program without its folder."""
    words = [Path(command[0]).name, *command[1:]]
    kept = [word for before, word in zip(["", *words], words, strict=False) if before not in ITS_OWN]
    return [word for word in kept if word not in ITS_OWN]


def unit(name: str) -> dict[str, list[str]]:
    """Every key of a unit with all its values."""
    pairs = [line.partition("=") for line in (DEPLOY / "systemd" / f"sextant-{name}.service").read_text(encoding="utf-8").splitlines() if "=" in line]
    return {key: [value for other, _, value in pairs if other == key] for key, _, _ in pairs}


def constant(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else "(computed)"


def settings_read() -> dict[str, object]:
    """Every setting that config reads, with its default: None where it must be given."""
    found: dict[str, object] = {}
    for path in (ROOT / "config" / "settings.py", ROOT / "config" / "env.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in READERS and call.args and isinstance(call.args[0], ast.Constant):
                given = [*call.args[1:], *(word.value for word in call.keywords)]
                found[str(call.args[0].value)] = constant(given[0]) if given else {"words": "", "mail": "console://"}.get(name)
    for name in env.ROLE_ADDRESSES.values():
        found |= {name: None if name == "DATABASE_URL" else "", name.removesuffix("_URL") + "_PASSWORD": ""}
    return found | {"SECRETS_DIR": ""}


def settings_told() -> dict[str, str]:
    """What docs/deployment.md says is the default of each setting."""
    table = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8").partition("## Settings")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("| \n").split(" | ")] for line in table.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): row[2] for row in rows}


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_parts__are_the_same_in_compose_file_and_unit(part: Part) -> None:
    in_container, in_unit = COMPOSE["services"][part.name], unit(part.name)
    assert shape(in_container["command"]) == shape(list(part.command))
    assert shape(shlex.split(in_unit["ExecStart"][0].replace("%%", "%"))) == shape(list(part.command))
    assert set(in_container["secrets"]) == SECRETS[part.role]
    assert {line.partition(":")[0] for line in in_unit["LoadCredential"]} == SECRETS[part.role]


def test_parts__are_all_there_are() -> None:
    assert set(COMPOSE["services"]) == set(PARTS) | OTHERS
    assert {path.stem.removeprefix("sextant-") for path in (DEPLOY / "systemd").iterdir()} == set(PARTS)


def test_demo__starts_the_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: dict[str, list[str]] = {}
    demo = Demo(tmp_path, {})
    monkeypatch.setattr(demo, "_manage", lambda *_: None)
    monkeypatch.setattr(demo, "_watch", lambda *_: 0)
    monkeypatch.setattr(demo, "_spawn", lambda name, command, *_: started.update({name: [str(word) for word in command]}))

    demo._serve("", {})

    assert {name: shape(command) for name, command in started.items()} == {part.name: shape(list(part.command)) for part in (WEB, *BEHIND)}


@pytest.mark.django_db
def test_parts__serve_every_queue(settings: Any) -> None:
    served = {queue for part in BEHIND if "-Q" in part.command for queue in part.command[part.command.index("-Q") + 1].split(",")}
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} | {settings.CELERY_TASK_DEFAULT_QUEUE}
    scheduled = set(PeriodicTask.objects.exclude(queue=None).values_list("queue", flat=True))

    assert served == routed | scheduled | {"imports"}


def test_parts__end_and_come_back() -> None:
    for name in PARTS:
        is_once = name == MIGRATE.name
        assert COMPOSE["services"][name]["restart"] == ("no" if is_once else "unless-stopped"), name
        assert ("Restart" in unit(name)) is not is_once, name
        assert is_once or "healthcheck" in COMPOSE["services"][name], name


def test_secrets__are_files_that_every_deployment_declares() -> None:
    used = {secret for service in COMPOSE["services"].values() for secret in service.get("secrets", [])}
    assert set(COMPOSE["secrets"]) == used
    assert {secret.upper() for role in SECRETS.values() for secret in role} <= set(settings_read())


def test_settings__of_every_deployment_are_read_by_the_code() -> None:
    in_file = {line.partition("=")[0] for line in (DEPLOY / "settings.env").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"}
    in_compose = {name for part in PARTS for name in COMPOSE["services"][part]["environment"]}
    in_units = {pair.partition("=")[0] for name in PARTS for line in unit(name)["Environment"] for pair in line.split()} - {"PYTHONUNBUFFERED"}

    assert in_compose == in_units == {"SECRETS_DIR"}
    assert in_file <= set(settings_read())
    assert not in_file & {secret.upper() for role in SECRETS.values() for secret in role}


def test_settings__are_all_told_with_their_defaults() -> None:
    told, read = settings_told(), settings_read()
    words = {False: "`0`", True: "`1`", "": "none", None: "must be given"}
    assert {name: words.get(default, f"`{default}`") for name, default in read.items() if default != "(computed)"} == {  # type: ignore[call-overload]
        name: text for name, text in told.items() if read.get(name, "") != "(computed)"
    }
    assert set(told) == set(read)


def test_database__has_the_settings_of_the_embedded_one() -> None:
    given = dict(word.split("=", 1) for word in COMPOSE["services"]["database"]["command"] if "=" in word)
    here = {name: value for name, value in postgres.SETTINGS.items() if name not in {"listen_addresses", "unix_socket_directories"}}
    assert given == here


def test_env__reads_secrets_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret_key").write_text("long and random\n")
    (tmp_path / "cron_secret").write_text("\n")
    (tmp_path / "database_password").write_text("p@ss/word\n")
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://sextant_app@database:5432/sextant")
    for name in ("SECRET_KEY", "CRON_SECRET", "DATABASE_PASSWORD"):
        monkeypatch.delenv(name, raising=False)

    assert env.text("SECRET_KEY") == "long and random"
    assert env.text("CRON_SECRET", "none") == "none"
    assert env.database("app")["PASSWORD"] == "p@ss/word"
    monkeypatch.setenv("SECRET_KEY", "from the environment")
    assert env.text("SECRET_KEY") == "from the environment"


def test_env__a_broker_gets_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_PASSWORD", "p@ss/word")
    found = {}
    for given in ("redis://broker:6379/0", "amqp://sextant@broker:5672//", "redis://:own@broker:6379/0"):
        monkeypatch.setenv("BROKER_URL", given)
        found[given] = env.broker()
    assert list(found.values()) == [
        "redis://:p%40ss%2Fword@broker:6379/0",
        "amqp://sextant:p%40ss%2Fword@broker:5672//",
        "redis://:own@broker:6379/0",
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("role", "command"), [("app", "check --database default"), ("worker", "make_partitions"), ("owner", "migrate --check")])
def test_roles__do_their_work_with_their_own_secrets_alone(role: str, command: str, tmp_path: Path) -> None:
    passwords = {name.removesuffix("_URL") + "_PASSWORD": urlsplit(address(of)).password or "" for of, name in env.ROLE_ADDRESSES.items()}
    every = {"SECRET_KEY": env.text("SECRET_KEY"), **passwords}
    for name in SECRETS[role] & {name.lower() for name in every}:
        (tmp_path / name).write_text(every[name.upper()])
    bare = {name: re.sub(r":[^:@/]+@", "@", address(of)) for of, name in env.ROLE_ADDRESSES.items()}
    given = {name: value for name, value in surroundings().items() if name != "SECRET_KEY"} | bare | {"SECRETS_DIR": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *command.split()], cwd=ROOT, env=given, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
