"""The samples as Prometheus reads them: every process of the web answers the same, for all of it comes from the database."""

from collections.abc import Iterable

from django.db.models import Count, Sum
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from monitoring.choices import AlertState
from monitoring.models import Alert, DatabaseSample, GroupCost
from ontology.models import Run

GAUGES = (
    ("connections", "Sessions of clients"),
    ("active", "Sessions that run a statement"),
    ("idle_in_transaction", "Sessions idle within a transaction"),
    ("connections_max", "Sessions that the server takes from clients"),
    ("oldest_idle_seconds", "How long the longest has been idle within a transaction"),
    ("oldest_transaction_seconds", "How long the longest transaction has been open"),
    ("size_bytes", "Size of the database"),
    ("wraparound_percent", "Transaction numbers used since the last freeze"),
    ("replication_lag_bytes", "How far the last replica is behind"),
    ("slow_statements", "Slow statements of the application since the sample before"),
)
COUNTERS = (
    ("transactions", "Transactions since the statistics began"),
    ("rollbacks", "Transactions rolled back"),
    ("blocks_hit", "Pages found in memory"),
    ("blocks_read", "Pages read from disk"),
    ("deadlocks", "Deadlocks"),
)


class Samples(Collector):
    """The last sample of the server, open alerts, unfinished runs, and the time spent today; four queries a scrape."""

    def collect(self) -> Iterable[Metric]:
        """The families, empty where there is no sample yet."""
        last = DatabaseSample.objects.first()
        if last is not None:
            yield GaugeMetricFamily("sextant_database_sampled_timestamp_seconds", "When the server was last sampled", value=last.taken_at.timestamp())
            for name, words in GAUGES:
                if (value := getattr(last, name)) is not None:
                    yield GaugeMetricFamily(f"sextant_database_{name}", words, value=float(value))
            for name, words in COUNTERS:
                if name in last.raw:
                    yield CounterMetricFamily(f"sextant_database_{name}", words, value=float(last.raw[name]))
        alerts = GaugeMetricFamily("sextant_alerts_open", "Alerts that have not ended", labels=["severity"])
        for severity, count in Alert.objects.exclude(state=AlertState.RESOLVED).values_list("severity").annotate(Count("id")):
            alerts.add_metric([severity], count)
        yield alerts
        runs = GaugeMetricFamily("sextant_runs", "Runs by state", labels=["state"])
        for state, count in Run.objects.values_list("state").annotate(Count("id")):
            runs.add_metric([state], count)
        yield runs
        spent = GroupCost.objects.aggregate(statements=Sum("statements"), ms=Sum("total_ms"))
        yield CounterMetricFamily("sextant_statements", "Statements of the application", value=float(spent["statements"] or 0))
        yield CounterMetricFamily("sextant_statement_seconds", "Seconds in statements of the application", value=(spent["ms"] or 0.0) / 1000)


def exposition() -> tuple[bytes, str]:
    """The text that Prometheus reads, and its content type."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Samples())
    return generate_latest(registry), CONTENT_TYPE_LATEST
