"""On whose behalf a run acts."""

from ontology.choices import Door
from ontology.models import Run
from ontology.services.actor import Actor


def actor_of(run: Run) -> Actor:
    """Whoever started RUN, through their door; its id stands for the request."""
    return Actor(run.person, Door(run.door), str(run.pk))
