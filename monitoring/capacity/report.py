"""The plan: baselines, projections, what ten times the users need, the pool, memory, and the first limit that is met."""

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from monitoring.capacity.history import histories
from monitoring.capacity.partitions import partition_analysis
from monitoring.capacity.projecting import DAYS_MIN, Projection, days_until, held_out, project
from monitoring.choices import CapacityMetric
from monitoring.sql import rows

HALF_YEAR, YEAR = 182, 365
TIMES = 10
SESSIONS_SHARE = 0.8
BUSY_SHARE = 0.5
"""How much of its time a session of a pool should be at work, so that nobody waits long for one (M/M/c at half load)."""
MEMORY_SPARE = 1.25
POINTS = 24
LEVELS = {CapacityMetric.CACHE_HIT}
"""What does not grow with the users."""
UNITS = {
    **dict.fromkeys((CapacityMetric.DATABASE_BYTES, CapacityMetric.TABLE_BYTES, CapacityMetric.INDEX_BYTES), "bytes"),
    **dict.fromkeys((CapacityMetric.EVENT_ROWS, CapacityMetric.THING_ROWS, CapacityMetric.CONNECTION_ROWS, CapacityMetric.KNOWLEDGE_ROWS), "rows"),
    **dict.fromkeys((CapacityMetric.STATEMENTS_PEAK, CapacityMetric.REQUESTS_PEAK), "a second"),
    **dict.fromkeys((CapacityMetric.SESSIONS_PEAK, CapacityMetric.BUSY_PEAK), "sessions"),
    CapacityMetric.CACHE_HIT: "percent",
}
COLUMNS = (
    *("metric", "title", "unit", "now", "half_year", "half_year_low", "half_year_high", "year", "year_low", "year_high"),
    *("at_ten_times", "limit", "limit_is", "days_until_limit", "held_out_mean_error_percent", "held_out_end_error_percent", "held_out_covered"),
)


def capacity_report() -> dict[str, Any]:
    """The plan as of now, for the page, JSON and CSV. Some ten queries, and a fit or two for each metric: seconds, so it is kept once a day."""
    found = histories()
    server = _server()
    limits = _limits(server)
    lines = [_line(metric, *found[metric], limits.get(metric)) for metric in CapacityMetric if metric in found]
    first = min((line for line in lines if line["days_until_limit"] is not None), key=lambda line: line["days_until_limit"], default=None)
    now = {line["metric"]: line["now"] for line in lines}
    return {
        "made_at": timezone.now().isoformat(),
        "days": max((len(values) for _, values in found.values()), default=0),
        "days_wanted": DAYS_MIN,
        "lines": lines,
        "first_limit": None if first is None else {name: first[name] for name in ("metric", "title", "days_until_limit", "limit", "unit")},
        "pool": _pool(now, server),
        "memory": _memory(now, server),
        "partitions": [asdict(it) for it in partition_analysis()],
    }


def _server() -> dict[str, float]:
    """What the server is set to; one query."""
    ((sessions, buffers, work),) = rows("server_settings", {})
    return {"sessions_max": sessions, "shared_buffers_bytes": buffers, "work_mem_bytes": work}


def _limits(server: Mapping[str, float]) -> dict[CapacityMetric, tuple[float, str]]:
    limits = {CapacityMetric.SESSIONS_PEAK: (SESSIONS_SHARE * server["sessions_max"], f"{SESSIONS_SHARE:.0%} of what the server takes")}
    for metric in (CapacityMetric.THING_ROWS, CapacityMetric.CONNECTION_ROWS, CapacityMetric.KNOWLEDGE_ROWS):
        limits[metric] = (float(settings.PARTITION_ROWS), "from where on a table is worth partitioning")
    if settings.CAPACITY_DISK_GB:
        limits[CapacityMetric.DATABASE_BYTES] = (1e9 * settings.CAPACITY_DISK_GB, "CAPACITY_DISK_GB")
    return limits


