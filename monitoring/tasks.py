"""What the clock and the outbox have monitoring do."""

from celery import shared_task

from monitoring.services.alerts import alerts_settle


@shared_task(name="monitoring.settle_alerts")
def settle_alerts() -> int:
    """Ends episodes that have been healthy for long enough, and reminds of those whose snooze is over; how many."""
    return alerts_settle()
