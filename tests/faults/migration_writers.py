"""Processes that work in one group through services, plain SQL and the API until they are told to stop: `python -m tests.faults.migration_writers FOLDER`.

FOLDER/job.json says {group, slug, token, writers}. Each writer appends a line of JSON per acknowledged act to FOLDER/<door>-<number>.log: {act, id, mark,
at, ms}, and `refused` where the row it meant was there no more. Whatever else goes wrong ends it, and is left in FOLDER/<door>-<number>.failed.
"""

import json
import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

LINK = "beside"
"""A type of connection that no export has, between whatever things."""


class Refused(Exception):
    """What was meant is there no more."""


class Services:
    """By the services that every door calls."""

    def __init__(self, job: dict[str, Any]) -> None:
        from ontology.models import Group

        self.group = Group(id=uuid.UUID(job["group"]), slug=job["slug"])

    def act(self, name: str, *args: str) -> str:
        from ontology.errors import DomainError
        from ontology.models import Thing

        try:
            return str(getattr(self, name)(*args))
        except (DomainError, Thing.DoesNotExist) as refused:
            raise Refused(str(refused)) from None

    def make(self, mark: str) -> str:
        from ontology.services.single import thing_create

        return str(thing_create(self.group, {"type": "note", "name": mark}).pk)

    def change(self, thing: str, mark: str) -> str:
        from ontology.models import Thing
        from ontology.services.single import thing_change

        thing_change(Thing.objects.select_related("group").get(pk=thing, group=self.group), {"properties": {"mark": mark}})
        return thing

    def connect(self, one: str, other: str) -> str:
        from ontology.services.single import connection_create

        return str(connection_create(self.group, {"from": one, "to": other, "type": LINK}).pk)

    def happen(self, thing: str, mark: str) -> str:
        from ontology.services.single import event_append

        return str(event_append(self.group, {"type": "content_event", "actor": thing, "metadata": {"mark": mark}}).pk)


class Sql(Services):
    """By plain statements, as an operator writes them."""

    def act(self, name: str, *args: str) -> str:
        from django.db import IntegrityError, transaction

        try:
            with transaction.atomic():
                return super().act(name, *args)
        except IntegrityError as refused:
            raise Refused(str(refused)) from None

    def make(self, mark: str) -> str:
        return self._write(
            "INSERT INTO ontology_thing (id, group_id, type, name, properties, status) VALUES (%s, %s, 'note', %s, '{}', 'active')", mark
        )

    def change(self, thing: str, mark: str) -> str:
        from django.db import connection

        with connection.cursor() as cursor:
            text = "UPDATE ontology_thing SET properties = jsonb_build_object('mark', %s::text) WHERE id = %s AND group_id = %s"
            cursor.execute(text, [mark, thing, self.group.pk])
            if not cursor.rowcount:
                raise Refused(thing)
        return thing

    def connect(self, one: str, other: str) -> str:
        text = "INSERT INTO ontology_connection (id, group_id, from_thing_id, to_thing_id, type, metadata) VALUES (%s, %s, %s, %s, 'beside', '{}')"
        return self._write(text, one, other)

    def happen(self, thing: str, mark: str) -> str:
        from ontology.services.single import event_append

        return str(event_append(self.group, {"type": "content_event", "target": thing, "metadata": {"mark": mark}}).pk)

    def _write(self, text: str, *values: str) -> str:
        from django.db import connection

        made = str(uuid.uuid4())
        with connection.cursor() as cursor:
            cursor.execute(text, [made, self.group.pk, *values])
        return made


class Api(Services):
    """By the API, with a token."""

    def __init__(self, job: dict[str, Any]) -> None:
        from django.test import Client

        super().__init__(job)
        self.client = Client(headers={"Authorization": f"Bearer {job['token']}"})

    def make(self, mark: str) -> str:
        return self._call("post", "things/", {"type": "note", "name": mark})

    def change(self, thing: str, mark: str) -> str:
        return self._call("patch", f"things/{thing}/", {"properties": {"mark": mark}})

    def connect(self, one: str, other: str) -> str:
        return self._call("post", "connections/", {"from": one, "to": other, "type": LINK})

    def happen(self, thing: str, mark: str) -> str:
        return self._call("post", "events/", {"type": "content_event", "actor": thing, "metadata": {"mark": mark}})

    def _call(self, method: str, path: str, body: dict[str, Any]) -> str:
        answer = getattr(self.client, method)(f"/api/v1/groups/{self.group.slug}/{path}", json.dumps(body), content_type="application/json")
        if answer.status_code in {404, 409, 422}:
            raise Refused(answer.content.decode())
        if answer.status_code not in {200, 201}:
            raise RuntimeError(f"{answer.status_code} {answer.content!r}")
        return str(answer.json()["id"])


DOORS: tuple[Callable[[dict[str, Any]], Services], ...] = (Services, Sql, Api)


def main(folder: Path) -> None:
    import django

    django.setup()
    job = json.loads((folder / "job.json").read_text())
    pids = [_fork(folder, job, number) for number in range(job["writers"])]
    for pid in pids:
        os.waitpid(pid, 0)


def _fork(folder: Path, job: dict[str, Any], number: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    door = DOORS[number % len(DOORS)](job)
    stem = folder / f"{type(door).__name__.lower()}-{number}"
    try:
        from ontology.isolation import PLATFORM_SCOPE, acting

        with acting(PLATFORM_SCOPE), stem.with_suffix(".log").open("w", buffering=1) as log:
            for told in _acts(folder, job, door, number):
                log.write(json.dumps(told) + "\n")
    except BaseException as error:  # noqa: BLE001 -- told to the test, which demands that there is none
        stem.with_suffix(".failed").write_text(repr(error))
    finally:
        os._exit(0)


def _acts(folder: Path, job: dict[str, Any], door: Services, number: int) -> Iterator[dict[str, Any]]:
    """Acts on things that nobody else of the writers changes, whoever made them."""
    dice, seen = random.Random(number), list[str]()
    for count in range(1 << 30):
        if (folder / "stop").exists():
            return
        if count % 20 == 0:
            seen = _seen(door)
        mine = [thing for thing in seen if uuid.UUID(thing).int % job["writers"] == number]
        act, mark = dice.choice(["make", "change", "change", "connect", "happen"]) if mine else "make", f"mark {number} {count}"
        began = time.monotonic()
        try:
            match act:
                case "connect":
                    made = door.act(act, door.act("make", mark), dice.choice(seen))
                case "make":
                    made = door.act(act, mark)
                case _:
                    made = door.act(act, dice.choice(mine), mark)
        except Refused as refused:
            yield {"act": "refused", "id": "", "mark": str(refused)[:200], "ms": round(1000 * (time.monotonic() - began))}
            continue
        yield {"act": act, "id": made, "mark": mark, "at": time.time(), "ms": round(1000 * (time.monotonic() - began))}
        time.sleep(job.get("pause", 0.0))


def _seen(door: Services) -> list[str]:
    from ontology.models import Thing

    return [str(pk) for pk in Thing.objects.in_group(door.group).live().order_by("?").values_list("pk", flat=True)[:60]]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
