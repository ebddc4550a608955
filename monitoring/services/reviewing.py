"""Reviews: the numbers of a day, week or month, from what was counted meanwhile; people add what they say and another signs."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from monitoring.answering import BOUNDS_MS, percentile
from monitoring.choices import AlertState, ChangeOutcome, ChangeState, ReviewKind, Severity
from monitoring.errors import ChangeRefused
from monitoring.models import Alert, ChangeRequest, DatabaseSample, JobRecord, RequestHour, Review
from ontology.choices import RunState
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Person, Run
from ontology.services.actor import Actor
from ontology.services.platform_record import setting_record

SLOWEST = 5
CALLS_MIN = 20
"""Requests of one kind below which its percentiles say nothing."""
ALERTS_TOLD = 20
HOURS_KEPT = timedelta(days=400)
SAID = ("incidents", "went_well", "decided")
"""What people write."""


def period(kind: ReviewKind, last: date | None = None) -> tuple[date, date]:
    """The first day and the day after the last (UTC) of the KIND that has LAST in it; without LAST, of the one that has ended last."""
    day = last or timezone.now().astimezone(UTC).date()
    if kind == ReviewKind.DAILY:
        begins = day
    elif kind == ReviewKind.WEEKLY:
        begins = day - timedelta(days=day.weekday())
    else:
        begins = day.replace(day=1)
    return (begins, _next(kind, begins)) if last else period(kind, begins - timedelta(days=1))


def _next(kind: ReviewKind, begins: date) -> date:
    if kind == ReviewKind.MONTHLY:
        return (begins + timedelta(days=31)).replace(day=1)
    return begins + timedelta(days=7 if kind == ReviewKind.WEEKLY else 1)


def review_body(begins_on: date, ends_on: date) -> dict[str, Any]:
    """The numbers of the days from BEGINS_ON up to and without ENDS_ON (UTC), for programs and for `review_text`; eight queries.

    What nothing was counted of is null: it is not known, and neither whole nor nothing.
    """
    begins, ends = (datetime.combine(day, time(), tzinfo=UTC) for day in (begins_on, ends_on))
    with acting(PLATFORM_SCOPE):
        return {
            "period": {"begins": begins_on.isoformat(), "ends": ends_on.isoformat()},
            "requests": _requests(begins, ends),
            "clock": _clock(begins, min(ends, timezone.now())),
            "alerts": _alerts(begins, ends),
            "changes": _changes(begins, ends),
            "runs": _runs(begins, ends),
            "jobs": [
                {"task": row.task, "at": row.failed_at.isoformat(), "with": row.error}
                for row in JobRecord.objects.filter(failed_at__gte=begins, failed_at__lt=ends)
                if row.failed_at
            ],
        }


def _requests(begins: datetime, ends: datetime) -> dict[str, Any]:
    """Counts, the share that did not fail, how that stands to what is promised, and the kinds of which the 95th percentile is worst."""
    kinds: dict[str, dict[str, Any]] = {}
    for row in RequestHour.objects.filter(hour__gte=begins, hour__lt=ends):
        sums = kinds.setdefault(row.caller, {"answered": 0, "refused": 0, "failed": 0, "buckets": [0] * (len(BOUNDS_MS) + 1)})
        for name in ("answered", "refused", "failed"):
            sums[name] += getattr(row, name)
        sums["buckets"] = [a + b for a, b in zip(sums["buckets"], row.buckets, strict=True)]
    total = {name: sum(sums[name] for sums in kinds.values()) for name in ("answered", "refused", "failed")}
    count, promised = sum(total.values()), settings.AVAILABILITY_PROMISED
    availability = 100 * (count - total["failed"]) / count if count else None
    slowest = sorted(
        (
            {"caller": caller, "count": made, "p95_ms": percentile(sums["buckets"], 0.95), "failed": sums["failed"]}
            for caller, sums in kinds.items()
            if (made := sums["answered"] + sums["refused"] + sums["failed"]) >= CALLS_MIN
        ),
        key=lambda line: -(line["p95_ms"] or float("inf")),
    )
    buckets = [sum(column) for column in zip(*(sums["buckets"] for sums in kinds.values()), strict=True)] if kinds else []
    return {
        **total,
        "availability_percent": None if availability is None else round(availability, 4),
        "promised_percent": promised,
        "is_held": None if availability is None else availability >= promised,
        "failures_allowed": int(count * (100 - promised) / 100),
        "p50_ms": percentile(buckets, 0.5),
        "p95_ms": percentile(buckets, 0.95),
        "p99_ms": percentile(buckets, 0.99),
        "slowest": slowest[:SLOWEST],
    }


def _clock(begins: datetime, ends: datetime) -> dict[str, Any]:
    """The share of minutes in which the clock, a worker and the database were seen together, since the first time they were."""
    first = DatabaseSample.objects.order_by("taken_at").values_list("taken_at", flat=True).first()
    since = max(begins, first) if first else ends
    minutes = int((ends - since).total_seconds() // settings.SAMPLE_SECONDS)
    seen = DatabaseSample.objects.filter(taken_at__gte=since, taken_at__lt=ends).count() if minutes > 0 else 0
    return {
        "minutes": max(0, minutes),
        "seen": min(seen, max(0, minutes)),
        "percent": round(100 * min(1.0, seen / minutes), 2) if minutes > 0 else None,
    }


def _alerts(begins: datetime, ends: datetime) -> dict[str, Any]:
    found = list(Alert.objects.filter(opened_at__gte=begins, opened_at__lt=ends).select_related("group").order_by("opened_at"))
    worst = [alert for alert in found if alert.severity in {Severity.CRITICAL, Severity.EMERGENCY}]
    return {
        "opened": len(found),
        "critical": len(worst),
        "still_open": sum(alert.state != AlertState.RESOLVED for alert in found),
        "worst": [
            {
                "what": alert.name,
                "group": alert.group.slug if alert.group else None,
                "from": alert.opened_at.isoformat(),
                "to": alert.resolved_at.isoformat() if alert.resolved_at else None,
                "summary": alert.summary,
            }
            for alert in worst[:ALERTS_TOLD]
        ],
    }


def _changes(begins: datetime, ends: datetime) -> dict[str, Any]:
    done = list(ChangeRequest.objects.filter(done_at__gte=begins, done_at__lt=ends).order_by("done_at"))
    return {
        "done": len(done),
        **{str(outcome): sum(change.outcome == outcome for change in done) for outcome in ChangeOutcome},
        "emergencies": sum(change.is_emergency for change in done),
        "waiting": ChangeRequest.objects.filter(state=ChangeState.ASKED).count(),
        "bad": [
            {"title": change.title, "outcome": change.outcome, "text": change.outcome_text} for change in done if change.outcome != ChangeOutcome.WELL
        ],
    }


def _runs(begins: datetime, ends: datetime) -> dict[str, int]:
    ended = Run.objects.filter(updated_at__gte=begins, updated_at__lt=ends)
    return {str(state): ended.filter(state=state).count() for state in (RunState.SUCCEEDED, RunState.FAILED)}


def review_keep(kind: ReviewKind, begins_on: date, *, actor: Actor) -> Review:
    """Keeps the numbers of that time, anew in a review that is not signed yet. Raises ChangeRefused for one that is."""
    ends_on = _next(kind, begins_on)
    body = review_body(begins_on, ends_on)
    with acting(PLATFORM_SCOPE), transaction.atomic():
        review, is_new = Review.objects.get_or_create(kind=kind, begins_on=begins_on, defaults={"ends_on": ends_on, "body": body})
        review = Review.objects.select_for_update().get(pk=review.pk)
        if review.signed_at is not None:
            raise ChangeRefused(f"The review of the {kind.label.lower()} from {begins_on} is signed, and fixed.")
        review.body = body
        review.save(update_fields=["body"])
        setting_record("review", str(review), {"numbers": "none" if is_new else "as they were"}, {"numbers": "taken"}, actor=actor)
    return review


def reviews_keep(*, actor: Actor) -> int:
    """Keeps the numbers of the last week and month where nobody has yet, and forgets hours of requests that are too old; how many reviews it made."""
    with acting(PLATFORM_SCOPE):
        RequestHour.objects.filter(hour__lt=timezone.now() - HOURS_KEPT).delete()
        due = [(kind, period(kind)[0]) for kind in (ReviewKind.WEEKLY, ReviewKind.MONTHLY)]
        missing = [(kind, begins) for kind, begins in due if not Review.objects.filter(kind=kind, begins_on=begins).exists()]
    for kind, begins in missing:
        review_keep(kind, begins, actor=actor)
    return len(missing)


def review_write(review: Review, *, actor: Actor) -> Review:
    """Writes what a person says of it, who becomes its writer. Raises ChangeRefused when it is signed."""
    if actor.person is None:
        raise ChangeRefused("A review is a person's: sign in.")
    with acting(PLATFORM_SCOPE), transaction.atomic():
        held = Review.objects.select_for_update().get(pk=review.pk)
        if held.signed_at is not None:
            raise ChangeRefused("This review is signed, and fixed.")
        before = {name: getattr(held, name) for name in SAID}
        for name in SAID:
            setattr(held, name, getattr(review, name))
        held.written_by = actor.person
        held.save()
        setting_record("review", str(held), before, {name: getattr(held, name) for name in SAID}, actor=actor)
    return held


def review_sign(review: Review, *, actor: Actor) -> Review:
    """Signs what another has written. Raises ChangeRefused for one's own, one that nobody has written, and one that is signed."""
    person: Person | None = actor.person
    with acting(PLATFORM_SCOPE), transaction.atomic():
        held = Review.objects.select_for_update().get(pk=review.pk)
        if held.signed_at is not None:
            raise ChangeRefused("This review is signed already.")
        if held.written_by_id is None:
            raise ChangeRefused("Nobody has written what they say of it yet.")
        if person is None or held.written_by_id == person.pk:
            raise ChangeRefused("Another than who wrote it signs a review.")
        held.signed_by, held.signed_at = person, timezone.now()
        held.save()
        setting_record("review", str(held), {"signed": "no"}, {"signed": "yes"}, actor=actor)
    return held


