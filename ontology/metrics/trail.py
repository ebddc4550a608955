"""What one event says of a change: who made it, through which door, and from what to what, field by field."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ontology.choices import Door
from ontology.models import ApiToken, Event

FIELDS_MAX = 100
"""Of one event: a change of thousands of keys is told by its first ones."""
DEPTH_MAX = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One field from what to what; `field` is a path such as properties.price, and a missing side is None with `had` or `has` false."""

    field: str
    old: Any = None
    new: Any = None
    had: bool = True
    has: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """An event of an audit trail, read out.

    `who` is the person's name, or address when they have none; blank when the platform acted by itself, and the id of a person who is gone.
    `sent`: a client told of it, so type, moment and metadata are its words; otherwise they are the platform's own record.
    `door` is blank in events that say none. `token_prefix` is blank when the token is gone or out of reach.
    """

    event: Event
    who: str
    email: str
    door: str
    token_id: uuid.UUID | None
    token_prefix: str
    request_id: str
    sent: bool
    changes: Sequence[Change]
    changes_left_out: bool


def entries(events: Sequence[Event]) -> list[Entry]:
    """EVENTS, their people loaded, read out; one query when one of them came by a token."""
    tokens = {token for event in events if (token := _token(event)) is not None}
    prefixes = dict(ApiToken.objects.filter(pk__in=tokens).values_list("pk", "prefix")) if tokens else {}
    return [_entry(event, prefixes) for event in events]


def field_changes(metadata: Mapping[str, Any]) -> list[Change]:
    """What METADATA with `old` and `new` says to have changed, in the order of its fields; objects are told key by key. At most FIELDS_MAX + 1."""
    old, new = metadata.get("old"), metadata.get("new")
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return []
    found: list[Change] = []
    for change in _walk("", old, new, DEPTH_MAX):
        found.append(change)
        if len(found) > FIELDS_MAX:
            break
    return found


def _walk(path: str, old: Mapping[str, Any], new: Mapping[str, Any], depth: int) -> Iterator[Change]:
    for key in dict.fromkeys((*old, *new)):
        had, has = key in old, key in new
        before, after = old.get(key), new.get(key)
        if had and has and before == after and type(before) is type(after):
            continue
        field = f"{path}.{key}" if path else str(key)
        if depth > 1 and isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from _walk(field, before, after, depth - 1)
        else:
            yield Change(field, before, after, had, has)


def _entry(event: Event, prefixes: Mapping[uuid.UUID, str]) -> Entry:
    by, token = _by(event), _token(event)
    person = event.person
    changes = field_changes(event.metadata)
    door = str(by.get("door", ""))
    return Entry(
        event=event,
        who=str(person) if person is not None else str(event.person_id or ""),
        email=person.email if person is not None else "",
        door=door if door in Door.values else "",
        token_id=token,
        token_prefix=prefixes.get(token, "") if token is not None else "",
        request_id=str(by.get("requestId", "")),
        sent=by.get("sent") is True,
        changes=changes[:FIELDS_MAX],
        changes_left_out=len(changes) > FIELDS_MAX,
    )


def _by(event: Event) -> Mapping[str, Any]:
    by = event.metadata.get("by") if isinstance(event.metadata, Mapping) else None
    return by if isinstance(by, Mapping) else {}


def _token(event: Event) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(_by(event).get("tokenId", "")))
    except ValueError:
        return None
