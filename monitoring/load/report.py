"""The report of a simulation: beside an earlier one, as lines for a terminal, as a page and as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from monitoring.load.plan import KIND
from ontology.choices import RunState
from ontology.models import Run

COMPARED = ("users", "scenario")
BARS_MAX = 60
"""Seconds that the page draws: of a longer simulation every so-manyth."""


def compared(run: Run) -> dict[str, Any]:
    """The report of RUN, with what an earlier simulation of as many users in the same scenario came to; one query."""
    report: dict[str, Any] = {"run": str(run.pk), "started_at": run.started_at.isoformat() if run.started_at else None, **run.result}
    wanted = report["wanted"]
    earlier = Run.objects.filter(kind=KIND, state=RunState.SUCCEEDED, pk__lt=run.pk)
    before = earlier.filter(**{f"parameters__{name}": wanted[name] for name in COMPARED}).order_by("-id").first()
    if before is not None:
        old = before.result
        report["before"] = {"run": str(before.pk), "requests_per_second": old["requests_per_second"], "p95": old["ms"].get("p95")}
    return report


def lines_of(report: Mapping[str, Any]) -> Iterator[str]:
    """The report for a terminal."""
    wanted, ms, sampled = report["wanted"], report["ms"], report["sampled"]
    yield f"{wanted['users']:,} users, {wanted['scenario']}, {report['seconds']:.0f} s measured, at {wanted['address']}"
    yield f"{'requests':26} {report['requests']:>12,}   {report['requests_per_second']:,.1f} a second answered well"
    yield f"{'p50, p95, p99':26} {ms.get('p50', 0):>12,.0f} {ms.get('p95', 0):,.0f} {ms.get('p99', 0):,.0f} ms"
    yield f"{'refused, failed':26} {report['refused']:>12,} {report['failed']:,}   {_errors(report)}"
    yield f"{'connections':26} {sampled.get('sessions_most', 0):>12} of {sampled.get('sessions_max')} at most, {sampled.get('active')} at work on average"
    yield f"{'cache hit':26} {_shown(sampled.get('cache_hit_percent')):>12} %"
    yield f"{'cores in use':26} {_shown(sampled.get('cores_used')):>12} of {sampled.get('cores')}: {_parts(sampled)}"
    yield f"{'of a request, mean':26} {'':>12} {_server(report)}"
    if "before" in report:
        before = report["before"]
        yield f"{'the last such simulation':26} {before['requests_per_second']:>12,.1f} requests a second, p95 {before['p95']:,.0f} ms"
    yield f"Bottleneck: {report['bottleneck']['name']}. {report['bottleneck']['evidence']}"
    if report["bottleneck"]["name"] != "none":
        yield f"What would help: {report['bottleneck']['remedy']}"
    yield f"Run {report['run']}"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def _errors(report: Mapping[str, Any]) -> str:
    return ", ".join(f"{kind}: {count:,}" for kind, count in report["errors"].items())


def _parts(sampled: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value:g}" for name, value in sampled.get("cores_by_part", {}).items())


def _server(report: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value:,.0f} ms" for name, value in report["server_ms"].items())


def reports_write(report: Mapping[str, Any], place: Path) -> Sequence[Path]:
    """Writes the report to PLACE: a folder (made where it is missing) gets a page and JSON, a file what its ending says; the files."""
    if place.suffix in {".json", ".html"}:
        files = [place]
    else:
        place.mkdir(parents=True, exist_ok=True)
        wanted = report["wanted"]
        files = [place / f"load-{wanted['users']}-{wanted['scenario']}-{report['run'][:8]}{ending}" for ending in (".html", ".json")]
    for path in files:
        path.write_text(json.dumps(report, indent=1) if path.suffix == ".json" else page_of(report), encoding="utf-8")
    return files


def page_of(report: Mapping[str, Any]) -> str:
    """The report as a page that needs nothing else."""
    return render_to_string("monitoring/load.html", page_context(report))


def page_context(report: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows, its widths already reckoned in percent of the largest."""
    slowest = max((it["p95"] for it in report["names"].values()), default=1.0) or 1.0
    timeline = report["timeline"][:: max(1, len(report["timeline"]) // BARS_MAX)]
    most = max((line["p95"] for line in timeline), default=1.0) or 1.0
    busiest = max((line["requests"] for line in timeline), default=1) or 1
    return {
        "report": report,
        "figures": _figures(report),
        "names": [
            {"name": name, **it, "width": 100 * it["p95"] / slowest, "told": _kinds(it["errors"])} for name, it in sorted(report["names"].items())
        ],
        "timeline": [{**line, "height": 100 * line["p95"] / most, "busy": 100 * line["requests"] / busiest} for line in timeline],
        "facts": _facts(report),
        "others": [it for it in report["limits_reached"] if it["name"] != report["bottleneck"]["name"]],
    }


def _kinds(errors: Mapping[str, int]) -> str:
    return ", ".join(f"{kind}: {count:,}" for kind, count in errors.items())


def _figures(report: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    ms, before = report["ms"], report.get("before")
    was = f"before: {before['requests_per_second']:,.1f}" if before else f"{report['requests']:,} in all"
    slow = f"before: {before['p95']:,.0f} ms" if before and before["p95"] is not None else f"p99 {ms.get('p99', 0):,.0f} ms"
    return [
        ("Requests a second", f"{report['requests_per_second']:,.1f}", was),
        ("p50", f"{ms.get('p50', 0):,.0f} ms", "of those served"),
        ("p95", f"{ms.get('p95', 0):,.0f} ms", slow),
        ("Refused", f"{report['refused']:,}", "429 and 503: try again"),
        ("Failed", f"{report['failed']:,}", "everything else"),
    ]


def _facts(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    sampled = report["sampled"]
    return [
        (
            "Sessions of requests",
            f"{sampled.get('sessions', 0):g} on average, {sampled.get('sessions_most', 0)} at most, of {sampled.get('sessions_max')}",
        ),
        ("At work of them", f"{sampled.get('active', 0):g}; waiting for a lock {sampled.get('on_lock', 0):g}, the disk {_disk(sampled):g}"),
        ("Cache hit", f"{_shown(sampled.get('cache_hit_percent'))} %"),
        ("Transactions a second", f"{sampled.get('transactions_per_second', 0):,.0f}"),
        ("Log of changes", f"{sampled.get('wal_bytes_per_second', 0) / 1e6:.2f} MB a second"),
        (
            "Cores in use",
            f"{_shown(sampled.get('cores_used'))} of {sampled.get('cores')} ({_parts(sampled)}; generator {report['generator_cores']:g})",
        ),
        ("A request's time in the server", _server(report) or "not told by this server"),
        ("Errors", _errors(report) or "none"),
    ]


def _disk(sampled: Mapping[str, Any]) -> float:
    return float(sampled.get("on_files", 0)) + float(sampled.get("on_log", 0))
