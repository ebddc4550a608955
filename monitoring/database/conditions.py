"""What of the database is worth an alert: each condition with its threshold, looked at every minute or, where looking costs more, once a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from monitoring.choices import Category, Severity
from monitoring.database.indexes import BLOAT_PERCENT, index_health, is_worth_rebuilding
from monitoring.database.overview import bloat, cache_hit_ratio, percent
from monitoring.models import DatabaseSample
from monitoring.services.alerts import condition_observed
from monitoring.sql import rows

POOL_PERCENT, POOL_CRITICAL = 80.0, 95.0
CACHE_PERCENT = 40.0
CACHE_BLOCKS = 10_000
"""Fewer pages than these, asked for in five minutes, tell nothing of the cache."""
SLOW_A_MINUTE = 10
IDLE_SECONDS = 600.0
WRAPAROUND = ((90.0, Severity.EMERGENCY), (75.0, Severity.CRITICAL), (50.0, Severity.WARNING))
SEQUENCE_PERCENT, SEQUENCE_CRITICAL = 80.0, 95.0


@dataclass(frozen=True, slots=True)
class Condition:
    """One look: `severity` None is healthy. `value` and `threshold` in the unit that the summary names."""

    name: str
    severity: Severity | None
    summary: str
    value: float | None = None
    threshold: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def conditions_minutely() -> list[Condition]:
    """Pool, cache, slow statements, idle transactions and age, from the last sample and those of five minutes; one query."""
    recent = list(DatabaseSample.objects.filter(taken_at__gt=timezone.now() - timedelta(minutes=5)).order_by("taken_at"))
    if not recent:
        return []
    last = recent[-1]
    return [_pool(last), _cache(recent), _slow(last), _idle(last), _age(last)]


def _pool(last: DatabaseSample) -> Condition:
    exact = 100 * last.connections / last.connections_max
    severity = Severity.CRITICAL if exact > POOL_CRITICAL else Severity.WARNING if exact > POOL_PERCENT else None
    used = percent(last.connections, last.connections_max)
    words = f"{last.connections} of {last.connections_max} connections are taken ({used} %), {last.active} of them at work."
    return Condition("database_pool", severity, words, used, POOL_PERCENT)


def _cache(recent: list[DatabaseSample]) -> Condition:
    hit = sum(it.blocks_hit or 0 for it in recent)
    asked = hit + sum(it.blocks_read or 0 for it in recent)
    low = asked >= CACHE_BLOCKS and 100 * hit < CACHE_PERCENT * asked
    ratio = cache_hit_ratio(recent)
    words = (
        f"{ratio} % of {asked:,} pages asked for in five minutes were in memory." if ratio is not None else "No page was asked for in five minutes."
    )
    return Condition("database_cache", Severity.WARNING if low else None, words, ratio, CACHE_PERCENT)


def _slow(last: DatabaseSample) -> Condition:
    a_minute = last.slow_statements * 60 / max(last.seconds or 60.0, 30.0)
    words = f"{last.slow_statements} statements took over {settings.SLOW_STATEMENT_MS[0]} ms since the last sample."
    return Condition("database_slow_statements", Severity.WARNING if a_minute > SLOW_A_MINUTE else None, words, round(a_minute, 1), SLOW_A_MINUTE)


def _idle(last: DatabaseSample) -> Condition:
    idle = last.oldest_idle_seconds
    words = f"A session has been idle within a transaction for {idle:,.0f} s: what it has locked stays locked, and nothing it may see is cleaned up."
    if idle < IDLE_SECONDS:
        words = "No session has been idle within a transaction for long."
    return Condition("database_idle_transaction", Severity.WARNING if idle >= IDLE_SECONDS else None, words, round(idle), IDLE_SECONDS)


def _age(last: DatabaseSample) -> Condition:
    used = last.wraparound_percent
    severity = next((severity for limit, severity in WRAPAROUND if used >= limit), None)
    words = (
        f"{used:.1f} % of the transaction numbers are used up since the last freeze; at 100 % the server stops taking writes. VACUUM (FREEZE) helps."
    )
    return Condition("database_wraparound", severity, words, used, WRAPAROUND[-1][0])


def conditions_daily() -> list[Condition]:
    """Sequences, index bloat, invalid and duplicate indexes; some eight queries, and a look into the indexes."""
    return [_sequences(), _index_bloat(), *_indexes()]


def _sequences() -> Condition:
    found = rows("sequences_near_end", {"percent": SEQUENCE_PERCENT})
    worst = max((row[3] for row in found), default=None)
    severity = None if worst is None else Severity.CRITICAL if worst >= SEQUENCE_CRITICAL else Severity.WARNING
    told = "; ".join(f"{name} is at {value:,} of {end:,} ({used} %)" for name, value, end, used, _ in found)
    words = f"Sequences near their end: {told}. Widen the column, or count anew." if found else "No sequence is near its end."
    return Condition("database_sequence", severity, words, worst, SEQUENCE_PERCENT)


def _index_bloat() -> Condition:
    found = [it for it in bloat() if is_worth_rebuilding(it)]
    told = "; ".join(f"{it.name}: {it.percent:.0f} % of {it.size_bytes / 1e6:,.0f} MB" for it in found[:5])
    words = f"Bloated indexes: {told}." if found else "No index is bloated."
    return Condition(
        "database_index_bloat", Severity.WARNING if found else None, words, max((it.percent for it in found), default=None), BLOAT_PERCENT
    )


def _indexes() -> Iterable[Condition]:
    findings = index_health().findings
    for kind, words in (("invalid", "Indexes that were never finished"), ("duplicate", "Indexes that are there twice")):
        found = [it for it in findings if it.kind == kind]
        told = "; ".join(f"{it.name} on {it.table}" for it in found)
        details = {"indexes": [{"name": it.name, "do": it.do, "undo": it.undo} for it in found]}
        summary = f"{words}: {told}." if found else f"{words}: none."
        yield Condition(f"database_index_{kind}", Severity.WARNING if found else None, summary, float(len(found)), 0.0, details)


def observe(conditions: Iterable[Condition]) -> int:
    """Tells the alerts what was seen; how many conditions are crossed. Three queries a condition."""
    crossed = 0
    for it in conditions:
        condition_observed(
            name=it.name,
            group=None,
            severity=it.severity,
            summary=it.summary,
            value=it.value,
            threshold=it.threshold,
            details=it.details,
            category=Category.DATABASE,
        )
        crossed += it.severity is not None
    return crossed
