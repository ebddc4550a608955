"""The data of a simulation: a group of its own with people, tokens and sessions; made before, removed after, and found again after a kill."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Permission
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice
from psycopg import sql

from monitoring.errors import LoadRefused
from monitoring.load.plan import pair_linked
from monitoring.sql import rows
from ontology.choices import MemberRole, TokenScope
from ontology.models import ApiToken, Group, Membership, Person, Run
from ontology.services.actor import PLATFORM
from ontology.services.connections import connections_insert
from ontology.services.events import events_insert
from ontology.services.groups import group_create
from ontology.services.knowledge import knowledge_insert
from ontology.services.results import BulkResult
from ontology.services.things import things_insert
from ontology.services.tokens import token_make
from ontology.sessions import BEGAN, CONFIRMED, SEEN
from quotas.models import Subscription
from quotas.services.plans import plan_find

SLUG, HOST, SESSION_MARK = "load-simulation-", "load-simulation.invalid", "loadsimulation"
MARK = {"madeBy": "simulate_load"}
"""Of the group: with SLUG together it tells data of a simulation from anybody's own."""
OWNERS, PEOPLE_MAX, STAFF = 20, 50, 3
REMOVAL_SECONDS = 60.0
PAGE_RIGHTS = ("view_thing", "view_event", "view_connection", "view_group")
WORDS = ("Lamp", "Chair", "Table", "Glass", "Shelf", "Clock", "Vase", "Rug")


@dataclass(frozen=True, slots=True)
class World:
    """What the generator needs to know of the data."""

    group: Group
    tokens: list[str]
    sessions: list[str]
    things: list[str]
    owners: list[str]


def world_make(*, things: int, people: int, seconds: float, plan: str) -> World:
    """A group on PLAN with so many THINGS, as many connections, twice as many events and a quarter of knowledge; PEOPLE with a token each.

    Tokens and sessions end by themselves an hour after so many SECONDS. Raises PlanUnknown.
    """
    chosen, mark = plan_find(plan), secrets.token_hex(4)
    group = group_create(slug=f"{SLUG}{mark}", name=f"Load simulation {mark}", metadata=MARK, type="business")
    Subscription.objects.update_or_create(group=group, defaults={"plan": chosen})
    ends = timezone.now() + timedelta(seconds=seconds + 3600)
    owners = _made(things_insert(group, [{"type": "creator", "name": f"Owner {n}", "properties": {"role": "group_user"}} for n in range(OWNERS)]))
    made = _things(group, things)
    _surroundings(group, owners, made)
    members = _people(group, mark, min(people, PEOPLE_MAX), is_staff=False)
    tokens = [
        token_make(it, name="load", scopes=[TokenScope.READ, TokenScope.WRITE], group=group, expires_at=ends, actor=PLATFORM)[1] for it in members
    ]
    sessions = [_session(person, seconds) for person in _people(group, f"{mark}-staff", STAFF, is_staff=True)]
    return World(group, tokens, sessions, made, list(owners))


def _things(group: Group, count: int) -> list[str]:
    made: list[str] = []
    for part in batched(range(count), 5_000):
        items = [
            {
                "type": "product",
                "name": f"{WORDS[n % len(WORDS)]} {n}",
                "external_id": f"thing-{n}",
                "properties": {"price": n % 90, "currency": "EUR"},
            }
            for n in part
        ]
        made += _made(things_insert(group, items, default_status="active"))
    return made


def _made(result: BulkResult) -> list[str]:
    """The ids of what was written. Raises LoadRefused unless that is everything: a plan may leave no room."""
    if result.errors:
        raise LoadRefused(f"The data of the simulation cannot be made: {result.errors[0].error}")
    return result.created


def _surroundings(group: Group, owners: list[str], things: list[str]) -> None:
    """Connections, events of the last month, and knowledge, spread evenly over THINGS."""
    pairs = (pair_linked(n, owners, things) for n in range(len(things)))
    links = [{"type": "owns", "from": owner, "to": it} for owner, it in pairs]
    now = timezone.now()
    seen = [
        {
            "type": "thing_viewed",
            "actor": owners[n % len(owners)],
            "target": things[n % len(things)],
            "timestamp": (now - timedelta(minutes=n % 40_000)).isoformat(),
            "metadata": {"entityType": "product"},
        }
        for n in range(2 * len(things))
    ]
    notes = [{"type": "label", "text": f"note {n} on {WORDS[n % len(WORDS)]}", "source": it} for n, it in enumerate(things[::4])]
    kinds: list[tuple[Callable[..., BulkResult], list[dict[str, Any]]]] = [
        (connections_insert, links),
        (events_insert, seen),
        (knowledge_insert, notes),
    ]
    for write, items in kinds:
        for part in batched(items, 5_000):
            _made(write(group, list(part)))


