"""One row of a group, held for a change of it."""

from datetime import datetime

from ontology.errors import ChangedMeanwhile, DeletionState
from ontology.models import Connection, Group, Knowledge


def connection_locked(row: Connection, *, deleted: bool = False, if_unmodified: datetime | None = None) -> Connection:
    """The connection with its ends as it stands now, held until the transaction ends; one query.

    Raises DeletionState unless it is DELETED (or not) as asked, ChangedMeanwhile when its `updated_at` is not IF_UNMODIFIED.
    """
    rows = Connection.objects.select_related("group", "from_thing", "to_thing").select_for_update(of=("self",), no_key=True)
    found: Connection = rows.get(pk=row.pk, group=row.group_id)
    _demand(found, f"The connection {found}", deleted=deleted, if_unmodified=if_unmodified)
    return found


def knowledge_locked(row: Knowledge, *, deleted: bool = False, if_unmodified: datetime | None = None) -> Knowledge:
    """The piece of knowledge with its source as it stands now, held until the transaction ends; one query.

    Raises DeletionState unless it is DELETED (or not) as asked, ChangedMeanwhile when its `updated_at` is not IF_UNMODIFIED.
    """
    rows = Knowledge.objects.select_related("group", "source_thing").select_for_update(of=("self",), no_key=True)
    found: Knowledge = rows.get(pk=row.pk, group=row.group_id)
    _demand(found, f"The {found.get_type_display().lower()} {found}", deleted=deleted, if_unmodified=if_unmodified)
    return found


def group_of(row: Connection | Knowledge) -> Group:
    """The group of a row that has one."""
    assert row.group is not None, "a legacy row has no group and no change"
    return row.group


def _demand(found: Connection | Knowledge, name: str, *, deleted: bool, if_unmodified: datetime | None) -> None:
    if (found.deleted_at is not None) is not deleted:
        raise DeletionState(name, is_deleted=not deleted)
    if if_unmodified is not None and found.updated_at != if_unmodified:
        raise ChangedMeanwhile(name, found.updated_at)
