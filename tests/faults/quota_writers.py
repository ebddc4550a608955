"""Processes that write things into one group through every door until they are told to stop: `python -m tests.faults.quota_writers FOLDER`.

FOLDER/job.json says {group, slug, token, cookies, writers, pauses}; each writer appends a byte per acknowledged thing to
FOLDER/<door>-<pid>.acknowledged: one to show that it is ready, more once FOLDER/go is there. A writer that dies is replaced, until FOLDER/stop is there.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

type Write = Callable[[int], bool]
"""Writes so many things in one transaction; whether they were taken."""
FORM = {"type": "note", "name": "Raced", "properties": "{}", "status": "active", "external_id": "", "_save": "Save"}


def main(folder: Path) -> None:
    import django

    django.setup()
    job = json.loads((folder / "job.json").read_text())
    doors = [_copy, _orm, _api, _sql, _admin]
    running: dict[int, int] = {}
    while not (folder / "stop").exists():
        for place in range(job["writers"]):
            if place not in running.values():
                running[_fork(folder, job, doors[place % len(doors)])] = place
        dead, _ = os.waitpid(-1, os.WNOHANG)
        running.pop(dead, None)
        time.sleep(0.01)
    for pid in running:
        os.waitpid(pid, 0)


def _fork(folder: Path, job: dict[str, Any], door: Callable[[dict[str, Any]], Write]) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        _write_until_stopped(folder, door(job), door.__name__.strip("_"), job["pauses"].get(door.__name__.strip("_"), 0))
    except BaseException as error:  # noqa: BLE001 -- a writer that fails otherwise than by a refusal is a finding of the test
        (folder / f"{os.getpid()}.failed").write_text(repr(error))
    finally:
        os._exit(0)


def _write_until_stopped(folder: Path, write: Write, door: str, pause: float) -> None:
    dice, most = random.Random(os.getpid()), 1 if door == "admin" else 8
    log = os.open(folder / f"{door}-{os.getpid()}.acknowledged", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    size = most
    if write(1):
        os.write(log, b".")
    while not (folder / "go").exists():
        time.sleep(0.005)
    while not (folder / "stop").exists():
        count = dice.randint(1, size)
        time.sleep(pause)
        if write(count):
            os.write(log, b"." * count)
            size = most
        elif count == 1:
            time.sleep(0.02)
        else:
            size = count - 1


def _items(count: int) -> list[dict[str, Any]]:
    return [{"type": "note", "name": "Raced"} for _ in range(count)]


def _in_scope(act: Callable[[int], None]) -> Write:
    from django.db import IntegrityError

    from ontology.errors import QuotaExceeded
    from ontology.isolation import PLATFORM_SCOPE, acting
    from ontology.services.limits import quota_refusal

    def write(count: int) -> bool:
        try:
            with acting(PLATFORM_SCOPE):
                act(count)
        except QuotaExceeded:
            return False
        except IntegrityError as error:
            if quota_refusal(error) is None:
                raise
            return False
        return True

    return write


def _copy(job: dict[str, Any]) -> Write:
    from ontology.models import Group
    from ontology.services.things import things_insert

    group = Group(id=job["group"], slug=job["slug"])
    return _in_scope(lambda count: things_insert(group, _items(count)) and None)


def _orm(job: dict[str, Any]) -> Write:
    from django.db import transaction

    from ontology.models import Thing

    def act(count: int) -> None:
        with transaction.atomic():
            for _ in range(count):
                Thing.objects.create(group_id=job["group"], type="note", name="Raced", status="active")

    return _in_scope(act)


def _sql(job: dict[str, Any]) -> Write:
    from django.db import connection

    text = (
        "INSERT INTO ontology_thing (id, group_id, type, name, properties, status) "
        "SELECT gen_random_uuid(), %s, 'note', 'Raced', '{}', 'active' FROM generate_series(1, %s)"
    )

    def act(count: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(text, [job["group"], count])

    return _in_scope(act)


def _api(job: dict[str, Any]) -> Write:
    from django.test import Client

    client = Client(headers={"Authorization": f"Bearer {job['token']}"})

    def write(count: int) -> bool:
        answer = client.post(f"/api/v1/groups/{job['slug']}/things/bulk/", json.dumps(_items(count)), content_type="application/json")
        if answer.status_code not in {201, 402}:
            raise RuntimeError(f"{answer.status_code} {answer.content!r}")
        return bool(answer.status_code == 201)

    return write


def _admin(job: dict[str, Any]) -> Write:
    from django.test import Client

    client = Client()
    client.cookies = SimpleCookie(job["cookies"])

    def write(count: int) -> bool:
        answer = client.post("/admin/ontology/thing/add/", {**FORM, "group": job["group"]})
        if answer.status_code == 200 and b"would exceed the limit" not in answer.content:
            raise RuntimeError(answer.content.decode()[-3000:])
        return bool(answer.status_code == 302)

    return write


if __name__ == "__main__":
    main(Path(sys.argv[1]))
