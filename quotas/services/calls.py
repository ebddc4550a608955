"""Calls of the API: counted, limited by month and by window, told in headers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from ontology.errors import QuotaExceeded, RateExceeded
from ontology.models import Group, Person
from quotas.choices import SPAN_SECONDS, Metric, Per
from quotas.sql import statement

MONTH_SECONDS = 30 * 86_400
"""The window of the month in RateLimit-Policy, which knows seconds alone; `t` in RateLimit is exact."""


@dataclass(frozen=True, slots=True)
class CallLimit:
    """One limit of calls and where it stands after this call: `used` of `limit` until `ends_at`; `span` is blank for the month."""

    per: str
    span: str
    limit: int
    used: int
    ends_at: datetime
    refused: bool

    @property
    def name(self) -> str:
        """Its name in the headers, such as `month`, `second` or `person-minute`."""
        return ("person-" if self.per == Per.PERSON else "") + (self.span or "month")

    @property
    def seconds(self) -> int:
        """The length of its window in seconds."""
        return SPAN_SECONDS.get(self.span, MONTH_SECONDS)  # type: ignore[call-overload,no-any-return]


@dataclass(frozen=True, slots=True)
class CallCount:
    """One call, counted, with every limit that the group has."""

    group: Group
    limits: Sequence[CallLimit]
    at: datetime

    @property
    def headers(self) -> Mapping[str, str]:
        """RateLimit-Policy and RateLimit (IETF draft): a policy for each limit, and of each the calls left and the seconds until it begins anew.

        Empty where nothing is limited: the draft has no word for unlimited.
        """
        if not self.limits:
            return {}
        return {
            "RateLimit-Policy": ", ".join(f'"{limit.name}";q={limit.limit};w={limit.seconds}' for limit in self.limits),
            "RateLimit": ", ".join(f'"{limit.name}";r={max(0, limit.limit - limit.used)};t={self._left(limit)}' for limit in self.limits),
        }

    def demand(self) -> None:
        """Raises QuotaExceeded when the month is used up, RateExceeded when a window is."""
        refusing = next((limit for limit in self.limits if limit.refused), None)
        if refusing is None:
            return
        if refusing.span == "" and refusing.per == Per.GROUP:
            raise self._exceeded(refusing)
        whose = "You" if refusing.per == Per.PERSON else f"The group {self.group.slug}"
        raise RateExceeded(refusing.limit, refusing.span or "month", self._left(refusing), whose.replace("You", "This person"))

    def _left(self, limit: CallLimit) -> int:
        return max(1, math.ceil((limit.ends_at - self.at).total_seconds()))

    def _exceeded(self, limit: CallLimit) -> QuotaExceeded:
        told = {
            "group": self.group.slug,
            "metric": Metric.API_CALLS.value,
            "unit": "count",
            "current": limit.used,
            "limit": limit.limit,
            "requested": 1,
            "suggestion": f"A larger plan has room for it; otherwise it begins anew at {limit.ends_at.isoformat()}.",
        }
        return QuotaExceeded(f"The group {self.group.slug} has made {limit.used:,} of {limit.limit:,} API calls of this month.", told)


def call_count(group: Group, person: Person) -> CallCount:
    """Counts one call of PERSON for GROUP, in the transaction and scope of the caller; one query. A call that a limit refuses counts as refused."""
    with connection.cursor() as cursor:
        cursor.execute(statement("call_count"), {"group": group.pk, "person": person.pk})
        rows: list[tuple[str, str, int, int, datetime, bool]] = cursor.fetchall()
    return CallCount(group, [CallLimit(*row) for row in rows], timezone.now())
