"""Loads the shipped demo."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ontology.choices import Door
from ontology.errors import DomainError
from ontology.models import Group
from ontology.services.actor import Actor
from ontology.services.demo import GROUPS, demo_group_ensure, demo_group_load, demo_person_ensure


class Command(BaseCommand):
    """The door to ontology.services.demo."""

    help = "Loads the shipped real data into two groups and makes the demo's account (DEMO_EMAIL, DEMO_PASSWORD). Twice is once."

    def handle(self, *args: Any, **options: Any) -> None:
        """Loads what is missing; refuses outside the demo, where a known account would be a door left open."""
        if not settings.DEMO:
            raise CommandError("load_demo makes an account that anyone with its password may use; set DEMO=1 to say that this is a demo.")
        if settings.DEMO_PASSWORD:
            demo_person_ensure(settings.DEMO_EMAIL, settings.DEMO_PASSWORD)
        try:
            for shipped in GROUPS:
                actor = Actor(door=Door.COMMAND, request_id="load_demo")
                group = demo_group_ensure(shipped, actor=actor)
                self.prepare(group, actor)
                outcome = demo_group_load(shipped, group, actor=actor)
                self.finish(group, actor)
                words = f"{outcome.total:,} records in {outcome.seconds:.1f} s" if outcome else "there already"
                self.stdout.write(f"{shipped.name}: {words}")
        except DomainError as refused:
            raise CommandError(str(refused)) from None

    def prepare(self, group: Group, actor: Actor) -> None:
        """What an app above does with a group of the demo before its data come, such as choosing a plan; a subclass calls super()."""

    def finish(self, group: Group, actor: Actor) -> None:
        """What an app above does with a group of the demo that is loaded; a subclass calls super()."""
