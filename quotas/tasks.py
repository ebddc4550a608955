"""What the clock does for quotas."""

from celery import shared_task

from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group
from quotas.services.recording import deltas_fold, limits_expire, periods_close
from quotas.services.recount import usage_recount
from quotas.services.thresholds import thresholds_check


@shared_task(name="quotas.fold_usage")
def fold_usage() -> int:
    """Folds what writers without a limit have left, and brings limits up to date whose override has begun or ended; how many deltas it folded."""
    with acting(PLATFORM_SCOPE):
        limits_expire()
        return deltas_fold()


@shared_task(name="quotas.check_thresholds")
def check_thresholds() -> int:
    """Tells thresholds that were crossed; how many events."""
    with acting(PLATFORM_SCOPE):
        return thresholds_check(Group.objects.active())


@shared_task(name="quotas.close_periods")
def close_periods() -> int:
    """Writes the history that charts read; how many rows."""
    with acting(PLATFORM_SCOPE):
        return periods_close(Group.objects.values_list("pk", flat=True))


@shared_task(name="quotas.recount_usage")
def recount_usage() -> int:
    """Counts all rows anew; how many new differences from what is recorded."""
    with acting(PLATFORM_SCOPE):
        return len(usage_recount())
