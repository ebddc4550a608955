"""Shapes of archives."""

from rest_framework import serializers

from archival.services.restoring import STAY_DAYS, STAY_DAYS_MAX


class Config(serializers.Serializer):
    """The rules in force."""

    AGE_THRESHOLD_DAYS = serializers.IntegerField(allow_null=True, help_text="Days in the database before events move; null: they never do.")
    BATCH_SIZE = serializers.IntegerField(help_text="Events in a batch.")
    RETENTION_DAYS = serializers.IntegerField(allow_null=True, help_text="Days after which archived events are deleted; null: never.")


class Estimates(serializers.Serializer):
    """What archiving saves and takes."""

    storageSaved = serializers.IntegerField(help_text="Bytes that archived events would take in the database, less those of their objects.")
    hoursToArchiveAll = serializers.FloatField(allow_null=True, help_text="By the measured throughput; null before the first batch.")


class ArchiveStatus(serializers.Serializer):
    """How the archive of a group stands."""

    eligibleForArchival = serializers.IntegerField(help_text="Events older than the cutoff that are in the database.")
    alreadyArchived = serializers.IntegerField(help_text="Events in the archive.")
    config = Config(help_text="The rules in force.")
    estimates = Estimates(help_text="What archiving saves and takes.")


class RunStarted(serializers.Serializer):
    """A run that works on."""

    run = serializers.UUIDField(help_text="The run's id.")
    state = serializers.CharField(help_text="Where it stands.")
    started = serializers.BooleanField(help_text="false: it was running already.")


class NewRestore(serializers.Serializer):
    """Which archived events to bring back, and for how long."""

    vars()["from"] = serializers.DateField(required=False, help_text="Events of this day or later (UTC).")
    to = serializers.DateField(required=False, help_text="Events of this day or earlier (UTC).")
    days = serializers.IntegerField(required=False, default=STAY_DAYS, min_value=1, max_value=STAY_DAYS_MAX, help_text="How long they stay.")
    dryRun = serializers.BooleanField(required=False, default=False, help_text="Only tell what would come back.")


class RestoreStarted(serializers.Serializer):
    """What a restore brings back."""

    run = serializers.UUIDField(allow_null=True, help_text="The run's id; null for a dry run.")
    started = serializers.BooleanField(help_text="false: a dry run, or it was running already.")
    batches = serializers.IntegerField(help_text="Batches that come back.")
    rows = serializers.IntegerField(help_text="Events that come back.")
    bytes = serializers.IntegerField(help_text="Bytes of their objects.")


class Report(serializers.Serializer):
    """The compliance report of a group."""

    group = serializers.DictField(help_text="Its slug and name.")
    madeAt = serializers.DateTimeField(help_text="When the report was made.")
    rules = serializers.DictField(help_text="hotDays, retentionDays, who decided each, and encryption.")
    kept = serializers.DictField(help_text="Events and bytes: hot, warm, cold, and how many are restored.")
    places = serializers.ListField(child=serializers.DictField(), help_text="Where objects lie, how they are encrypted, how many, of when.")
    deletions = serializers.DictField(help_text="What is announced to be deleted, when, and what was.")
    holds = serializers.ListField(child=serializers.DictField(), help_text="Legal holds, lifted ones too.")
    erasures = serializers.ListField(child=serializers.DictField(), help_text="Certificates of erasures that touched the group.")
    keys = serializers.ListField(child=serializers.DictField(), help_text="When the group's keys were made and erased.")
    ledger = serializers.DictField(help_text="accepted = hot + cold + expired + erased, and the months in which it is not.")
    verification = serializers.DictField(help_text="What the last looks at the objects found.")


_RUN_ID = "01a20484-7bd2-7b54-9f4d-8f2d6d2f1c11"
STATUS = {
    "eligibleForArchival": 1200,
    "alreadyArchived": 48000,
    "config": {"AGE_THRESHOLD_DAYS": 365, "BATCH_SIZE": 50000, "RETENTION_DAYS": 2555},
    "estimates": {"storageSaved": 17400000, "hoursToArchiveAll": 0.0001},
}
RUN = {"run": _RUN_ID, "state": "new", "started": True}
RESTORE = {"run": _RUN_ID, "started": True, "batches": 3, "rows": 4100, "bytes": 182000}
REPORT = {
    "group": {"slug": "shop", "name": "Shop"},
    "madeAt": "2026-11-22T20:50:14.123456Z",
    "rules": {"hotDays": 365, "hotDecidedBy": "platform", "retentionDays": 2555, "retentionDecidedBy": "platform", "encryption": "none"},
    "kept": {"hot": {"events": 120, "bytes": 48000}, "warm": {"events": 0, "bytes": 0}, "cold": {"events": 4100, "bytes": 182000}, "restored": 0},
    "places": [{"storage": "s3://cold/events/", "encryption": "As it is", "batches": 3, "events": 4100, "bytes": 182000}],
    "deletions": {"announcedEvents": 0, "nextAt": None, "firstPastRetentionAt": "2031-01-31T00:00:00Z", "expiredEvents": 0},
    "holds": [],
    "erasures": [],
    "keys": [],
    "ledger": {"accepted": 4220, "hot": 120, "cold": 4100, "expired": 0, "erased": 0, "gaps": []},
    "verification": {"objects": {"sound": 3}, "longestUnverifiedSince": "2026-11-22T04:30:02Z"},
}
"""Examples of the answers, for the document."""
