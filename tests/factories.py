"""Small makers of rows, past the services: what a test needs to find there."""

import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from archival.models import ArchiveBatch
from monitoring.models import Alert, Attempt, Channel, DataQualitySnapshot, Delivery, Finding, PersonHours
from ontology.ids import uuid7
from ontology.models import (
    ApiToken,
    CarriedEvents,
    CarriedMetric,
    CarriedTargets,
    Connection,
    CustomMetric,
    Event,
    Group,
    Knowledge,
    Membership,
    Person,
    QuarantinedRow,
    Run,
    Thing,
    ThingKnowledge,
)
from ontology.services.record import partitions_ensure
from ontology.services.tokens import digest_of, token_text
from ontology.sessions import BEGAN, CONFIRMED, SEEN
from quotas.models import Override, Subscription

MOMENT = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


def make_group(*, plan: str | None = None, **fields: Any) -> Group:
    """A group, without limits (tests/conftest.py) or on a PLAN."""
    number = next(_numbers)
    group = Group.objects.create(**{"slug": f"group-{number}", "name": f"Group {number}", **fields})
    if plan is not None:
        Subscription.objects.create(group=group, plan_id=plan)
    return group


def make_override(group: Group, **fields: Any) -> Override:
    return Override.objects.create(
        **{"group": group, "metric": "users", "value": 100, "reason": f"Reason {next(_numbers)}", "starts_at": MOMENT, **fields}
    )


def make_person(**fields: Any) -> Person:
    number = next(_numbers)
    return Person.objects.create(**{"email": f"person-{number}@example.org", "username": f"person-{number}", **fields})


def make_staff(**fields: Any) -> Person:
    """A person with every right of the admin, who signs in with PASSWORD."""
    person = make_person(**{"is_staff": True, "is_superuser": True, "platform_role": "platform_owner", **fields})
    person.set_password(PASSWORD)
    person.save()
    return person


def make_second_factor(person: Person) -> TOTPDevice:
    """An authenticator app that is in use."""
    device: TOTPDevice = TOTPDevice.objects.create(user=person, name="Authenticator app", confirmed=True)
    return device


def code_of(device: TOTPDevice) -> str:
    """The six digits that the app shows now."""
    return f"{totp(device.bin_key, device.step, device.t0, device.digits, device.drift):06}"


def staff_sign_in(client: Client, person: Person, *, minutes_ago: int = 0) -> None:
    """A session of a person of the staff as it is after password and second factor."""
    client.force_login(person)
    session, moment = client.session, int(time.time()) - 60 * minutes_ago
    session.update({BEGAN: moment, SEEN: moment, CONFIRMED: moment, DEVICE_ID_SESSION_KEY: make_second_factor(person).persistent_id})
    session.save()


def make_token(**fields: Any) -> ApiToken:
    text = token_text()
    return ApiToken.objects.create(
        **{"person": make_person(), "name": "script", "scopes": ["read"], "prefix": text[:12], "digest": digest_of(text), **fields}
    )


def make_membership(group: Group, person: Person | None = None, **fields: Any) -> Membership:
    return Membership.objects.create(group=group, person=person or make_person(), **fields)


def make_thing(group: Group, **fields: Any) -> Thing:
    number = next(_numbers)
    return Thing.objects.create(**{"group": group, "type": "product", "name": f"Thing {number}", "status": "active", **fields})


def make_connection(group: Group, start: Thing | None = None, end: Thing | None = None, **fields: Any) -> Connection:
    ends = {"from_thing": start or make_thing(group, type="creator"), "to_thing": end or make_thing(group)}
    return Connection.objects.create(**{"group": group, "type": "purchased", **ends, **fields})


def make_event(group: Group | None, **fields: Any) -> Event:
    event = Event(**{"id": uuid7(), "group": group, "type": "content_event", "timestamp": MOMENT, **fields})
    partitions_ensure([event.timestamp])
    event.save(force_insert=True)
    return event


def make_knowledge(group: Group, **fields: Any) -> Knowledge:
    return Knowledge.objects.create(**{"group": group, "type": "label", "text": f"label {next(_numbers)}", **fields})


def make_quarantined(**fields: Any) -> QuarantinedRow:
    number = next(_numbers)
    return QuarantinedRow.objects.create(
        **{"kind": "connection", "row_id": uuid7(), "reason": "orphaned", "document": {"type": "owns", "metadata": {"n": number}}, **fields}
    )


