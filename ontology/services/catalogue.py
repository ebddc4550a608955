"""The catalogue in use: loading the shipped types, the compiled form of all types, and edits by staff."""

import logging
from collections.abc import Callable, Iterable, Mapping, Set
from copy import copy
from dataclasses import asdict, dataclass
from typing import Any, TypedDict

from django.db import connection, transaction

from ontology.catalogue.compiled import Catalogue, ConnectionRule, TypeRule, schema_compile
from ontology.catalogue.shipped import FEATURES, JsonSchema, ShippedType, shipped_catalogue
from ontology.errors import TypeEditBreaksRows, TypeInvalid
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import ConnectionType, EventType, ThingType
from ontology.models.catalogue import CatalogueType
from ontology.services.actor import Actor
from ontology.services.catalogue_breaks import BrokenRows, connections_broken, events_broken, things_broken
from ontology.services.catalogue_problems import type_problems
from ontology.services.record import platform_record
from ontology.sql import statement

logger = logging.getLogger(__name__)

type Version = tuple[int, str]
"""The number of the catalogue's version and the transaction that wrote it."""

_NOTHING_ALLOWED: JsonSchema = {"not": {}}
_compiled: tuple[Version, Catalogue] | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """How many types a load added."""

    things: int
    connections: int
    events: int


class TypeChanges(TypedDict, total=False):
    """What an edit may change of every type."""

    category: str
    feature: str
    description: str
    schema: JsonSchema
    active: bool


class ConnectionTypeChanges(TypeChanges, total=False):
    """What an edit may change of a type of connections; no types on a side: any."""

    from_types: list[str]
    to_types: list[str]
    acyclic: bool


class EventTypeChanges(TypeChanges, total=False):
    """What an edit may change of a type of events."""

    revenue_key: str
    revenue_when: dict[str, Any]


@transaction.atomic
def catalogue_load(*, features: Set[str] | None = None) -> Added:
    """Adds the shipped types of core and FEATURES (None: all) that are missing; a type that is there stays as staff left it.

    Raises ValueError for a feature that is none. Waits for running bulk calls. Four queries when nothing is missing, at most seven.
    """
    shipped = shipped_catalogue(FEATURES if features is None else frozenset(features))
    _execute("catalogue_lock")
    return Added(_add(ThingType, shipped.things), _add(ConnectionType, shipped.connections), _add(EventType, shipped.events))


def _add(model: type[CatalogueType], types: Iterable[ShippedType]) -> int:
    present = set(model.objects.values_list("name", flat=True))
    missing = [model(**asdict(shipped)) for shipped in types if shipped.name not in present]
    model.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)


def catalogue_current() -> Catalogue:
    """All types as the caller's transaction sees them, compiled once per process and version.

    Two queries when nothing changed, three more after an edit. Until the transaction ends no edit can come between: an edit waits for it. The lock
    comes in a statement of its own, because a statement sees what was committed before it began, and the wait may be for an edit's commit.
    Under REPEATABLE READ the answer is as old as the transaction's snapshot. Outside a transaction the lock lasts one statement.
    """
    global _compiled
    _execute("catalogue_lock_shared")
    version, known = _version(), _compiled
    if known is not None and known[0] == version:
        return known[1]
    catalogue = _compile(version[0])
    _compiled = (version, catalogue)
    return catalogue


def _version() -> Version:
    with connection.cursor() as cursor:
        cursor.execute(statement("catalogue_version"))
        row = cursor.fetchone()
    return (row[0], row[1]) if row else (0, "")


def _compile(number: int) -> Catalogue:
    return Catalogue(
        version=number,
        things={row.name: TypeRule(row.name, row.active, _validator(row)) for row in ThingType.objects.all()},
        connections={
            row.name: ConnectionRule(row.name, row.active, _validator(row), frozenset(row.from_types), frozenset(row.to_types), row.acyclic)
            for row in ConnectionType.objects.all()
        },
        events={row.name: TypeRule(row.name, row.active, _validator(row)) for row in EventType.objects.all()},
    )


def _validator(row: CatalogueType) -> Any:
    """The validator of a type. A schema that came past `type_problems` and cannot be compiled refuses new rows of its type, and of no other."""
    try:
        return schema_compile(row.schema)
    except ValueError:
        logger.exception("The schema of the type %s cannot be used; the type takes no rows until it is mended.", row.name)
        return schema_compile(_NOTHING_ALLOWED)


def thing_type_save(name: str, changes: TypeChanges, *, actor: Actor, confirm: bool = False) -> ThingType:
    """Makes the type of things NAME, or changes it; see `_type_save`."""
    return _type_save(ThingType, name, changes, things_broken, actor=actor, confirm=confirm)


def connection_type_save(name: str, changes: ConnectionTypeChanges, *, actor: Actor, confirm: bool = False) -> ConnectionType:
    """Makes the type of connections NAME, or changes it; see `_type_save`."""
    return _type_save(ConnectionType, name, changes, connections_broken, actor=actor, confirm=confirm)


def event_type_save(name: str, changes: EventTypeChanges, *, actor: Actor, confirm: bool = False) -> EventType:
    """Makes the type of events NAME, or changes it; see `_type_save`."""
    return _type_save(EventType, name, changes, events_broken, actor=actor, confirm=confirm)


@transaction.atomic
def _type_save[T: CatalogueType](
    model: type[T],
    name: str,
    changes: Mapping[str, object],
    broken_rows: Callable[[T, T, Set[str]], BrokenRows],
    *,
    actor: Actor,
    confirm: bool,
) -> T:
    """The saved type; in force for every call that starts after the commit. Waits for running bulk calls, and they for it.

    Raises TypeInvalid with the problems by field, and TypeEditBreaksRows for a change that existing rows would not survive, unless CONFIRM.
    Writes one event into the platform's group; an edit that changes nothing writes nothing. The cost is that of reading the rows of the type.
    """
    _execute("catalogue_lock")
    old: T | None = model.objects.filter(name=name).first()
    new = model(name=name) if old is None else copy(old)
    problems = type_problems(old, new, changes)
    if problems:
        raise TypeInvalid(name, problems)
    changed = {field for field in changes if old is None or getattr(old, field) != getattr(new, field)}
    if old is not None and not changed:
        return old
    if old is not None and not confirm:
        with acting(PLATFORM_SCOPE):  # a type is everybody's, so rows that the editor may not see count as well
            broken = broken_rows(old, new, changed)
        if broken.count:
            raise TypeEditBreaksRows(name, broken.count, broken.first_ids)
    new.save(force_insert=old is None, update_fields=None if old is None else changed)
    _record(old, new, sorted(changed), actor=actor, confirmed=confirm)
    return new


def _record(old: CatalogueType | None, new: CatalogueType, changed: list[str], *, actor: Actor, confirmed: bool) -> None:
    metadata = {
        "catalogue": new._meta.model_name,
        "type": new.name,
        "changes": changed,
        "old": {} if old is None else {field: getattr(old, field) for field in changed},
        "new": {field: getattr(new, field) for field in changed},
        "confirmed": confirmed,
    }
    platform_record("settings_updated", actor=actor, metadata=metadata)


def _execute(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement(name))
