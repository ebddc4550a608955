"""The ledger of events: how many were ever accepted, whatever became of them since."""

from django.db import models
from django.db.models import Q

from ontology.models.group import Group


class EventsAccepted(models.Model):
    """Events that a group accepted into a month, in pieces to be added up: the other side of the rule `ledger`.

    Triggers write one piece per statement that adds events, whoever writes them, so that no writer waits for another's; pieces are folded daily.
    A migration that takes events back or gives them a group writes pieces too, negative ones among them. Only the tables' owner writes here.
    """

    id = models.BigAutoField(primary_key=True)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, db_index=False, related_name="+")
    month = models.DateField(help_text="Its first day, in UTC.")
    count = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "events accepted"
        constraints = (models.CheckConstraint(condition=Q(month__day=1), name="events_accepted_month_is_a_first_day"),)
        indexes = (models.Index(fields=["group", "month"], name="events_accepted_by_month"),)

    def __str__(self) -> str:
        return f"{self.count} in {self.month:%Y-%m}"
