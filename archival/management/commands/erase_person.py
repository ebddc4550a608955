"""Erases a person from events."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from archival.services.erasing import person_erase
from archival.services.foreground import printed
from archival.services.installations import installation_here
from ontology.choices import Door
from ontology.errors import DomainError
from ontology.models import Person
from ontology.services.actor import Actor


class Command(BaseCommand):
    """The door to archival.services.erasing for operators."""

    help = "Puts a pseudonym in a person's place in every event, hot and archived, and prints the certificate. It cannot be undone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command takes."""
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the certificate; name nobody in it")
        parser.add_argument("--yes", action="store_true", help="it is meant")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erases."""
        person = Person.objects.filter(email__iexact=options["email"]).first()
        if person is None:
            raise CommandError("Nobody here has that address.")
        if not options["yes"]:
            raise CommandError("This rewrites every event of that person, hot and archived, for good; add --yes to say that it is meant.")
        try:
            installation_here()
            done = person_erase(person, reason=options["reason"], actor=Actor(door=Door.COMMAND, request_id="erase_person"))
        except DomainError as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(printed({"certificate": done.pk, "finishedAt": done.finished_at, "changed": done.changed}))