def _people(group: Group, mark: str, count: int, *, is_staff: bool) -> list[Person]:
    """Members of GROUP who cannot sign in by password; staff see the pages of the mix, of this group alone."""
    made = [
        Person(
            email=f"{mark}-{n}@{HOST}",
            username=f"{SLUG}{mark}-{n}",
            is_staff=is_staff,
            display_name="Load simulation",
            password=UNUSABLE_PASSWORD_PREFIX,
        )
        for n in range(count)
    ]
    Person.objects.bulk_create(made)
    Membership.objects.bulk_create([Membership(group=group, person=person, role=MemberRole.GROUP_USER) for person in made])
    rights = Permission.objects.filter(content_type__app_label="ontology", codename__in=PAGE_RIGHTS) if is_staff else ()
    for person in made if is_staff else ():
        person.user_permissions.set(rights)
    return made


def _session(person: Person, seconds: float) -> str:
    """The key of a session as it is after password and second factor."""
    device = TOTPDevice.objects.create(user=person, name="load", confirmed=True)
    store, now = SessionStore(), int(time.time())
    store.set_expiry(int(seconds) + 3600)
    store.update({SESSION_KEY: str(person.pk), BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend"})
    store.update({HASH_SESSION_KEY: person.get_session_auth_hash(), DEVICE_ID_SESSION_KEY: device.persistent_id})
    store.update({BEGAN: now, SEEN: now, CONFIRMED: now})
    store._session_key = SESSION_MARK + secrets.token_hex(9)
    store.save(must_create=True)
    assert store.session_key is not None
    return store.session_key


def worlds_left() -> list[Group]:
    """Groups of simulations that are still there: of one that was killed, or of one that is running."""
    return list(Group.objects.filter(slug__startswith=SLUG, metadata__madeBy=MARK["madeBy"]).order_by("slug"))


def worlds_remove() -> int:
    """Removes every trace of simulations; how many groups went. For the owner of the tables alone: events are taken by nobody else.

    Safe to repeat after a kill: the group goes last.
    """
    found = worlds_left()
    people = Person.objects.filter(email__endswith=f"@{HOST}", username__startswith=SLUG)
    with transaction.atomic():
        ApiToken.objects.filter(person__in=people).delete()
        Session.objects.filter(session_key__startswith=SESSION_MARK).delete()
    for group in found:
        _group_removed(group)
    with transaction.atomic():
        people.delete()
    return len(found)


def _group_removed(group: Group) -> None:
    """Removes GROUP. Requests that were let in before their token went may write on for a moment: it is tried until they are done."""
    deadline = time.monotonic() + REMOVAL_SECONDS
    while True:
        try:
            return _group_remove(group)
        except (IntegrityError, OperationalError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _group_remove(group: Group) -> None:
    """Rows first, so that what is counted at their COMMIT has its row still; then what counted them, and the group."""
    with transaction.atomic():
        Group.objects.select_for_update().filter(pk=group.pk).first()  # who writes into it waits, and is refused then
        Run.objects.filter(group=group).delete()  # with its lines and samples, which have no group
        _rows_delete(group)
    with transaction.atomic():
        _rows_delete(group)
        Group.objects.filter(pk=group.pk)._raw_delete("default")  # nothing refers to it any more; the keys say if it does


def _rows_delete(group: Group) -> None:
    """Deletes the group's rows of every table that has a group, in whatever order their keys allow."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('sextant.event_decision', 'undo', true)")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        waiting = [name for (name,) in rows("load_tables", {})]
        while waiting:
            left = [name for name in waiting if not _deleted(cursor, name, group)]
            if len(left) == len(waiting):
                raise IntegrityError(f"The rows of {group.slug} hold on to one another: {', '.join(left)}.")
            waiting = left
        cursor.execute("SELECT set_config('sextant.event_decision', '', true)")


def _deleted(cursor: Any, table: str, group: Group) -> bool:
    try:
        with transaction.atomic():
            cursor.execute(sql.SQL("DELETE FROM {} WHERE group_id = %s").format(sql.Identifier(table)), [group.pk])
    except IntegrityError:
        return False
    return True
