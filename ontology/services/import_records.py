"""A batch of records written through the services: each record to the call of its kind and group, each problem back to its record."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ontology.choices import BulkMode, OnConflict, ThingStatus
from ontology.errors import DomainError, FieldRefused
from ontology.models import Group, Person, Thing
from ontology.records import Record
from ontology.services.access import rows_in_scope
from ontology.services.actor import Actor
from ontology.services.connections import connections_insert
from ontology.services.events import content_digest, events_insert
from ontology.services.groups import group_create, membership_add
from ontology.services.knowledge import knowledge_insert
from ontology.services.references import ends_find
from ontology.services.results import BulkResult
from ontology.services.run_writes import Written
from ontology.services.survey import KINDS
from ontology.services.things import things_insert
from ontology.validation.connections import end_faults
from ontology.validation.groups import group_faults, membership_faults
from ontology.validation.problems import Fault, Problem, shown, words

type Item = dict[str, Any]

REJECTS_HELD_MAX = 10_000
"""Of one transaction: a batch has no more records; a file written as a whole may have, and names the first of its bad ones."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that was not written, and everything that is wrong with it."""

    record: Record
    faults: list[Fault]

    @property
    def problems(self) -> list[dict[str, str]]:
        """The faults as a row or file keeps them."""
        return [{"field": field, "code": code, "error": error} for field, code, error in self.faults]


@dataclass(frozen=True, slots=True)
class Target:
    """Where and how records are written: GROUP is for those that name none; KINDS are those that are taken."""

    group: Group | None
    on_conflict: OnConflict = OnConflict.ERROR
    default_status: str = ThingStatus.ACTIVE
    actor: Actor | None = None
    kinds: frozenset[str] = frozenset(KINDS)


