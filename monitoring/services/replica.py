"""The alert of a replica that reads cannot go to."""

from django.conf import settings

from monitoring.choices import Category, Severity
from monitoring.services.alerts import condition_observed
from ontology.replica import is_used, standing

NAME = "replica_unfit"


def replica_observed() -> None:
    """Tells the condition of the replica as this process has it; nothing where there is none, or nobody has asked it yet. Three queries."""
    if not is_used() or (standing.looked_at < 0 and not standing.fault):
        return
    lag, most = standing.lag_seconds, settings.REPLICA_LAG_SECONDS
    if standing.is_fit:
        summary = "The replica answers reads."
    elif lag is None:
        summary = f"The replica does not answer, or follows no more; every read goes to the primary. {standing.fault}".strip()
    else:
        summary = f"The replica is {lag:.0f} s behind; reads go to the primary until it is at most {most} s."
    condition_observed(
        name=NAME,
        group=None,
        severity=None if standing.is_fit else Severity.WARNING,
        summary=summary,
        value=lag,
        threshold=float(most),
        category=Category.DATABASE,
    )
