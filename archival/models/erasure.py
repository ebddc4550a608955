"""Erasures of people's events, each with its certificate."""

from django.db import models

from ontology.models import Person
from ontology.models.constraints import json_is
from ontology.models.row import Row


class Erasure(Row):
    """That a person was erased from events: what was changed where, and under which pseudonym. Who the person was stands nowhere in it.

    `changed` is a list of {group, hotEvents, coldEvents, batches: [{batch, replaces, sha256, rows}]}.
    """

    pseudonym = models.UUIDField(unique=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    changed = models.JSONField(default=list)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (json_is("changed", "array", "erasure_changed_is_list"),)

    def __str__(self) -> str:
        return f"Erasure {self.pk}"
