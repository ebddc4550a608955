"""Reports on the database, kept as they were made by the role of jobs, which may see what the role of requests may not."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.utils import timezone

from monitoring.models import DatabaseReport

PERFORMANCE, BLOAT, INDEXES, CAPACITY = PRESENT = "performance", "bloat", "indexes", "capacity"
"""Kinds of which only the latest is kept: how the server stands, where space is wasted, what is to be done about indexes, and what grows. Each has a page
of its own.
"""


def report_keep(kind: str, content: Mapping[str, Any]) -> DatabaseReport:
    """Keeps CONTENT as the report of this moment; one query."""
    return DatabaseReport.objects.create(kind=kind, made_at=timezone.now(), content=orjson.loads(orjson.dumps(content)))


def report_put(kind: str, content: Mapping[str, Any]) -> DatabaseReport:
    """Keeps CONTENT as the present state of KIND, in the place of what was there; two queries."""
    made = report_keep(kind, content)
    DatabaseReport.objects.filter(kind=kind, made_at__lt=made.made_at).delete()
    return made


def report_latest(kind: str) -> DatabaseReport | None:
    """The last report of that kind, if there is one; one query."""
    return DatabaseReport.objects.filter(kind=kind).first()
