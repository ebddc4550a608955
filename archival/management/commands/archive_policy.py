"""Sets a group's rules for its archive."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from archival.amounts import days_text
from archival.choices import Encryption
from archival.services.foreground import group_named
from archival.services.policies import policy_set, rules_of
from ontology.choices import Door
from ontology.errors import DomainError
from ontology.services.actor import Actor


class Command(BaseCommand):
    """The door to archival.services.policies for operators."""

    help = "Sets how long a group's events stay in the database, and how long archived ones are kept; tells the rules in force."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("group", metavar="SLUG")
        hot, cold = parser.add_mutually_exclusive_group(), parser.add_mutually_exclusive_group()
        hot.add_argument("--hot-days", type=int, metavar="N", help="days in the database")
        hot.add_argument("--keep-hot", action="store_true", help="no event of the group is archived")
        cold.add_argument("--retention-days", type=int, metavar="N", help="days after which archived events are deleted")
        cold.add_argument("--keep-cold", action="store_true", help="archived events are never deleted")
        parser.add_argument("--encryption", choices=Encryption.values, help="of objects written from now on")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sets what is given."""
        changes: dict[str, Any] = {}
        for days, for_ever, name in (("hot_days", "keeps_hot", "keep_hot"), ("retention_days", "keeps_cold", "keep_cold")):
            if options[days] is not None and options[days] < 1:
                raise CommandError(f"--{days.replace('_', '-')} must be at least 1, not {options[days]}.")
            if options[days] is not None or options[name]:
                changes |= {days: options[days], for_ever: options[name]}
        if options["encryption"]:
            changes["encryption"] = options["encryption"]
        try:
            group = group_named(options["group"])
        except DomainError as refused:
            raise CommandError(str(refused)) from None
        assert group is not None
        if changes:
            policy_set(group, changes, actor=Actor(door=Door.COMMAND, request_id="archive_policy"))
        rules = rules_of(group)
        self.stdout.write(
            f"{group.slug}: in the database {days_text(rules.hot_days)} (by the {rules.hot_by}), "
            f"in the archive {days_text(rules.retention_days)} (by the {rules.retention_by}), encryption {rules.encryption}."
        )
