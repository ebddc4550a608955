"""Words to the owner of a run that has ended: in the admin, and by e-mail."""

from ontology.choices import RunState
from ontology.models import Notice, Run

_TOLD = frozenset({RunState.SUCCEEDED, RunState.FAILED})
"""Ends that their owner did not bring about."""


def notice_of_end(run: Run) -> None:
    """Leaves a notice for the person who began RUN, when it ended by itself; one query or none."""
    if run.person is None or run.state not in _TOLD:
        return
    words = f"{run.kind.replace('_', ' ').capitalize()} {run.get_state_display().lower()}: {run.done:,} records."
    Notice.objects.create(person=run.person, run=run, text=f"{words} {run.error}".strip())
