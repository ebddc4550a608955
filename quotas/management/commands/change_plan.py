"""Puts a group on a plan."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ontology.choices import Door
from ontology.errors import DomainError
from ontology.models import Group
from ontology.services.actor import Actor
from ontology.services.groups import group_create
from quotas.services.plans import plan_change
from quotas.services.state import group_state


class Command(BaseCommand):
    """The door to quotas.services.plans for operators."""

    help = "Puts a group on a plan, and says what it uses of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("group", metavar="GROUP", help="the group's slug")
        parser.add_argument("plan", metavar="PLAN", help="starter, pro or enterprise")
        parser.add_argument("--create-group", action="store_true", help="make the group if it is missing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Changes the plan; ends with a CommandError for an unknown group or plan."""
        actor, slug = Actor(door=Door.COMMAND, request_id="change_plan"), options["group"]
        try:
            group = Group.objects.filter(slug=slug).first()
            if group is None and options["create_group"]:
                group = group_create(slug=slug, name=slug.replace("-", " ").title(), actor=actor)
            if group is None:
                raise CommandError(f"There is no group {slug!r}. Make it in the admin, or add --create-group.")
            plan = plan_change(group, options["plan"], actor=actor)
        except DomainError as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"{group} is on the plan {plan}.")
        for state in group_state(group).metrics:
            self.stdout.write(f"  {state.status.label:10} {state.sentence}")
