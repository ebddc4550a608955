"""All checks: what each looks for, how bad it is, what it means, and whether a repair is offered."""

from collections.abc import Mapping
from typing import Any

from archival.sql import statement as archival_statement
from monitoring.checks import judges, schemas
from monitoring.checks.broken import Ask
from monitoring.checks.check import Check, Repair
from monitoring.checks.rules import rules_expected
from monitoring.choices import Severity
from quotas.sql import statement as quotas_statement

STALE_DAYS, HABIT_DAYS, HABIT_ACTIVE_DAYS, VOLUME_WEEKS = 30, 28, 14, 8

OWN_TYPES = (
    *("monitoring_snapshot", "monitoring_alert", "monitoring_summary", "archival_started", "archival_completed", "archival_failed"),
    *("events_restored", "settings_updated", "plan_changed"),
)
"""Events that the platform writes by its clock or its staff: they tell nothing of whether a group's own come in."""


def _rules(ask: Ask) -> Mapping[str, Any]:
    names, tables = rules_expected()
    return {"names": names, "tables": tables}


CHECKS: tuple[Check, ...] = (
    Check(
        "orphaned_connection",
        "orphanedConnections",
        "Connections without an end",
        Severity.CRITICAL,
        "A live connection leads to or from a thing that is deleted or not there. Graphs and counts show what is gone.",
        "Restore the thing, or delete the connection.",
        {
            "from": "The connection {type} starts at the thing {from}, which is {fromIs}.",
            "to": "The connection {type} leads to the thing {to}, which is {toIs}.",
            "both": "Both ends of the connection {type} are gone: {from} is {fromIs}, {to} is {toIs}.",
        },
        {"": Repair.DELETE},
        hourly=True,
    ),
    Check(
        "cross_group_ref",
        "crossGroupReferences",
        "References into another group",
        Severity.CRITICAL,
        "A row of one group refers to a row of another: one tenant's data may show up at another's.",
        "Find out how it was written (were keys or triggers off?), tell whoever is responsible for data protection, then clear the reference.",
        {"": "The {kind} {type} refers to a row of another group ({reason})."},
        {"connection": Repair.DELETE, "link": Repair.DELETE, "event": Repair.CLEAR, "knowledge": Repair.CLEAR},
        told=lambda ask: {"since": ask.since},
        hourly=True,
    ),
    Check(
        "missing_group",
        "missingGroupIds",
        "Rows without a group",
        Severity.CRITICAL,
        "A row belongs to nobody: no member sees it, no quota counts it, no erasure finds it.",
        "Run the migration of legacy data; rows that no load brought go into quarantine.",
        {
            "unknown": "The {kind} {type} has no group, and no legacy load brought it.",
            "left_over": "The {kind} {type} has no group, though a migration has ended since.",
        },
        {"": Repair.QUARANTINE},
        hourly=True,
    ),
    Check(
        "invalid_metadata",
        "invalidMetadata",
        "Metadata that break their type",
        Severity.WARNING,
        "An event or connection does not say what its type promises: metrics and readers may count it wrongly.",
        "Correct whoever writes such rows. Events are never changed; wide of the mark ones are put into quarantine.",
        {"schema": "The {kind} {type}: {error}", "unknown_type": "The {kind} is of the type {type}, which there is not."},
        {"event": Repair.QUARANTINE},
        find=schemas.invalid_metadata,
    ),
    Check(
        "malformed_properties",
        "malformedProperties",
        "Properties that break their type",
        Severity.WARNING,
        "A thing does not have the properties that its type promises.",
        "Correct the thing, or the schema of its type.",
        {"schema": "The thing of the type {type}: {error}", "unknown_type": "The thing is of the type {type}, which there is not."},
        find=schemas.malformed_properties,
    ),
    Check(
        "forbidden_pair",
        "forbiddenPairs",
        "Connections between the wrong types",
        Severity.WARNING,
        "A connection links things that its type does not link.",
        "Delete the connection, or widen its type in the catalogue.",
        {
            "": "A connection {type} links {fromType} with {toType}, which its type does not allow.",
            "unknown_type": "The connection is of the type {type}, which there is not.",
        },
        {"": Repair.DELETE},
    ),
    Check(
        "cycle",
        "cycles",
        "Circles of connections that must have none",
        Severity.WARNING,
        "Connections of an acyclic type lead back to their start: whoever walks along them never ends.",
        "Look at the circle and delete the connection that is wrong. Deleting all of them takes right ones along.",
        {"": "The connection {type} lies on a circle."},
        {"": Repair.DELETE},
        find=judges.cycle,
    ),
    Check(
        "orphaned_knowledge",
        "orphanedKnowledge",
        "Knowledge without its thing",
        Severity.WARNING,
        "A live link has lost its thing or its text, or a text the thing it was cut from: searches find what is gone.",
        "Restore the thing, or delete the link; of a text whose source is gone, clear the source.",
        {
            "thing": "The link {type} is to the thing {thing}, which is deleted or not there.",
            "knowledge": "The link {type} is of the knowledge {knowledge}, which is deleted or not there.",
            "source": "The {type} was cut from the thing {thing}, which is deleted or not there.",
        },
        {"link": Repair.DELETE, "knowledge": Repair.DELETE},
    ),
    Check(
        "duplicate_connection",
        "duplicateConnections",
        "Connections that are there twice",
        Severity.WARNING,
        "A connection says what an older one says: counts are too high.",
        "Delete the younger one.",
        {"": "An older connection {type} from {from} to {to} is there already."},
        {"": Repair.DELETE},
    ),
    Check(
        "usage_drift",
        "usageDrift",
        "Usage that is not what is there",
        Severity.WARNING,
        "Recorded usage differs from the rows it counts: limits and invoices are wrong by as much.",
        "Find out who wrote past the triggers, then count anew.",
        {
            "": "{metric} {subject}: {recorded} recorded, {counted} counted.",
            "no_row": "{metric} {subject}: {counted} counted, and no usage recorded.",
        },
        {"": Repair.RECOUNT},
        parts={"recount": quotas_statement("usage_drift")},
    ),
    Check(
        "ledger_gap",
        "ledgerGaps",
        "Events that are nowhere",
        Severity.CRITICAL,
        "Events that were accepted are neither hot nor cold, expired or erased; or there are more than were accepted.",
        "Stop archival and retention of the group, compare with the latest backup, and read the archive back (verify_archive).",
        {
            "lost": "{month}: {accepted} events were accepted and {gap} are nowhere.",
            "more": "{month}: {accepted} events were accepted, and there are more.",
        },
        parts={"ledger": archival_statement("ledger")},
    ),
    Check(
        "rollup_drift",
        "rollupDrift",
        "Archived events that metrics miscount",
        Severity.WARNING,
        "What metrics count of an archived batch is not what it holds.",
        "Restore the batch; when it goes cold again its numbers are taken anew.",
        {"": "The batch holds {archived} events, and metrics count {carried}."},
    ),
    Check(
        "archive_object_missing",
        "archiveObjectsMissing",
        "Archive objects missing or damaged",
        Severity.CRITICAL,
        "Events are in an object that is not in the store, or no more what was written.",
        "Bring the object back from the store's versions or its copy, then verify the archive.",
        {"": "The object of {month} with {rows} events is {reason}: {key}"},
        hourly=True,
    ),
    Check(
        "stale_v0",
        "staleV0",
        "Legacy rows never made whole",
        Severity.INFO,
        "A legacy thing waits for migration for more than a month, or was left over by one.",
        "Run migrate_ontology; its report says why rows were left.",
        {"": "The legacy thing of the type {type} waits since {since}."},
        told=lambda ask: {"days": STALE_DAYS},
    ),
    Check(
        "unvalidated_constraint",
        "unvalidatedConstraints",
        "Rules that do not hold for every row",
        Severity.WARNING,
        "A rule of the database was never validated, is switched off, or is not there: rows may break it.",
        "Finish the migration that left it, or make the rule again; then run the checks anew.",
        {
            "unvalidated": "The rule {id} was never validated for the rows that were there.",
            "switched_off": "The trigger {id} is switched off.",
            "missing": "The rule {id} is not there.",
        },
        told=_rules,
        hourly=True,
    ),
    Check(
        "missed_run",
        "missedRuns",
        "Scheduled work that did not run",
        Severity.WARNING,
        "The clock has not started a task that was due.",
        "Does the clock run (celery beat), and a worker for its queue? See Periodic tasks.",
        {"": "{id} was due at {due}; its last start: {last}."},
        find=judges.missed_run,
        hourly=True,
    ),
    Check(
        "event_freshness",
        "eventFreshness",
        "Groups that have gone silent",
        Severity.WARNING,
        "A group that sent events on most days sends none any more: its connection to Sextant may be broken.",
        "Ask who runs the group's client; look at its tokens and rejected calls.",
        {"": "No event for {silentHours} hours; the longest silence before was {usualHours} hours."},
        told=lambda ask: {"now": ask.now, "days": HABIT_DAYS, "active": HABIT_ACTIVE_DAYS, "own": list(OWN_TYPES)},
    ),
    Check(
        "event_volume",
        "eventVolume",
        "Groups with an unusual number of events",
        Severity.INFO,
        "A day brought far more or fewer events than the same day of the weeks before.",
        "Look whether a client sends twice, or not at all.",
        {"": "{events} events on {day}; {usual} are usual on that weekday."},
        told=lambda ask: {"now": ask.now, "weeks": VOLUME_WEEKS, "own": list(OWN_TYPES)},
    ),
)
BY_NAME: Mapping[str, Check] = {check.name: check for check in CHECKS}
HOURLY: tuple[Check, ...] = tuple(check for check in CHECKS if check.hourly)
