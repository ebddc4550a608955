"""Checks whose last word is not SQL's: cycles, and what the clock missed."""

import uuid
from array import array
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from django.db import connection
from django_celery_beat.models import PeriodicTask

from monitoring.checks.broken import Ask, Broken
from monitoring.sql import statement
from ontology.metrics.clock import task_timing
from ontology.validation.cycles import links_on_cycles


def cycle(ask: Ask) -> Iterator[Broken]:
    """Live connections of acyclic types that lie on a cycle; one query, 48 bytes for each thing that may."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement("cycle"), {"group": ask.group_id})
        for type_name, links in groupby(cursor, key=itemgetter(0)):
            ids, starts, ends = list[tuple[uuid.UUID, uuid.UUID]](), array("l"), array("l")
            for _, link_id, group_id, start, end in links:
                ids.append((group_id, link_id))
                starts.append(start)
                ends.append(end)
            for place in links_on_cycles(starts, ends, max(max(starts), max(ends)) + 1):
                group_id, link_id = ids[place]
                yield Broken(group_id, "connection", str(link_id), "cycle", {"type": type_name})


def missed_run(ask: Ask) -> Iterator[Broken]:
    """Periodic tasks whose start is overdue; one query, none where a group is asked for alone."""
    if ask.group_id is not None:
        return
    for task in PeriodicTask.objects.select_related("interval", "crontab").filter(enabled=True):
        timing = task_timing(task, ask.now)
        if timing.is_missed:
            yield Broken(None, "task", task.name, "overdue", {"task": task.task, "due": moment_told(timing.next), "last": moment_told(timing.last)})


def moment_told(moment: datetime | None) -> str:
    """A moment to the minute, as sentences name it."""
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
