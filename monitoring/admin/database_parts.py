"""Parts of the pages of the database: charts of the last day, and tables."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from monitoring.database.advice import GroupLine, RepeatedLine
from monitoring.database.overview import StatementLine, percent
from monitoring.models import DatabaseSample, SlowStatement, Statement
from ontology.admin.charts import Chart, Mark, Point, bytes_text
from ontology.admin.figures import Figure
from ontology.admin.parts import NOTHING, Cell, Table, list_url, page_url
from quotas.pricing import money_text

type Told = Mapping[str, Any]
TEXT_LETTERS = 200
HIDDEN = "(text not visible)"


def charts() -> list[Chart]:
    """Connections, transactions and the cache over the last day, in quarters of an hour; one query."""
    now = timezone.now()
    samples = list(DatabaseSample.objects.filter(taken_at__gt=now - timedelta(days=1)).order_by("taken_at"))
    buckets: dict[str, list[DatabaseSample]] = {}
    for sample in samples:
        minute = sample.taken_at.replace(minute=sample.taken_at.minute // 15 * 15, second=0, microsecond=0)
        buckets.setdefault(f"{minute:%H:%M}", []).append(sample)
    most = samples[-1].connections_max if samples else 0
    empty = "No samples yet: they come with the clock, one a minute."
    return [
        Chart(
            title="Connections",
            points=[Point(label, float(max(it.connections for it in own))) for label, own in buckets.items()],
            columns=("From", "Most at once"),
            marks=[Mark(float(int(0.8 * most)), "alert above")] if most else [],
            empty=empty,
        ),
        Chart(
            title="Transactions a second",
            points=[Point(label, _rate(own)) for label, own in buckets.items()],
            columns=("From", "A second"),
            empty=empty,
        ),
        Chart(
            title="Pages found in memory",
            unit="percent",
            points=[Point(label, _hits(own)) for label, own in buckets.items()],
            columns=("From", "Percent"),
            kind="line",
            marks=[Mark(40.0, "alert below")] if samples else [],
            empty=empty,
        ),
    ]


def figures(told: Told) -> list[Figure]:
    """The numbers at the head of the page, of what was kept of `performance_metrics`."""
    sessions = told["connections"]
    slow_url = list_url(SlowStatement)
    slow_note = f"in the last hour, {told['slow_statements_last_minute']:,} in the last minute"
    return [
        Figure(
            "Connections",
            f"{sessions['total']} of {sessions['max']}",
            f"{sessions['active']} at work, {sessions['idle_in_transaction']} idle in a transaction",
        ),
        Figure(
            "Statements a second", _number(told["queries_per_second"]), f"{_number(told['transactions_per_second'])} transactions, of five minutes"
        ),
        Figure("Found in memory", _percent(told["cache_hit_ratio"]), "of the pages asked for in five minutes"),
        Figure("Scans by an index", _percent(told["index_usage"]), "of all scans of tables"),
        Figure("Slow statements", f"{told['slow_statements_last_hour']:,}", slow_note, slow_url),
        Figure("Size", bytes_text(told["size_bytes"]), f"{told['wraparound_percent']:.1f} % of the transaction numbers used"),
    ]


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.1f}"


def _percent(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.1f} %"


def _rate(samples: Sequence[DatabaseSample]) -> float | None:
    seconds = sum(it.seconds or 0.0 for it in samples if it.transactions is not None)
    return round(sum(it.transactions or 0 for it in samples) / seconds, 2) if seconds else None


def _hits(samples: Sequence[DatabaseSample]) -> float | None:
    hit, read = sum(it.blocks_hit or 0 for it in samples), sum(it.blocks_read or 0 for it in samples)
    return percent(hit, hit + read)


def cells(*texts: object) -> tuple[Cell, ...]:
    """A cell for each, a dash for None."""
    return tuple(Cell(NOTHING if text is None else str(text)) for text in texts)


def statement_cell(text: str, query_id: str) -> Cell:
    """How a statement begins, which leads to the whole of it where its text is known."""
    return Cell(short(text), page_url(Statement, query_id) if text != HIDDEN else "")


def short(text: str) -> str:
    """TEXT in one line, cut after TEXT_LETTERS."""
    flat = " ".join(text.split())
    return flat if len(flat) <= TEXT_LETTERS else f"{flat[:TEXT_LETTERS]} …"


def statements_table(slowest: Sequence[StatementLine], words: str) -> Table:
    """The statements of the span in WORDS."""
    lines = [
        (
            statement_cell(it.text, it.query_id),
            *cells(f"{it.calls:,}", f"{it.total_ms:,.0f}", f"{it.mean_ms:,.2f}", f"{it.rows:,}", it.cache_hit_ratio),
        )
        for it in slowest
    ]
    empty = "No statement was called since the first sample, or pg_stat_statements may not be read."
    return Table(f"Statements that took most, {words}", ("Statement", "Calls", "Total ms", "Mean ms", "Rows", "In memory, %"), lines, empty)


def tables(told: Told) -> list[Table]:
    """The tables of what was kept of `performance_metrics`."""
    relations = [
        cells(it["name"], bytes_text(it["size_bytes"]), f"{it['rows'] or 0:,}", f"{it['dead_rows'] or 0:,}", f"{it['scans']:,}", _growth(it))
        for it in told["tables"]
    ]
    indexes = [cells(it["name"], it["table"], bytes_text(it["size_bytes"]), f"{it['scans']:,}", _growth(it)) for it in told["indexes"]]
    bloat = [
        cells(it["name"], it["kind"], bytes_text(it["size_bytes"]), bytes_text(it["wasted_bytes"]), f"{it['percent']} %", it["how"])
        for it in told["bloat"]
    ]
    replicas = [cells(it["name"], it["state"], it["lag_bytes"], it["lag_seconds"]) for it in told["replicas"]]
    return [
        Table("Largest tables", ("Table", "Size", "Rows", "Dead rows", "Read whole", "Grown in a week"), relations, "No tables."),
        Table("Largest indexes", ("Index", "Table", "Size", "Scans", "Grown in a week"), indexes, "No indexes."),
        Table(
            "Bloat, at the last daily look", ("Name", "Kind", "Size", "Wasted", "Part", "How"), bloat, "Nothing of a megabyte and more wastes room."
        ),
        Table("Replicas", ("Name", "State", "Behind, bytes", "Behind, s"), replicas, "No replica streams from this server."),
    ]


def _growth(line: Told) -> str | None:
    return None if line["growth_bytes"] is None else bytes_text(line["growth_bytes"])


def findings_tables(repeated: Sequence[RepeatedLine], groups: Sequence[GroupLine]) -> list[Table]:
    """What repeats within one request, and what the statements of each group took in 30 days."""
    again = [cells(it.caller, it.times, it.seen, f"{it.total_ms:,.0f}", short(it.text)) for it in repeated]
    total = sum(it.total_ms for it in groups)
    costs = [
        cells(
            it.group or "(no group)",
            f"{it.statements:,}",
            f"{it.rows:,}",
            f"{it.total_ms:,.0f}",
            f"{percent(it.total_ms, total) or 0} %",
            it.plan or None,
            money_text(it.monthly_cents) if it.plan else None,
        )
        for it in groups
    ]
    return [
        Table(
            "Repeated within one request (N+1)", ("Caller", "Times", "Requests", "Total ms", "Statement"), again, "No request repeats a statement."
        ),
        Table(
            "Cost by group, 30 days",
            ("Group", "Statements", "Rows", "Total ms", "Part", "Plan", "Price a month"),
            costs,
            "Nothing has been added up yet.",
        ),
    ]
