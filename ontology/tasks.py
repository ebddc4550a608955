"""What the clock does for the ontology."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.services.record import partitions_ahead


@shared_task(name="ontology.make_partitions")
def make_partitions() -> int:
    """Makes the event partitions of the coming months; how many it made."""
    with acting(PLATFORM_SCOPE):
        return partitions_ahead(timezone.now(), settings.EVENT_PARTITIONS_AHEAD_MONTHS)
