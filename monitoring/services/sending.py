"""Sending what is due: claimed, told, recorded. Whoever dies in between lets go of it by the end of its lease, and it is sent again with the same id."""

import random
import time
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from archival.failpoints import reached
from monitoring.channels import Told, tell
from monitoring.choices import AlertChange, DeliveryState, Severity
from monitoring.models import Attempt, Channel, Delivery
from monitoring.models.channel import QuietHours
from monitoring.services.outbox import message_write, sending_ask
from monitoring.services.routing import held_until, hours_of
from monitoring.sql import rows
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.services.actor import Actor
from ontology.services.platform_record import platform_event

LEASE = timedelta(seconds=120)
"""Longer than any attempt lasts."""
SLICE_SECONDS = 60.0
"""After this a task ends, and asks for another."""
DELAYS_SECONDS = (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Rests after each failed attempt, as Standard Webhooks proposes: three days in all."""
JITTER = 0.1


def deliveries_send(*, seconds: float = SLICE_SECONDS) -> int:
    """Sends what is due until there is none, or for SECONDS; how many attempts. Four queries each.

    A channel that fails once is left alone for this turn: its other messages would only wait for it, and others' behind them.
    """
    ends, failed, attempts = time.monotonic() + seconds, set[uuid.UUID](), 0
    with acting(PLATFORM_SCOPE):
        while time.monotonic() < ends:
            claimed = rows("deliveries_claim", {"now": timezone.now(), "lease": LEASE, "limit": 1, "skipped": list(failed)})
            if not claimed:
                return attempts
            delivery = Delivery.objects.select_related("channel", "person").get(pk=claimed[0][0])
            if _held_again(delivery):
                continue
            attempts += 1
            if not _attempted(delivery).succeeded and delivery.channel_id is not None:
                failed.add(delivery.channel_id)
    sending_ask()
    return attempts


def _held_again(delivery: Delivery) -> bool:
    """Puts off a message whose next attempt falls into quiet hours; whether it did."""
    if delivery.change in {AlertChange.TEST, AlertChange.REPORT}:
        return False
    hours: QuietHours | None = delivery.channel if delivery.channel is not None else hours_of(delivery.person) if delivery.person else None
    wait = held_until(hours, Severity(delivery.severity), timezone.now())
    if wait is None:
        return False
    Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.HELD, due_at=wait, claimed_until=None, attempts=delivery.attempts - 1)
    return True


def _attempted(delivery: Delivery) -> Told:
    """Tells it, and records what came of it."""
    began = timezone.now()
    told = tell(delivery, began)
    reached("delivery_told")
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(
            **_outcome(delivery, told), claimed_until=None, answer_status=told.status, answer=told.answer, updated_at=timezone.now()
        )
        Attempt.objects.create(
            delivery=delivery,
            group_id=delivery.group_id,
            number=Attempt.objects.filter(delivery=delivery).count() + 1,
            began_at=began,
            took_ms=told.took_ms,
            succeeded=told.succeeded,
            answer_status=told.status,
            answer=told.answer,
        )
    return told


def _outcome(delivery: Delivery, told: Told) -> dict[str, object]:
    now = timezone.now()
    if told.succeeded:
        return {"state": DeliveryState.SENT, "sent_at": now}
    if delivery.attempts > len(DELAYS_SECONDS):
        return {"state": DeliveryState.FAILED}
    return {"state": DeliveryState.WAITING, "due_at": next_attempt(delivery.attempts, now)}


def next_attempt(attempts: int, now: datetime) -> datetime:
    """When to try again after so many failed ATTEMPTS, give or take a tenth, so that receivers that come back are not met by all at once."""
    return now + timedelta(seconds=DELAYS_SECONDS[attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 -- not for secrets


def delivery_redeliver(delivery: Delivery, *, actor: Actor) -> Delivery:
    """Sends a message again, under its old id, whatever became of it, and gives it all its attempts anew."""
    with acting(PLATFORM_SCOPE), transaction.atomic():
        held = Delivery.objects.select_for_update().get(pk=delivery.pk)
        Delivery.objects.filter(pk=held.pk).update(
            state=DeliveryState.WAITING, attempts=0, due_at=timezone.now(), sent_at=None, claimed_until=None, updated_at=timezone.now()
        )
        told = {"delivery": str(held.pk), "alert": str(held.alert_id or ""), "change": "redelivered", "state": held.state}
        platform_event("monitoring_alert", actor=actor, metadata=told)
        transaction.on_commit(sending_ask, robust=True)
    return held


def channel_test(channel: Channel, *, actor: Actor) -> Delivery:
    """Sends a real message to CHANNEL now, and waits for the answer: the delivery with what came back. It is not tried again."""
    now = timezone.now()
    message = {
        "title": f"Test of the channel {channel.name}",
        "summary": "This is a test. When you can read it, alerts will come the same way.",
        "severity": Severity.INFO.value,
        "change": AlertChange.TEST.value,
        "at": now.isoformat(),
        "openedAt": now.isoformat(),
        "by": str(actor.person or ""),
    }
    with acting(PLATFORM_SCOPE):
        with transaction.atomic():
            delivery = message_write(AlertChange.TEST, message, channel)
            Delivery.objects.filter(pk=delivery.pk).update(claimed_until=now + LEASE, attempts=len(DELAYS_SECONDS) + 1)
            platform_event("monitoring_alert", actor=actor, metadata={"change": "tested", "channel": channel.name, "delivery": str(delivery.pk)})
        return _tested(delivery)


def _tested(delivery: Delivery) -> Delivery:
    found = Delivery.objects.select_related("channel").get(pk=delivery.pk)
    _attempted(found)
    found.refresh_from_db()
    return found
