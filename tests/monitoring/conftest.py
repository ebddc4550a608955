"""What tests of monitoring stand on: a clock that has missed nothing, and the platform's scope."""

from collections.abc import Iterator

import pytest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from ontology.isolation import PLATFORM_SCOPE, acting


@pytest.fixture
def platform_acts() -> Iterator[None]:
    with acting(PLATFORM_SCOPE):
        yield


@pytest.fixture
def clock_runs(db: None) -> None:
    PeriodicTask.objects.update(last_run_at=timezone.now())
