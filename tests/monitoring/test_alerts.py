"""Episodes: told once, told again when worse, one end, whatever flaps in between."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from monitoring.choices import AlertState, Category, Severity
from monitoring.errors import AlertClosed
from monitoring.models import Alert, Channel, Delivery
from monitoring.services.alerts import alert_acknowledge, alert_assign, alert_snooze, alerts_settle, condition_observed
from ontology.choices import Door
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Event, Group
from ontology.services.actor import Actor
from tests.factories import make_group, make_person
from tests.monitoring.clocks import Clock
from tests.roles import as_role, scope_of

pytestmark = pytest.mark.django_db


def observe(severity: Severity | None, *, name: str = "orphaned_connection", group: Group | None = None, value: float = 3.0) -> None:
    condition_observed(name=name, group=group, severity=severity, summary=f"{value:g} are broken", value=value, threshold=0.0)


def told() -> list[str]:
    """The words of what was told, in order."""
    return list(Delivery.objects.order_by("id").values_list("change", flat=True))


def events(group: Group) -> list[tuple[str, str]]:
    found = Event.objects.filter(group=group, type="monitoring_alert").order_by("id")
    return [(event.metadata["change"], event.metadata["severity"]) for event in found]


def test_condition_observed__crossed_opens_an_episode_with_its_event_and_message() -> None:
    group = make_group()

    observe(Severity.WARNING, group=group)

    alert = Alert.objects.get()
    assert (alert.group, alert.name, alert.state, alert.severity) == (group, "orphaned_connection", "open", "warning")
    assert (alert.summary, alert.value, alert.threshold, alert.category) == ("3 are broken", 3.0, 0.0, "data_quality")
    assert events(group) == [("opened", "warning")]
    (delivery,) = Delivery.objects.all()
    assert (delivery.channel.name, delivery.change, delivery.state, delivery.group) == ("Log", "opened", "waiting", group)
    assert delivery.message["title"] == f"Warning: Orphaned connection in {group.name}"


def test_condition_observed__healthy_without_an_episode_writes_nothing() -> None:
    group = make_group()

    observe(None, group=group)

    assert (Alert.objects.count(), Delivery.objects.count(), events(group)) == (0, 0, [])


def test_condition_observed__of_the_platform_is_recorded_in_its_own_group() -> None:
    observe(Severity.CRITICAL, name="worker_is_dead")

    assert Alert.objects.get().group is None
    assert events(Group.objects.platform())[-1] == ("opened", "critical")


def test_condition_observed__flapping_is_told_once_and_ends_once(clock: Clock) -> None:
    group = make_group()
    for _ in range(20):
        observe(Severity.CRITICAL, group=group)
        clock.passes(minutes=4)
        observe(None, group=group)
        clock.passes(minutes=5)
    still = Alert.objects.get().state
    clock.passes(minutes=5)

    observe(None, group=group)
    observe(None, group=group)

    assert still == AlertState.RECOVERING
    assert told() == ["opened", "resolved"]
    assert Alert.objects.get().state == AlertState.RESOLVED
    assert events(group) == [("opened", "critical"), ("resolved", "critical")]


def test_condition_observed__crossed_again_after_the_end_is_another_episode(clock: Clock) -> None:
    observe(Severity.WARNING)
    observe(None)
    clock.passes(seconds=600)
    observe(None)

    observe(Severity.WARNING)

    assert sorted(Alert.objects.values_list("state", flat=True)) == ["open", "resolved"]
    assert told() == ["opened", "resolved", "opened"]


def test_condition_observed__worse_is_told_again_once_and_falling_is_not() -> None:
    for severity in (Severity.WARNING, Severity.CRITICAL, Severity.CRITICAL, Severity.WARNING, Severity.CRITICAL, Severity.EMERGENCY):
        observe(severity)

    alert = Alert.objects.get()
    assert told() == ["opened", "escalated", "escalated"]
    assert (alert.severity, alert.told_severity, alert.times_seen) == ("emergency", "emergency", 6)


def test_alerts_settle__ends_what_nobody_looks_at_any_more(clock: Clock) -> None:
    observe(Severity.WARNING)
    observe(None)
    early = alerts_settle()
    clock.passes(seconds=600)

    late = alerts_settle()

    assert (early, late, told()) == (0, 1, ["opened", "resolved"])


def test_alert_snooze__holds_back_all_but_an_emergency_and_the_end(clock: Clock) -> None:
    observe(Severity.WARNING)
    actor = Actor(person=make_person(), door=Door.ADMIN)
    alert_snooze(Alert.objects.get(), timezone.now() + timedelta(hours=1), actor=actor)
    observe(Severity.CRITICAL)
    silent = told()
    observe(Severity.EMERGENCY)
    clock.passes(hours=1)

    reminded = alerts_settle()

    assert silent == ["opened"]
    assert reminded == 1
    assert told() == ["opened", "escalated", "reminded"]


def test_alert_acknowledge__is_recorded_once_with_its_person() -> None:
    group, person = make_group(), make_person()
    observe(Severity.WARNING, group=group)
    actor = Actor(person=person, door=Door.ADMIN)

    alert_acknowledge(Alert.objects.get(), actor=actor)
    alert_acknowledge(Alert.objects.get(), actor=actor)

    assert Alert.objects.get().acknowledged_by == person
    assert events(group) == [("opened", "warning"), ("acknowledged", "warning")]
    assert Event.objects.filter(group=group, person=person).count() == 1


def test_alert_assign__tells_the_owner_by_e_mail_unless_they_took_it_themselves() -> None:
    owner, other = make_person(), make_person()
    observe(Severity.WARNING)
    alert = Alert.objects.get()

    alert_assign(alert, other, actor=Actor(person=other))
    mine = told()
    alert_assign(alert, owner, actor=Actor(person=other))

    assert mine == ["opened"]
    assert [(row.change, row.person) for row in Delivery.objects.order_by("id")][1:] == [("assigned", owner)]


def test_acts_on_a_resolved_alert__are_refused(clock: Clock) -> None:
    observe(Severity.WARNING)
    observe(None)
    clock.passes(seconds=600)
    alerts_settle()

    with pytest.raises(AlertClosed):
        alert_acknowledge(Alert.objects.get(), actor=Actor())

    assert Alert.objects.get().acknowledged_at is None


def test_episode__is_one_at_a_time_by_the_database() -> None:
    for group in (None, make_group()):
        observe(Severity.WARNING, group=group)
        now = timezone.now()
        fields = {"severity": "warning", "told_severity": "warning", "opened_at": now, "seen_at": now}
        with pytest.raises(IntegrityError, match="alert_episode_is_one_at_a_time"), transaction.atomic():
            Alert.objects.create(name="orphaned_connection", group=group, state="recovering", healthy_since=now, **fields)


def test_alerts_of_a_group__are_hidden_from_another() -> None:
    mine, other = make_group(), make_group()
    observe(Severity.WARNING, group=mine)
    observe(Severity.WARNING)

    with as_role("app"), acting(scope_of(other)):
        foreign = (Alert.objects.count(), Delivery.objects.count(), Channel.objects.count())
    with as_role("app"), acting(scope_of(mine)):
        own = (Alert.objects.count(), Delivery.objects.count())
    with as_role("worker"), acting(PLATFORM_SCOPE):
        every = Alert.objects.count()

    assert (foreign, own, every) == ((0, 0, 0), (1, 1), 2)


def test_observing__is_possible_with_the_rights_of_requests_and_jobs() -> None:
    for role in ("app", "worker"):
        with as_role(role):
            observe(Severity.WARNING, name=f"seen_by_{role}")

    assert sorted(Alert.objects.values_list("name", flat=True)) == ["seen_by_app", "seen_by_worker"]


@pytest.mark.django_db(transaction=True)
def test_condition_observed__by_many_at_once_is_one_episode_and_one_message() -> None:
    failed: list[Exception] = []

    def look() -> None:
        try:
            condition_observed(name="seen_at_once", group=None, severity=Severity.CRITICAL, summary="Seen", category=Category.DATABASE)
        except Exception as error:  # noqa: BLE001 -- told below
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert (Alert.objects.get().times_seen, told()) == (8, ["opened"])
