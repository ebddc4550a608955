"""What tests of monitoring share."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from monitoring.models import Channel
from ontology.isolation import PLATFORM_SCOPE, acting
from tests.monitoring.clocks import Clock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of this process, which goes only when told."""
    present = Clock(timezone.now())

    def now() -> datetime:
        return present.now

    monkeypatch.setattr(timezone, "now", now)
    return present


@pytest.fixture(autouse=True)
def log_channel(db: None) -> Channel:
    """The channel that a migration makes; a test that commits leaves none."""
    channel, _ = Channel.objects.get_or_create(name="Log", defaults={"kind": "log", "min_severity": "info"})
    return channel


@pytest.fixture
def platform_acts() -> Iterator[None]:
    with acting(PLATFORM_SCOPE):
        yield


@pytest.fixture
def clock_runs(db: None) -> None:
    PeriodicTask.objects.update(last_run_at=timezone.now())