def review_text(body: Mapping[str, Any]) -> str:
    """The page of docs/operations/post-launch-review.md, filled in as far as numbers go."""
    requests, clock, alerts, changes, runs = (body[name] for name in ("requests", "clock", "alerts", "changes", "runs"))
    held = {None: "nothing was counted", True: "held", False: "NOT HELD"}[requests["is_held"]]
    lines = [
        f"Period (UTC):    {body['period']['begins']} up to {body['period']['ends']}",
        f"Availability:    {_number(requests['availability_percent'], ' % of requests answered')}; promised {requests['promised_percent']:g} %: {held}",
        f"Clock:           {_number(clock['percent'], ' % of minutes seen')}, of {clock['minutes']:,}",
        f"Requests:        {requests['answered']:,} answered, {requests['refused']:,} refused, {requests['failed']:,} failed "
        f"({requests['failures_allowed']:,} allowed)",
        f"Times, within:   p50 {_number(requests['p50_ms'], ' ms')}, p95 {_number(requests['p95_ms'], ' ms')}, p99 {_number(requests['p99_ms'], ' ms')}",
        *(
            f"  slow:          {_number(it['p95_ms'], ' ms')} p95 of {it['count']:,}, {it['failed']:,} failed: {it['caller']}"
            for it in requests["slowest"]
        ),
        f"Alerts:          {alerts['opened']:,} opened, {alerts['critical']:,} critical or worse, {alerts['still_open']:,} still open",
        *(
            f"  worst:         {it['from'][:16]} to {(it['to'] or 'now')[:16]} {it['group'] or 'the platform'}: {it['summary']}"
            for it in alerts["worst"]
        ),
        f"Changes:         {changes['done']:,} done, {changes['wrong']:,} went wrong, {changes['taken_back']:,} taken back, "
        f"{changes['emergencies']:,} in an emergency, {changes['waiting']:,} waiting",
        *(f"  bad:           {it['title']}: {it['text']}" for it in changes["bad"]),
        f"Runs:            {runs['succeeded']:,} succeeded, {runs['failed']:,} failed",
        f"Jobs:            {len(body['jobs']):,} of the clock failed",
        *(f"  failed:        {it['at'][:16]} {it['task']}: {it['with']}" for it in body["jobs"]),
        "Incidents (each: from, to, whom it hurt, cause, what keeps it from coming again, by whom, until):",
        "Backup: last dump    last drill    minutes",
        "Went well:",
        "Decided:",
    ]
    return "\n".join(lines)


def _number(value: float | None, unit: str) -> str:
    return "not known" if value is None else f"{value:,.6g}{unit}"
