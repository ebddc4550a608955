"""What happened meanwhile that may explain a metric: deploys, imports, migrations, changes of plan."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.db.models import Q

from monitoring.sql import rows
from ontology.choices import RUN_STATES_ENDED
from ontology.models import Event, Run

KINDS = {
    "import": "Import",
    "legacy_import": "Legacy load",
    "migration": "Migration",
    "repair": "Repair",
    "repair_undo": "Repair undone",
    "undo": "Import undone",
}
MARKS_MAX = 200


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened on a day (UTC), in a few words."""

    day: date
    words: str


def happened(group_id: uuid.UUID | None, first: date, last: date) -> list[Happened]:
    """What happened to a group, or to the platform and any group, from FIRST to LAST, in the order of days; three queries, at most MARKS_MAX each."""
    begin, end = datetime.combine(first, time(), tzinfo=UTC), datetime.combine(last, time.max, tzinfo=UTC)
    mine = Q() if group_id is None else Q(group_id=group_id) | Q(group__isnull=True)
    runs = Run.objects.filter(mine, kind__in=KINDS, state__in=RUN_STATES_ENDED, finished_at__range=(begin, end)).select_related("group")
    found = [Happened(run.finished_at.date(), _run_told(run, group_id)) for run in runs.order_by("-id")[:MARKS_MAX] if run.finished_at]
    plans = Event.objects.filter(type="plan_changed", timestamp__range=(begin, end)).select_related("group").order_by("-timestamp")
    if group_id is not None:
        plans = plans.filter(group_id=group_id)
    found += [Happened(each.timestamp.date(), _plan_told(each, group_id)) for each in plans[:MARKS_MAX]]
    found += [
        Happened(day, f"Deploy with {count:,} {'migration' if count == 1 else 'migrations'}")
        for day, count in rows("deploys", {"since": begin, "until": end})
    ]
    return sorted(found, key=lambda each: each.day)


def _run_told(run: Run, group_id: uuid.UUID | None) -> str:
    of = f" of {run.group.slug}" if group_id is None and run.group is not None else ""
    return f"{KINDS[run.kind]}{of}, {run.done:,} rows" + ("" if run.state == "succeeded" else f" ({run.get_state_display().lower()})")


def _plan_told(event: Event, group_id: uuid.UUID | None) -> str:
    of = f" of {event.group.slug}" if group_id is None and event.group is not None else ""
    return f"Plan{of}: {event.metadata.get('from') or 'none'} to {event.metadata.get('to')}"
