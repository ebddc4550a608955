"""Loads the shipped demo, on plans."""

from ontology.management.commands.load_demo import Command as LoadDemo
from ontology.models import Group
from ontology.services.actor import Actor
from quotas.services.demo import demo_group_finish, demo_group_prepare


class Command(LoadDemo):
    """The same command with the plans of the demo's groups; of two commands of one name Django takes that of the app above."""

    def prepare(self, group: Group, actor: Actor) -> None:
        """The group's plan."""
        super().prepare(group, actor)
        demo_group_prepare(group, actor=actor)

    def finish(self, group: Group, actor: Actor) -> None:
        """The group's own limits."""
        super().finish(group, actor)
        demo_group_finish(group, actor=actor)