def _line(metric: CapacityMetric, begins: date, values: list[float], limit: tuple[float, str] | None) -> dict[str, Any]:
    """One metric: now, projected, at ten times, against its limit, with the error of the same projection on a held-out half, and points for the chart."""
    most = 100.0 if metric in LEVELS else None
    told = project(values, YEAR, most=most) if len(values) >= DAYS_MIN else None
    checked = held_out(values, most=most)
    return {
        "metric": metric.value,
        "title": metric.label,
        "unit": UNITS[metric],
        "days": len(values),
        "now": values[-1],
        **_ahead("half_year", told, HALF_YEAR),
        **_ahead("year", told, YEAR),
        "at_ten_times": values[-1] if metric in LEVELS else TIMES * values[-1],
        "limit": limit[0] if limit else None,
        "limit_is": limit[1] if limit else "",
        "days_until_limit": days_until(values, limit[0]) if limit else None,
        **{f"held_out_{name}": value for name, value in (asdict(checked) if checked else {}).items()},
        "points": _points(begins, values, told),
    }


def _ahead(name: str, told: Projection | None, days: int) -> dict[str, float | None]:
    if told is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: told.values[days - 1], f"{name}_low": told.lows[days - 1], f"{name}_high": told.highs[days - 1]}


def _points(begins: date, values: list[float], told: Projection | None) -> list[dict[str, Any]]:
    """Days for the chart, evenly spaced: what was, and what is expected with its interval."""
    step = max(1, -(-len(values) // POINTS))
    places = sorted({*range(len(values) - 1, -1, -step)})
    points: list[dict[str, Any]] = [{"day": (begins + timedelta(days=place)).isoformat(), "value": values[place]} for place in places]
    if told is not None:
        last = begins + timedelta(days=len(values) - 1)
        for ahead in range(30, YEAR + 1, 30):
            bounds = {"value": told.values[ahead - 1], "low": told.lows[ahead - 1], "high": told.highs[ahead - 1]}
            points.append({"day": (last + timedelta(days=ahead)).isoformat(), **bounds, "forecast": True})
    return points


def _pool(now: Mapping[str, float], server: Mapping[str, float]) -> dict[str, Any]:
    """How many sessions are needed, by Little's law: those at work in the busiest minute, over the share of time that one should be."""
    busy = now.get(CapacityMetric.BUSY_PEAK)
    wanted = None if busy is None else max(2, -int(-busy // BUSY_SHARE))
    return {
        "busy_peak": busy,
        "sessions_wanted": wanted,
        "sessions_wanted_at_ten_times": None if busy is None else max(2, -int(-TIMES * busy // BUSY_SHARE)),
        "sessions_max": server["sessions_max"],
        "sessions_peak": now.get(CapacityMetric.SESSIONS_PEAK),
    }


def _memory(now: Mapping[str, float], server: Mapping[str, float]) -> dict[str, Any]:
    """Memory that holds the indexes with some spare, and what sessions sort in; and how much the indexes weigh beside the tables."""
    indexes, tables = now.get(CapacityMetric.INDEX_BYTES), now.get(CapacityMetric.TABLE_BYTES)
    wanted = None if indexes is None else MEMORY_SPARE * indexes + server["work_mem_bytes"] * server["sessions_max"] * SESSIONS_SHARE
    return {
        "shared_buffers_bytes": server["shared_buffers_bytes"],
        "wanted_bytes": wanted,
        "wanted_bytes_at_ten_times": None if indexes is None else (wanted or 0.0) + MEMORY_SPARE * indexes * (TIMES - 1),
        "cache_hit": now.get(CapacityMetric.CACHE_HIT),
        "index_overhead_percent": round(100 * indexes / tables, 1) if indexes is not None and tables else None,
    }


def as_csv(report: Mapping[str, Any]) -> str:
    """The lines of the report, a metric each, for a spreadsheet; what is not known is empty."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, extrasaction="ignore", restval="")
    table.writeheader()
    table.writerows(report["lines"])
    return text.getvalue()
