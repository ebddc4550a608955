"""Words to the owner of a run that has ended: in the admin, and by e-mail."""

from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ontology.choices import RunState
from ontology.models import Notice, Person, Run
from ontology.services.mail import Letter, letter_send

LETTER_SECONDS_MIN = 30
"""Who watched a shorter run needs no e-mail about it."""

_TOLD = frozenset({RunState.SUCCEEDED, RunState.FAILED})
"""Ends that their owner did not bring about."""


def notice_of_end(run: Run) -> None:
    """Leaves a notice for the person who began RUN, when it ended by itself; one query or none."""
    if run.person is None or run.state not in _TOLD:
        return
    words = f"{run.kind.replace('_', ' ').capitalize()} {run.get_state_display().lower()}: {run.done:,} records."
    text = f"{words} {run.error}".strip()
    Notice.objects.create(person=run.person, run=run, text=text)
    if settings.EMAIL_IS_SENT and run.seconds >= LETTER_SECONDS_MIN:
        letter = Letter(run.person.email, f"{run.kind.capitalize()} {run.get_state_display().lower()}", f"{text}\n\nRun {run.pk}.\n")
        transaction.on_commit(partial(letter_send, letter), robust=True)


def notices_read(person: Person | None, run: Run) -> None:
    """PERSON has seen RUN; one query or none."""
    if person is not None:
        Notice.objects.filter(person=person, run=run, read_at__isnull=True).update(read_at=timezone.now())


def notices_unread(person: Person) -> QuerySet[Notice]:
    """The notices that PERSON has not seen, the latest first."""
    return Notice.objects.filter(person=person, read_at__isnull=True).order_by("-id")
