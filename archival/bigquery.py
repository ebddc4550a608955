"""Loading archived events into BigQuery's own storage, by its client; installed with requirements/google.txt."""

import io
from typing import Any

from archival.choices import BatchState
from archival.models import ArchiveBatch
from archival.services.batches import object_verify
from archival.store import store
from ontology.models import Group


def bigquery_load(table: str, *, group: Group | None = None, client: Any = None) -> int:
    """Adds the archived events of GROUP, or of all, to TABLE (dataset.table), object by object; how many events.

    Each object is a load job named by its batch, so that BigQuery itself refuses one that was loaded before, and a load cut short is simply repeated.
    Raises what the client raises, StoreError.
    """
    from google.api_core.exceptions import Conflict
    from google.cloud import bigquery

    client = client or bigquery.Client()
    settings = bigquery.LoadJobConfig(source_format=bigquery.SourceFormat.PARQUET, write_disposition=bigquery.WriteDisposition.WRITE_APPEND)
    batches = ArchiveBatch.objects.filter(state=BatchState.ARCHIVED).select_related("group").order_by("id")
    loaded = 0
    for batch in batches if group is None else batches.filter(group=group):
        content = io.BytesIO(object_verify(batch, store()))
        try:
            job = client.load_table_from_file(content, table, job_id=f"sextant-{batch.pk}", job_config=settings)
        except Conflict:
            continue
        job.result()
        loaded += batch.rows
    return loaded
