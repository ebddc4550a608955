"""Names of things turned into things: by id or by external_id, inside one group."""

import uuid
from collections.abc import Iterable

from ontology.models import Group
from ontology.services.bulk import query
from ontology.validation.connections import End


def ends_find(group: Group, keys: Iterable[str]) -> dict[str, End]:
    """The things of GROUP that KEYS name; a key that is both an id and another thing's external_id means the id. One query."""
    wanted = set(keys)
    ids = {text: key for key in wanted if (text := _uuid_text(key)) is not None}
    found: dict[str, End] = {}
    by_id: dict[str, End] = {}
    for id_, external_id, type_name, is_deleted in query("things_find", {"group": group.pk, "ids": list(ids), "external_ids": list(wanted)}):
        end = End(id_, type_name, is_deleted)
        if external_id in wanted:
            found[external_id] = end
        if id_ in ids:
            by_id[ids[id_]] = end
    return found | by_id


def _uuid_text(key: str) -> str | None:
    if len(key) not in {32, 36}:
        return None
    try:
        return str(uuid.UUID(key))
    except ValueError:
        return None
