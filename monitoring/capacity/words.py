"""The plan in words."""

from collections.abc import Mapping
from typing import Any

from archival.amounts import bytes_text

NOT_KNOWN = "not known"
YEARS = 365


def amount_text(value: float | None, unit: str) -> str:
    """A number with its unit: bytes decimal, as quotas count."""
    if value is None:
        return NOT_KNOWN
    if unit == "bytes":
        return bytes_text(round(value))
    if unit == "percent":
        return f"{value:.1f} %"
    return f"{value:,.0f}" if unit == "rows" or value >= 100 else f"{value:,.3g}"


def days_text(days: int | None) -> str:
    """When a limit is met."""
    if days is None:
        return "not within ten years, as it looks"
    if days == 0:
        return "it is met"
    return f"in {days:,} days" if days < 2 * YEARS else f"in about {days / YEARS:.0f} years"


def error_text(line: Mapping[str, Any]) -> str:
    """How the projection did on the half of its history that it was not fitted to."""
    if "held_out_mean_error_percent" not in line:
        return "too short to say"
    end, mean, covered = (line[f"held_out_{name}"] for name in ("end_error_percent", "mean_error_percent", "covered"))
    return f"{mean:.1f} %, at the end {end:+.1f} %, {covered:.0%} inside"


def plan_text(report: Mapping[str, Any]) -> str:
    """The plan for a terminal."""
    lines = [f"{report['days']} days are known." if report["days"] else "No day is known yet: the clock takes one each night."]
    if report["days"] and report["days"] < report["days_wanted"]:
        lines.append(f"A projection needs {report['days_wanted']}.")
    for line in report["lines"]:
        unit = line["unit"]
        lines.append(f"{line['title']} ({unit}): {amount_text(line['now'], unit)}; at ten times the users {amount_text(line['at_ten_times'], unit)}")
        if line["year"] is not None:
            lines += [
                f"  in {name}: {amount_text(line[key], unit)} ({amount_text(line[f'{key}_low'], unit)} to {amount_text(line[f'{key}_high'], unit)})"
                for name, key in (("6 months", "half_year"), ("12 months", "year"))
            ]
        if line["limit"] is not None:
            lines.append(f"  limit {amount_text(line['limit'], unit)} ({line['limit_is']}): {days_text(line['days_until_limit'])}")
        lines.append(f"  error on a held-out half: {error_text(line)}")
    pool, memory = report["pool"], report["memory"]
    lines += [
        f"Pool: {amount_text(pool['busy_peak'], 'sessions')} sessions at work in the busiest minute; {pool['sessions_wanted'] or NOT_KNOWN} wanted, "
        f"{pool['sessions_wanted_at_ten_times'] or NOT_KNOWN} at ten times; the server takes {pool['sessions_max']:,.0f}",
        f"Memory: {amount_text(memory['wanted_bytes'], 'bytes')} wanted, {amount_text(memory['wanted_bytes_at_ten_times'], 'bytes')} at ten times; "
        f"shared_buffers {amount_text(memory['shared_buffers_bytes'], 'bytes')}; indexes weigh {amount_text(memory['index_overhead_percent'], 'percent')} of tables",
    ]
    for it in report["partitions"]:
        best = f"by {it['keys'][0]['how']} of {it['keys'][0]['column']}" if it["keys"] else "by nothing"
        lines.append(f"Table {it['table']}, {it['rows']:,} rows: partition {best}. {it['gain']}")
        lines += [f"  {number}. {step}" for number, step in enumerate(it["steps"], 1)]
    return "\n".join(lines)
