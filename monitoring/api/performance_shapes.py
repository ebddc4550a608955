"""Shapes of the database's performance."""

from rest_framework import serializers


class Connections(serializers.Serializer):
    """Sessions of clients against what the server takes."""

    total = serializers.IntegerField(help_text="Sessions of clients.")
    active = serializers.IntegerField(help_text="Those that run a statement now.")
    idleInTransaction = serializers.IntegerField(help_text="Those that have a transaction open and do nothing.")
    max = serializers.IntegerField(help_text="As many as the server takes from clients.")
    percentUsed = serializers.FloatField(help_text="`total` of `max`, in percent.")
    oldestIdleSeconds = serializers.FloatField(help_text="How long the longest has been idle in a transaction.")
    longestTransactionSeconds = serializers.FloatField(help_text="How long the longest transaction has been open.")


class Statement(serializers.Serializer):
    """A statement and what it took in the last hour."""

    queryId = serializers.CharField(help_text="Its number in pg_stat_statements.")
    text = serializers.CharField(help_text="Its text, with $1 for values.")
    calls = serializers.IntegerField(help_text="How often it ran.")
    totalMs = serializers.FloatField(help_text="Milliseconds of all calls.")
    meanMs = serializers.FloatField(help_text="Milliseconds of a call.")
    rows = serializers.IntegerField(help_text="Rows it returned or changed.")
    cacheHitRatio = serializers.FloatField(allow_null=True, help_text="Pages found in memory, in percent; null: it asked for none.")


class Relation(serializers.Serializer):
    """A table or an index, the parts of a partitioned one added up."""

    kind = serializers.CharField(help_text="table or index.")
    name = serializers.CharField(help_text="Its name.")
    table = serializers.CharField(help_text="The table that it is, or lies on.")
    sizeBytes = serializers.IntegerField(help_text="Bytes on disk.")
    rows = serializers.IntegerField(allow_null=True, help_text="Live rows, about; null for an index.")
    deadRows = serializers.IntegerField(allow_null=True, help_text="Dead rows, about; null for an index.")
    scans = serializers.IntegerField(help_text="Scans since the counters began: from end to end for a table.")
    growthBytes = serializers.IntegerField(allow_null=True, help_text="Bytes grown in a week; null: not known yet.")


class Bloat(serializers.Serializer):
    """Space that a rewrite would give back."""

    kind = serializers.CharField(help_text="table or index.")
    name = serializers.CharField(help_text="Its name.")
    table = serializers.CharField(help_text="The table that it is, or lies on.")
    sizeBytes = serializers.IntegerField(help_text="Bytes on disk.")
    wastedBytes = serializers.IntegerField(help_text="Bytes of dead and free space.")
    percent = serializers.FloatField(help_text="`wastedBytes` of `sizeBytes`.")
    how = serializers.CharField(help_text="measured or estimated.")


class Replica(serializers.Serializer):
    """A replica and how far it is behind."""

    name = serializers.CharField(help_text="What it calls itself.")
    state = serializers.CharField(help_text="What it does.")
    lagBytes = serializers.IntegerField(allow_null=True, help_text="Bytes of the log that it has not replayed.")
    lagSeconds = serializers.FloatField(allow_null=True, help_text="Seconds that it is behind.")


class WatchedBy(serializers.Serializer):
    """What the role that watches may see."""

    statements = serializers.BooleanField(help_text="Whether pg_stat_statements answers.")
    hiddenStatements = serializers.IntegerField(help_text="Statements of others that are hidden.")
    hiddenSessions = serializers.IntegerField(help_text="Sessions of others whose doings are hidden.")
    remedy = serializers.CharField(help_text="What would make all of it visible; blank: all is.")
    unseen = serializers.ListField(child=serializers.CharField(help_text="A sentence."), help_text="What cannot be told or done, each in a sentence.")


class PerformanceMetrics(serializers.Serializer):
    """The database as it stands."""

    timestamp = serializers.DateTimeField(help_text="When it was looked at.")
    maxAge = serializers.IntegerField(help_text="Seconds after which to look again: samples are taken once a minute.")
    connections = Connections(help_text="Sessions.")
    queriesPerSecond = serializers.FloatField(allow_null=True, help_text="Of the last five minutes; null: no samples.")
    transactionsPerSecond = serializers.FloatField(allow_null=True, help_text="Of the last five minutes; null: no samples.")
    cacheHitRatio = serializers.FloatField(allow_null=True, help_text="Pages found in memory in the last five minutes, in percent.")
    indexUsage = serializers.FloatField(allow_null=True, help_text="Scans by an index of all scans, in percent.")
    slowStatementsLastMinute = serializers.IntegerField(help_text="Statements of the application over 100 ms.")
    slowStatementsLastHour = serializers.IntegerField(help_text="The same, of an hour.")
    slowest = Statement(many=True, help_text="The ten that took most in the last hour.")
    tables = Relation(many=True, help_text="The largest tables.")
    indexes = Relation(many=True, help_text="The largest indexes.")
    bloat = Bloat(many=True, help_text="Where most space would come back.")
    replicas = Replica(many=True, help_text="Replicas that stream from this server.")
    sizeBytes = serializers.IntegerField(help_text="Bytes of the database.")
    wraparoundPercent = serializers.FloatField(help_text="Transaction numbers used since the last freeze, in percent.")
    visibility = WatchedBy(help_text="What may be seen.")


SHOWN = {
    "timestamp": "2026-11-25T20:00:00Z",
    "maxAge": 60,
    "connections": {
        "total": 12,
        "active": 1,
        "idleInTransaction": 0,
        "max": 197,
        "percentUsed": 6.1,
        "oldestIdleSeconds": 0.0,
        "longestTransactionSeconds": 0.4,
    },
    "queriesPerSecond": 48.2,
    "transactionsPerSecond": 9.7,
    "cacheHitRatio": 99.4,
    "indexUsage": 97.1,
    "slowStatementsLastMinute": 0,
    "slowStatementsLastHour": 3,
    "slowest": [
        {"queryId": "-81", "text": "SELECT $1", "calls": 9, "totalMs": 4.5, "meanMs": 0.5, "rows": 9, "cacheHitRatio": None},
    ],
    "tables": [
        {
            "kind": "table",
            "name": "ontology_thing",
            "table": "ontology_thing",
            "sizeBytes": 1_800_000,
            "rows": 6_168,
            "deadRows": 12,
            "scans": 14,
            "growthBytes": 90_000,
        }
    ],
    "indexes": [],
    "bloat": [],
    "replicas": [],
    "sizeBytes": 53_900_000,
    "wraparoundPercent": 0.1,
    "visibility": {"statements": True, "hiddenStatements": 0, "hiddenSessions": 0, "remedy": "", "unseen": []},
}
"""An example of the answer."""