@dataclass(slots=True)
class Tally:
    """Records of one kind by what became of them."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    rejected: int = 0

    def add(self, other: "Tally") -> None:
        """Counts what OTHER counted too."""
        self.created += other.created
        self.updated += other.updated
        self.skipped += other.skipped
        self.rejected += other.rejected


@dataclass(slots=True)
class RecordWriter:
    """Writes records inside the caller's transaction, and keeps what became of them.

    `ordinals` tells, by line, which of several events with the same content a record is, where it is not the first. `written` are the ids of what was
    created and updated, by group, kind and act, `update_events` the events with the old values of the latter.
    """

    target: Target
    ordinals: Mapping[int, int] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    written: dict[Written, list[str]] = field(default_factory=dict)
    update_events: dict[Written, list[str]] = field(default_factory=dict)
    _groups: dict[str, Group] = field(default_factory=dict)

    def write(self, records: Iterable[Record]) -> None:
        """Writes RECORDS of any kinds and groups; the kinds that others refer to first. One service call per kind and group."""
        batches: dict[tuple[str, str], list[tuple[Record, Item]]] = {}
        for record in records:
            kind, slug, item, faults = self._sorted(record)
            if faults:
                self._reject(kind, record, faults)
            else:
                batches.setdefault((kind, slug), []).append((record, item))
        for kind in KINDS:
            for (batch_kind, slug), batch in batches.items():
                if batch_kind == kind:
                    self._write_batch(kind, self._groups[slug], batch)

    def write_groups(self, records: Iterable[Record]) -> None:
        """Makes the groups of RECORDS, parents first whatever their order; one whose slug is taken is an error or left as it is."""
        waiting = [(record, _content(record)) for record in records]
        while waiting:
            slugs = {item["slug"] for _, item in waiting if isinstance(item.get("slug"), str)}
            later = [(record, item) for record, item in waiting if isinstance(item.get("parent"), str) and item["parent"] in slugs]
            for record, item in waiting:
                if len(later) == len(waiting) or not (isinstance(item.get("parent"), str) and item["parent"] in slugs):
                    refused = self._not_taken("group")
                    self._told("group", record, [refused] if refused else group_faults(item), partial(self._make_group, item))
            waiting = later if len(later) < len(waiting) else []

    def _sorted(self, record: Record) -> tuple[str, str, Item, list[Fault]]:
        """The kind, group and item of RECORD; keys that begin with _ are remarks of an earlier load."""
        if record.value is None:
            return "", "", {}, [record.fault or ("", "not_json", "The record cannot be read.")]
        item = _content(record, kind=True)
        kind, slug = item.pop("kind", None), item.pop("group", None)
        if kind not in KINDS:
            return "", "", {}, [("kind", "unknown_kind", f"kind must be {words(KINDS)}, not {shown(kind)}.")]
        fault = self._not_taken(kind) or self._find_group(slug)
        return kind, slug if isinstance(slug, str) else "", item, [] if fault is None else [fault]

    def _not_taken(self, kind: str) -> Fault | None:
        if kind in self.target.kinds:
            return None
        return ("kind", "kind_not_taken", f"Records of the kind {kind} are loaded by operators alone: they decide who may do what. Leave them out.")

    def _find_group(self, slug: object) -> Fault | None:
        """What is wrong with the group a record names, if anything."""
        if slug is None:
            if self.target.group is None:
                return ("group", "missing", "The record names no group, and none was given for the file (--group).")
            self._groups[""] = self.target.group
            return None
        if not isinstance(slug, str) or "\0" in slug:
            return ("group", "not_text", f"group must be a slug, not {shown(slug)}.")
        if slug not in self._groups:
            group = rows_in_scope(Group.objects.filter(slug=slug)).first()
            if group is None:
                return ("group", "no_such_group", f"There is no group {shown(slug)}.")
            self._groups[slug] = group
        return None

    def _write_batch(self, kind: str, group: Group, batch: list[tuple[Record, Item]]) -> None:
        if kind == "membership":
            for record, item in batch:
                self._told(kind, record, membership_faults(item), partial(self._make_membership, group, item))
            return
        result = self._calls()[kind](group, batch)
        tally = self._tally(kind)
        tally.created += len(result.created)
        tally.updated += len(result.updated)
        tally.skipped += result.skipped
        for act, ids in (("created", result.created), ("updated", result.updated)):
            if ids:
                self.written.setdefault(Written(group.pk, kind, act), []).extend(ids)
        if result.update_events:
            self.update_events.setdefault(Written(group.pk, kind, "updated"), []).extend(result.update_events)
        for record, faults in _by_record(batch, result.errors):
            self._reject(kind, record, faults)

    def _calls(self) -> Mapping[str, Callable[[Group, list[tuple[Record, Item]]], BulkResult]]:
        return {"thing": self._things, "connection": self._connections, "event": self._events, "knowledge": self._knowledge}

    def _things(self, group: Group, batch: list[tuple[Record, Item]]) -> BulkResult:
        target, items = self.target, [item for _, item in batch]
        return things_insert(
            group,
            items,
            mode=BulkMode.PARTIAL,
            on_conflict=target.on_conflict,
            default_status=target.default_status,
            actor=target.actor,
            record=False,
        )

    def _connections(self, group: Group, batch: list[tuple[Record, Item]]) -> BulkResult:
        items = [item for _, item in batch]
        return connections_insert(group, items, mode=BulkMode.PARTIAL, on_conflict=self._keeping, actor=self.target.actor, record=False)

    def _events(self, group: Group, batch: list[tuple[Record, Item]]) -> BulkResult:
        items = [item for _, item in batch]
        digests = [content_digest(item, self.ordinals.get(record.line, 0), group) for record, item in batch]
        return events_insert(group, items, mode=BulkMode.PARTIAL, on_conflict=self._keeping, actor=self.target.actor, content_digests=digests)

    def _knowledge(self, group: Group, batch: list[tuple[Record, Item]]) -> BulkResult:
        items = [item if item.get("external_id") else {**item, "external_id": f"content:{content_digest(item, 0).hex()}"} for _, item in batch]
        return knowledge_insert(group, items, mode=BulkMode.PARTIAL, on_conflict=self._keeping, actor=self.target.actor, record=False)

    @property
    def _keeping(self) -> OnConflict:
        """Of things alone `update` means a change; the other kinds leave what is there as it is."""
        return OnConflict.ERROR if self.target.on_conflict is OnConflict.ERROR else OnConflict.SKIP

    def _make_group(self, item: Item) -> bool:
        slug, name, parent = item.pop("slug"), item.pop("name"), item.pop("parent", None)
        if self.target.on_conflict is not OnConflict.ERROR and Group.objects.filter(slug=slug).exists():
            return False
        if parent is not None:
            found = Group.objects.filter(slug=parent).first()
            if found is None:
                raise FieldRefused("parent", f"There is no group {shown(parent)} to be its parent.")
            item["parent"] = found
        group_create(slug=slug, name=name, actor=self.target.actor, **item)
        return True

    def _make_membership(self, group: Group, item: Item) -> bool:
        person = Person.objects.filter(email__iexact=item["person"]).first()
        if person is None:
            raise FieldRefused("person", f"There is no person with the e-mail address {shown(item['person'])}.")
        if self.target.on_conflict is not OnConflict.ERROR and group.memberships.filter(person=person).exists():
            return False
        creator = self._creator(group, item["creator"]) if item.get("creator") else None
        membership_add(group, person, item.get("role", "group_user"), actor=self.target.actor, creator=creator)
        return True

    def _creator(self, group: Group, key: str) -> Thing:
        end = ends_find(group, [key]).get(key)
        faults = end_faults("creator", key, end)
        if end is None or faults:
            raise FieldRefused("creator", faults[0][2])
        thing: Thing = Thing.objects.get(pk=end.id)
        return thing

    def _told(self, kind: str, record: Record, faults: list[Fault], act: Callable[[], bool]) -> None:
        """Counts what ACT made, or rejects RECORD with its FAULTS or with what ACT says."""
        made = False
        try:
            made = not faults and act()
        except DomainError as refused:
            faults = [(getattr(refused, "field", ""), refused.code, str(refused))]
        if faults:
            self._reject(kind, record, faults)
            return
        tally = self._tally(kind)
        tally.created += made
        tally.skipped += not made

    def _reject(self, kind: str, record: Record, faults: list[Fault]) -> None:
        self._tally(kind).rejected += 1
        if len(self.rejects) < REJECTS_HELD_MAX:
            self.rejects.append(Reject(record, faults))

    def _tally(self, kind: str) -> Tally:
        return self.tallies.setdefault(kind, Tally())


def _content(record: Record, *, kind: bool = False) -> Item:
    """What RECORD says, its KIND only if wanted; keys that begin with _ are remarks of an earlier load."""
    return {key: value for key, value in (record.value or {}).items() if not key.startswith("_") and (kind or key != "kind")}


def _by_record(batch: list[tuple[Record, Item]], problems: list[Problem]) -> list[tuple[Record, list[Fault]]]:
    faults: dict[int, list[Fault]] = {}
    for problem in problems:
        faults.setdefault(problem.index, []).append((problem.field, problem.code, problem.error))
    return [(batch[index][0], found) for index, found in sorted(faults.items())]