def make_link(group: Group, **fields: Any) -> ThingKnowledge:
    return ThingKnowledge.objects.create(
        **{"group": group, "thing": make_thing(group), "knowledge": make_knowledge(group), "role": "label", **fields}
    )


def make_run(**fields: Any) -> Run:
    return Run.objects.create(**{"kind": "load", "state": "succeeded", "done": 10, "total": 10, **fields})


def make_custom_metric(group: Group, **fields: Any) -> CustomMetric:
    return CustomMetric.objects.create(**{"group": group, "name": f"metric_{next(_numbers)}", "title": "Events", **fields})


def make_carried_events(group: Group, **fields: Any) -> CarriedEvents:
    last = {"last_at": fields.get("first_at", MOMENT)}
    given = {"batch": uuid7(), "day": MOMENT.date(), "type": "content_event", "count": 1, "first_at": MOMENT, "revenue": 0}
    return CarriedEvents.objects.create(**{"group": group, **given, **last, **fields})


def make_carried_targets(group: Group, **fields: Any) -> CarriedTargets:
    given = {"batch": uuid7(), "month": MOMENT.date().replace(day=1), "type": "content_event", "count": 1, "revenue": 0}
    return CarriedTargets.objects.create(**{"group": group, **given, "first_at": MOMENT, "last_at": MOMENT, "target_id": uuid7(), **fields})


def make_carried_metric(group: Group, **fields: Any) -> CarriedMetric:
    given = {"batch": uuid7(), "day": MOMENT.date(), "count": 1, "amount": 0}
    return CarriedMetric.objects.create(**{"group": group, "metric": fields.get("metric") or make_custom_metric(group), **given, **fields})


def make_archive_batch(group: Group, **fields: Any) -> ArchiveBatch:
    """A batch that looks archived; its object is nowhere."""
    number = next(_numbers)
    told = {"state": "archived", "month": MOMENT.date().replace(day=1), "cutoff": MOMENT, "upto_timestamp": MOMENT, "upto_id": uuid7()}
    told |= {"key": f"object-{number}", "sha256": "0" * 64, "digest": "0" * 16, "rows": number, "bytes": 1000 * number, "closed_at": MOMENT}
    told |= {"min_timestamp": MOMENT, "max_timestamp": MOMENT, "verification": "sound"}
    return ArchiveBatch.objects.create(group=group, **{**told, **fields})


def make_finding(group: Group | None, **fields: Any) -> Finding:
    """A connection that has lost an end."""
    told = {"rule": "orphaned_connection", "severity": "critical", "kind": "connection", "record_id": str(uuid7()), "reason": "to"}
    told |= {"metadata": {"type": "purchased", "to": str(uuid7()), "toIs": "deleted"}, "opened_at": MOMENT, "seen_at": MOMENT}
    return Finding.objects.create(group=group, **{**told, **fields})


def make_snapshot(group: Group | None, days_before: int = 0, **fields: Any) -> DataQualitySnapshot:
    """A snapshot of healthy data, so many days before MOMENT."""
    at = MOMENT - timedelta(days=days_before)
    told = {"day": at.date(), "timestamp": at, "standing": "healthy", "referential_integrity_score": 100, "orphaned_entity_count": 0}
    told |= {"cross_group_violations": 0, "missing_group_ids": 0, "malformed_properties_count": 0, "schema_compliance_score": 98}
    told |= {"event_archival_progress": 97, "issues": 0, "metadata": {"things": 100}}
    return DataQualitySnapshot.objects.create(group=group, **{**told, **fields})


def make_alert(group: Group | None = None, **fields: Any) -> Alert:
    """An episode that is open."""
    told = {"name": f"check_{next(_numbers)}", "severity": "warning", "told_severity": "warning", "summary": "3 are broken"}
    return Alert.objects.create(group=group, **{**told, "opened_at": MOMENT, "seen_at": MOMENT, **fields})


def make_delivery(group: Group | None = None, *, person: Person | None = None, **fields: Any) -> Delivery:
    """A message of an alert to a channel, tried once; PERSON is its alert's owner, with quiet hours."""
    alert = make_alert(group, owner=person)
    channel = Channel.objects.create(name=f"Channel {next(_numbers)}", kind="log")
    made = Delivery.objects.create(
        **{"group": group, "alert": alert, "channel": channel, "change": "opened", "severity": "warning", "due_at": MOMENT, **fields}
    )
    Attempt.objects.create(delivery=made, group=group, number=1, began_at=MOMENT, took_ms=3, succeeded=False, answer="503 down")
    if person is not None:
        PersonHours.objects.create(person=person)
    return made
