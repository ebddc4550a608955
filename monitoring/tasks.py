"""What the clock and the outbox have monitoring do."""

from celery import shared_task

from monitoring.services.alerts import alerts_settle
from monitoring.services.outbox import SEND_TASK
from monitoring.services.quota_alerts import quota_events_observe
from monitoring.services.report import report_send
from monitoring.services.seal_verifying import seal_verify
from monitoring.services.sealing import events_seal
from monitoring.services.sending import deliveries_send


@shared_task(name="monitoring.settle_alerts")
def settle_alerts() -> int:
    """Observes what quotas told, ends episodes that have been healthy for long enough, and reminds of those whose snooze is over; how many."""
    return quota_events_observe() + alerts_settle()


@shared_task(name=SEND_TASK)
def send_deliveries() -> int:
    """Sends the messages that are due; how many attempts it made."""
    return deliveries_send()


@shared_task(name="monitoring.seal_events")
def seal_events() -> int:
    """Seals what statements did to events; how many ranges."""
    return events_seal()


@shared_task(name="monitoring.verify_seal")
def verify_seal() -> int:
    """Verifies the seal over hot events; how many findings, which an alert tells."""
    return sum(seal_verify(archive=False).counts.values())


@shared_task(name="monitoring.send_report")
def send_report() -> int:
    """Sends the report of the last week to the channels that want it; how many messages."""
    return report_send()
