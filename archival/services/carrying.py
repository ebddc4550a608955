"""What the database keeps of cold events, taken from their objects anew: for metrics defined since they left, and keys that were not kept yet."""

import uuid

from django.db import connection, transaction

from archival.choices import BatchState
from archival.models import ArchiveBatch
from archival.parquet import arrays_of, rows_of, table_of
from archival.services.batches import object_verify
from archival.services.restoring import held_batch
from archival.sql import rows
from archival.store import store
from ontology.models import Group
from ontology.services.bulk import csv_plain, csv_text
from ontology.services.carried import carried_remove, events_carry
from ontology.services.event_rows import STAGE
from ontology.sql import statement as ontology_statement


def batches_to_carry_again(group: Group | None = None) -> list[uuid.UUID]:
    """The batches of GROUP, or of every group, that a custom metric was never asked of, or that keep no keys; one query."""
    return [key for (key,) in rows("batches_to_carry_again", {"group": group.pk if group else None})]


def batch_carry_again(batch: ArchiveBatch) -> int:
    """Carries what metrics need of BATCH anew, and keeps its keys, from its object; how many events. Every other number stays as it is.

    Raises StoreError, BatchStateRefused and LeaseLost; what was carried stays then.
    """
    with held_batch(batch, BatchState.ARCHIVED, "carried again") as held:
        events = table_of(object_verify(held, store()))
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(ontology_statement(STAGE.name))
            STAGE.fill(
                f"{row['id']},{csv_text(row['type'])},{csv_plain(row['actor_id'])},{csv_plain(row['target_id'])},{csv_plain(row['person_id'])},"
                f"{row['timestamp']},{csv_text(row['metadata'])},{csv_text(row['external_id'])}\n"
                for row in rows_of(events)
            )
            columns = arrays_of(events)
            told = {"batch": held.pk, "fence": held.fence, "ids": columns.ids, "external_ids": columns.external_ids}
            rows("keys_keep", told)
            carried_remove(held.group_id, held.pk)
            carried = events_carry(held.group_id, held.pk)
            ArchiveBatch.objects.filter(pk=held.pk, fence=held.fence).update(lease_until=None)
    return carried.events


def carried_anew(group: Group | None = None) -> int:
    """Carries anew whatever is due, of GROUP or of all; how many batches."""
    due = ArchiveBatch.objects.filter(pk__in=batches_to_carry_again(group)).select_related("group").order_by("id")
    return sum(1 for batch in due if batch_carry_again(batch))
