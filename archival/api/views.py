"""groups/{slug}/events/ with its archive, groups/{slug}/archive/…, and the hook of an outside clock."""

import hmac
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from archival.api import shapes
from archival.api.tiers import cold_told, events_page, one_cold, refusal_of_archive
from archival.errors import KeyErased, NothingArchived, ReadTooLong, StoreError
from archival.reading import around_elsewhere
from archival.services.report import report
from archival.services.restoring import STAY_DAYS, STAY_DAYS_MAX, batches_to_restore, restore_preview
from archival.services.runs import archive_start, restore_start
from archival.services.status import archival_status
from ontology.api.answers import answer, moment_tag, refused
from ontology.api.endpoint import GroupEndpoint
from ontology.api.nouns import Found
from ontology.api.operations import describes
from ontology.api.refusals import Refusal, input_refused, not_found
from ontology.api.requests import object_of
from ontology.api.views.events import EVENTS, TIER, Events, OneEvent
from ontology.api.views.thing_reads import ThingActivity, ThingAudit
from ontology.choices import Door, Right
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.services.actor import Actor

TAG = "archive"
_UNREADABLE = (StoreError, KeyErased, ReadTooLong)
_RESTORE_FIELDS = ("from", "to", "days", "dryRun")


def from_archive[T](read: Callable[[], T]) -> T:
    """What READ answers. Raises Refusal where the archive cannot be read."""
    try:
        return read()
    except _UNREADABLE as failed:
        raise refusal_of_archive(failed) from failed


class TieredEvents(Events):
    """The events of a group, hot and cold."""

    def page(self, request: Any) -> HttpResponse:
        """A page of the tier that was asked for."""
        if self.parameters["tier"] == TIER.default:
            return super().page(request)
        return answer(from_archive(lambda: events_page(self.group, request, self.parameters)))


class TieredEvent(OneEvent):
    """One event, wherever it is."""

    def event(self, request: Any) -> HttpResponse:
        """The event from the database, or else from the archive."""
        try:
            return super().event(request)
        except Refusal as missing:
            if missing.status != 404:
                raise
        cold = from_archive(lambda: one_cold(self.group, self.row_id))
        if cold is None:
            raise not_found(EVENTS.name)
        names = EVENTS.listing.columns.chosen(self.parameters)
        return EVENTS.answered(Found(cold_told(cold, names), cold.created_at, moment_tag(cold.created_at)), request)


class TieredActivity(ThingActivity):
    """What happened around a thing, hot and cold."""

    elsewhere = staticmethod(around_elsewhere)  # type: ignore[assignment]  # called as it is, without the view


class TieredAudit(ThingAudit):
    """Who did what to a thing, hot and cold."""

    elsewhere = staticmethod(around_elsewhere)  # type: ignore[assignment]


class Archive(GroupEndpoint):
    """How the archive of a group stands."""

    @describes(
        Right.HISTORY,
        "archive_status",
        "Read the state of the archive",
        "How many events are due and archived, the rules in force, and what archiving saves and takes.",
        tag=TAG,
        answers={200: shapes.ArchiveStatus},
        shown=shapes.STATUS,
    )
    def get(self, request: Any) -> HttpResponse:
        """The state."""
        return answer(archival_status(self.group))


class ArchiveRun(GroupEndpoint):
    """Archiving now."""

    @describes(
        Right.MANAGE,
        "archive_run",
        "Archive what is due",
        "Begins a run that moves the group's events older than its cutoff. While one runs, the answer is that one.",
        tag=TAG,
        answers={202: shapes.RunStarted},
        shown=shapes.RUN,
    )
    def post(self, request: Any) -> HttpResponse:
        """Begins a run."""
        run, is_new = archive_start(actor=self.actor, group=self.group)
        return answer({"run": run.pk, "state": run.state, "started": is_new}, 202)


class ArchiveRestore(GroupEndpoint):
    """Bringing archived events back."""

    @describes(
        Right.MANAGE,
        "archive_restore",
        "Restore archived events",
        "Begins a run that brings the events of some days back into the database for a while; no metric changes. With `dryRun` it only tells how many.",
        tag=TAG,
        answers={202: shapes.RestoreStarted, 200: shapes.RestoreStarted},
        body=shapes.NewRestore,
        sent={"from": "2024-01-01", "to": "2024-03-31", "days": 7},
        shown=shapes.RESTORE,
    )
    def post(self, request: Any) -> HttpResponse:
        """Begins a run, or tells what it would do."""
        wanted = _restore_wanted(object_of(self.body))
        try:
            batches = batches_to_restore(self.group, wanted["from"], wanted["to"])
        except NothingArchived as nothing:
            raise Refusal(404, nothing.code, str(nothing)) from nothing
        preview = restore_preview(batches)
        told = {"batches": preview.batches, "rows": preview.rows, "bytes": preview.bytes}
        if wanted["dryRun"]:
            return answer({"run": None, "started": False, **told})
        run, is_new = restore_start(batches, actor=self.actor, days=wanted["days"])
        return answer({"run": run.pk, "started": is_new, **told}, 202)


class ArchiveReport(GroupEndpoint):
    """The compliance report."""

    @describes(
        Right.MANAGE,
        "archive_report",
        "Read the compliance report",
        "What is kept where, until when, by which rule; deletions announced and done, holds, erasures, the ledger.",
        tag=TAG,
        answers={200: shapes.Report},
        shown=shapes.REPORT,
    )
    def get(self, request: Any) -> HttpResponse:
        """The report."""
        return answer(report(self.group))


def _restore_wanted(item: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a restore, read. Raises Refusal 422 that names every fault."""
    told = [{"field": name, "code": "unknown_field", "error": f"{name[:60]!r} is no field here."} for name in item if name not in _RESTORE_FIELDS]
    wanted: dict[str, Any] = {"from": None, "to": None, "days": item.get("days", STAY_DAYS), "dryRun": item.get("dryRun", False)}
    for name in ("from", "to"):
        try:
            wanted[name] = date.fromisoformat(item[name]) if item.get(name) is not None else None
        except (TypeError, ValueError):
            told.append({"field": name, "code": "not_a_day", "error": f"{name} must be a day such as 2024-03-31."})
    if type(wanted["days"]) is not int or not 1 <= wanted["days"] <= STAY_DAYS_MAX:
        told.append({"field": "days", "code": "out_of_range", "error": f"days must be a whole number from 1 to {STAY_DAYS_MAX}."})
    if type(wanted["dryRun"]) is not bool:
        told.append({"field": "dryRun", "code": "not_a_boolean", "error": "dryRun must be true or false."})
    if told:
        raise input_refused(told)
    return wanted


@csrf_exempt
@require_POST
def daily_archival(request: HttpRequest) -> HttpResponse:
    """Begins the daily run for an outside clock that sends `Authorization: Bearer CRON_SECRET`; 404 where no secret is set, 403 for a wrong one."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.CRON_SECRET:
        return refused(Refusal(404, "not_found", "No outside clock is set up: CRON_SECRET is empty."), request)
    if not hmac.compare_digest(given.encode(), settings.CRON_SECRET.encode()):
        return refused(Refusal(403, "wrong_secret", "The secret is wrong."), request)
    with acting(PLATFORM_SCOPE):
        run, is_new = archive_start(actor=Actor(door=Door.TASK, request_id="cron"))
    return answer({"run": run.pk, "state": run.state, "started": is_new}, 202)
