"""A row of each kind that is kept of the database underneath."""

from datetime import timedelta

from django.utils import timezone

from monitoring.models import DatabaseReport, DatabaseSample, Maintenance, RepeatedStatement, SlowStatement, Statement, StatementSample
from tests.factories import MOMENT


def database_rows_make(number: int) -> None:
    """One of each, told apart by NUMBER."""
    moment = MOMENT + timedelta(minutes=number)
    counted = dict.fromkeys(("connections", "active", "idle_in_transaction", "connections_max", "size_bytes"), 1)
    DatabaseSample.objects.create(taken_at=moment, oldest_idle_seconds=0, oldest_transaction_seconds=0, wraparound_percent=1, **counted)
    SlowStatement.objects.create(at=timezone.now(), duration_ms=200, level="warning", text="SELECT 1", caller=f"GET {number}")
    RepeatedStatement.objects.create(caller=f"GET {number}", fingerprint="f", text="SELECT", times_max=20, total_ms=1)
    Maintenance.objects.create(kind="vacuum", target="a_table", started_at=moment, bytes_before=1, outcome="done")
    Statement.objects.create(query_id=number, text="SELECT 1")
    StatementSample.objects.create(
        taken_at=timezone.now() - timedelta(hours=number), seconds=60, query_id=0, calls=1, total_ms=1, rows=1, blocks_hit=1, blocks_read=1
    )
    DatabaseReport.objects.create(kind="index_health", made_at=moment, content={"findings": []})
