"""The rules of migration, said once more and plainly: everything in memory, one document at a time. What the SQL does must come to the same."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

type Document = dict[str, Any]
type Tables = Mapping[str, list[Document]]
DEFAULT = "(default)"


def _mentions(tables: Tables, known: set[str]) -> Iterable[tuple[str, str | None, list[str]]]:
    """(thing, own group of the row, the other things in it) of every row that names the thing."""
    ends = (("connections", ("fromEntityId", "toEntityId")), ("events", ("actorId", "targetId")), ("knowledge", ("sourceThingId",)))
    for table, fields in ends:
        for row in tables.get(table, []):
            own = row.get("groupId") if row.get("groupId") in known else None
            named = [row[field] for field in fields if isinstance(row.get(field), str)]
            for thing in named:
                yield thing, own, [other for other in named if other != thing]


def groups_of_things(tables: Tables, *, infer: bool = True) -> tuple[dict[str, str], Counter[str]]:
    """The group of each thing, and how many were inferred, ambiguous or isolated."""
    known = {group["_id"] for group in tables["groups"]}
    found = {thing["_id"]: thing["groupId"] for thing in tables["entities"] if thing.get("groupId") in known}
    waiting = {thing["_id"] for thing in tables["entities"]} - set(found)
    by_thing: dict[str, list[tuple[str | None, list[str]]]] = defaultdict(list)
    for thing, own, others in _mentions(tables, known):
        by_thing[thing].append((own, others))
    evidence, defaulted, counts = dict(found), set[str](), Counter[str]()
    while infer:
        settled: dict[str, str] = {}
        for thing in waiting:
            named = {group for own, others in by_thing[thing] for group in (own, *map(evidence.get, others)) if group is not None}
            if len(named) == 1:
                settled[thing] = named.pop()
                counts["things_group_inferred"] += 1
            elif named:
                defaulted.add(thing)
                counts["things_group_ambiguous"] += 1
        waiting -= set(settled) | defaulted
        evidence |= settled
        if not settled:
            break
    counts["things_group_isolated"] = len(waiting)
    return {**evidence, **dict.fromkeys(waiting | defaulted, DEFAULT)}, counts


def expected(tables: Tables, *, infer: bool = True) -> dict[str, Any]:
    """What the report must say, under the names of the key file."""
    known = {group["_id"] for group in tables["groups"]}
    of, counts = groups_of_things(tables, infer=infer)
    reasons, kept = Counter[str](), set[tuple[str, str, str]]()
    for row in sorted(tables.get("connections", []), key=lambda row: (row["_creationTime"], row["_id"])):
        reason = _reason(row, of, known, kept)
        if reason:
            reasons[reason] += 1
        else:
            kept.add((row["fromEntityId"], row["toEntityId"], row["relationshipType"]))
    cleared = sum(_clears(row, ("actorId", "targetId"), of, known) for row in tables.get("events", []))
    knowledge_group = {row["_id"]: _own(row, ("sourceThingId",), of, known) for row in tables.get("knowledge", [])}
    links = [
        of.get(row["thingId"]) is not None and of.get(row["thingId"]) == knowledge_group.get(row["knowledgeId"])
        for row in tables.get("thingKnowledge", [])
    ]
    return {
        "things_migrated": len(tables["entities"]),
        "things_group_inferred": counts["things_group_inferred"],
        "things_group_ambiguous": counts["things_group_ambiguous"],
        "things_group_isolated": counts["things_group_isolated"],
        "connections_migrated": len(tables.get("connections", [])) - reasons.total(),
        "connections_quarantined": dict(reasons),
        "events_migrated": len(tables.get("events", [])),
        "events_reference_cleared": cleared,
        "knowledge_migrated": len(tables.get("knowledge", [])),
        "knowledge_source_cleared": sum(_clears(row, ("sourceThingId",), of, known) for row in tables.get("knowledge", [])),
        "thing_knowledge_migrated": sum(links),
        "thing_knowledge_quarantined": len(links) - sum(links),
    }


def _reason(row: Document, of: Mapping[str, str], known: set[str], kept: set[tuple[str, str, str]]) -> str:
    start, end = of.get(row["fromEntityId"]), of.get(row["toEntityId"])
    if start is None or end is None:
        return "orphaned"
    if start != end or (row.get("groupId") in known and row["groupId"] != start):
        return "cross_group"
    if row.get("validTo") is not None and row.get("validFrom") is not None and row["validTo"] < row["validFrom"]:
        return "reversed_validity"
    return "duplicate" if (row["fromEntityId"], row["toEntityId"], row["relationshipType"]) in kept else ""


def _own(row: Document, fields: Iterable[str], of: Mapping[str, str], known: set[str]) -> str:
    if row.get("groupId") in known:
        return str(row["groupId"])
    return next((of[row[field]] for field in fields if row.get(field) in of), DEFAULT)


def _clears(row: Document, fields: Iterable[str], of: Mapping[str, str], known: set[str]) -> int:
    fields = tuple(fields)
    group = _own(row, fields, of, known)
    return sum(row.get(field) is not None and of.get(row[field]) != group for field in fields)
