"""Samples: each minute of statements and of the server, each day of tables and indexes."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from monitoring.choices import RelationKind
from monitoring.models import DatabaseSample, RelationSample, RepeatedStatement, SlowStatement
from monitoring.sql import rows, statement

COUNTERS = ("transactions", "rollbacks", "blocks_hit", "blocks_read", "deadlocks")
_LOCK = 733_501
"""Of the advisory lock that lets one sampler at a time."""
FINE_DAYS, KEPT_DAYS = 2, 62


def sample_take() -> int:
    """Samples the server and its statements; how many statements were called since the last sample. Twice in a minute is as good as once.

    Four queries, one transaction. Where pg_stat_statements is missing or hidden, the server alone is sampled: `visibility()` says so.
    """
    with transaction.atomic():
        ((is_mine,),) = _asked("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not is_mine:
            return 0
        before = DatabaseSample.objects.order_by("-taken_at").first()
        sample = _server_sample(before)
        seconds = (sample.taken_at - before.taken_at).total_seconds() if before else None
        if seconds is not None and seconds < settings.SAMPLE_SECONDS / 2:
            return 0
        sample.seconds = seconds
        sample.slow_statements = SlowStatement.objects.filter(at__gt=before.taken_at if before else sample.taken_at - timedelta(minutes=1)).count()
        sample.save(force_insert=True)
        return _statements_sample(sample.taken_at, before)


def _asked(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _server_sample(before: DatabaseSample | None) -> DatabaseSample:
    """The server now, with differences to the sample BEFORE where its counters went on."""
    ((now, connections, active, idle, oldest_idle, oldest, hidden, most, *counters, since, size, age, lag),) = rows("server_now", {})
    raw = {"since": since.isoformat(), "hidden_sessions": hidden, **dict(zip(COUNTERS, counters, strict=True))}
    goes_on = before is not None and before.raw.get("since") == raw["since"] and all(before.raw[name] <= raw[name] for name in COUNTERS)
    told = {name: raw[name] - before.raw[name] for name in COUNTERS} if before is not None and goes_on else {}
    return DatabaseSample(
        taken_at=now,
        connections=connections,
        active=active,
        idle_in_transaction=idle,
        oldest_idle_seconds=oldest_idle,
        oldest_transaction_seconds=oldest,
        connections_max=most,
        size_bytes=size,
        wraparound_percent=age,
        replication_lag_bytes=lag,
        raw=raw,
        **told,
    )


def _statements_sample(taken_at: datetime, before: DatabaseSample | None) -> int:
    """The statements since the sample BEFORE; 0 where they may not be seen."""
    seconds = max(1, round((taken_at - before.taken_at).total_seconds())) if before else 1
    told = {"taken_at": taken_at, "last_at": before.taken_at if before else None, "seconds": seconds}
    try:
        with transaction.atomic():
            ((count, nameless, _),) = rows("statements_sample", told)
            if nameless:
                with connection.cursor() as cursor:
                    cursor.execute(statement("statements_name"), {"query_ids": nameless})
    except DatabaseError:
        return 0
    return int(count)


def relations_sample() -> int:
    """Today's sample of tables and indexes, written once a day; how many rows. Two queries."""
    today = timezone.now().date()
    found = rows("relations_now", {})
    ((since,),) = _asked("SELECT coalesce(stats_reset, pg_postmaster_start_time()) FROM pg_stat_database WHERE datname = current_database()", [])
    made = [
        RelationSample(
            day=today,
            kind=RelationKind(kind),
            name=name,
            table=table,
            size_bytes=size,
            rows=live,
            dead_rows=dead,
            scans=scans,
            rows_read=read,
            stats_since=since,
        )
        for kind, name, table, size, live, dead, scans, read in found
    ]
    return len(
        RelationSample.objects.bulk_create(
            made,
            update_conflicts=True,
            unique_fields=["day", "kind", "name"],
            update_fields=["size_bytes", "rows", "dead_rows", "scans", "rows_read", "stats_since"],
        )
    )


def samples_fold() -> int:
    """Makes hours of old minutes and forgets what is too old; how many rows went. Three queries."""
    now = timezone.now()
    kept_from = now - timedelta(days=KEPT_DAYS)
    fine_until = (now - timedelta(days=FINE_DAYS)).replace(minute=0, second=0, microsecond=0)
    ((gone,),) = rows("statements_fold", {"fine_until": fine_until, "kept_from": kept_from})
    servers, _ = DatabaseSample.objects.filter(taken_at__lt=kept_from).delete()
    return int(gone) + servers


def texts_forget() -> int:
    """Forgets the texts of statements that no kept sample tells of, their counters, and repetitions nobody saw for KEPT_DAYS; how many texts went.

    Three queries. A statement that comes again is named again.
    """
    kept_from = timezone.now() - timedelta(days=KEPT_DAYS)
    ((gone,),) = rows("statements_forget", {"kept_from": kept_from})
    RepeatedStatement.objects.filter(last_at__lt=kept_from).delete()
    try:
        with transaction.atomic():
            _asked(
                "DELETE FROM monitoring_statementcounter WHERE query_id NOT IN"
                " (SELECT queryid FROM pg_stat_statements(false) WHERE queryid IS NOT NULL) RETURNING 1",
                [],
            )
    except DatabaseError:
        return int(gone)  # where pg_stat_statements does not answer, nothing is counted either
    return int(gone)


def slow_days_keep() -> int:
    """Makes the partitions of slow statements for today and the next two days, and drops those older than SLOW_STATEMENT_DAYS; how many went."""
    today = timezone.now().date()
    for ahead in range(3):
        _asked("SELECT monitoring_slow_day_make(%s)", [today + timedelta(days=ahead)])
    ((gone,),) = _asked("SELECT monitoring_slow_days_drop(%s)", [settings.SLOW_STATEMENT_DAYS])
    return int(gone)
