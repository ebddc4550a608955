"""Rows that the words of a command name."""

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from ontology.models import Group, Run


def run_named(run_id: str | None) -> Run | None:
    """The run of that id, None for None; one query. Raises CommandError where there is none."""
    if run_id is None:
        return None
    try:
        return Run.objects.select_related("group").get(pk=run_id)
    except (Run.DoesNotExist, ValidationError):
        raise CommandError(f"There is no run {run_id!r}.") from None


def group_named(slug: str | None) -> Group | None:
    """The group of that slug, None for None; one query. Raises CommandError where there is none."""
    if slug is None:
        return None
    try:
        return Group.objects.get(slug=slug)
    except Group.DoesNotExist:
        raise CommandError(f"There is no group {slug!r}.") from None
