"""What stays of events that have left for cold storage, so that every metric reads hot + carried and no answer changes when events move.

**How it is filled.** Whoever moves a batch of events (one group, one month) out of the hot table, or anew after its content changed, puts these very
events into the temporary table `stage_event` (made and filled by `ontology.services.event_rows.STAGE`, or by INSERT … SELECT into it) and calls
`ontology.services.carried.events_carry(group, batch)` in the transaction that deletes the hot rows. That is one statement, sql/events_carry.sql;
it writes all three tables. `carried_remove(group, batch)` takes out what the batch carried, in the transaction that brings its hot rows back.
Part of a batch brought back, its actors made pseudonyms, a revenue rule or a custom metric defined since: remove the batch, stage what is cold, carry anew.

**Exact to the second.** Metrics look at moments within 30 days (the last 7 days, the 7 before, the last 30) and at whole UTC days, months or all time
further back. So events that are younger than EXACT_DAYS when they are carried keep a row per moment, older ones a row per day; any age may be archived.

**What is kept.**

| table | a row per | columns |
|---|---|---|
| CarriedEvents | group, batch, UTC day, type, actor (null: none); also per moment for young ones | day, type, actor, count, first_at, last_at, revenue, carried_at |
| CarriedTargets | group, batch, UTC month, type, target | month, type, target, count, first_at, last_at, revenue |
| CarriedMetric | group, batch, custom metric that CarriedEvents alone cannot answer, UTC day, actor (null: none) | day, actor, count, amount |

`batch` is the id of the archive's own row, which no key of this app can check; `revenue` follows the event types' revenue rules at the moment of
carrying. Rows are never changed, only written and taken out, batch by batch.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from ontology.models.constraints import UtcDay, tenant_key
from ontology.models.exact_number import ExactNumberField
from ontology.models.group import Group
from ontology.models.metric import CustomMetric
from ontology.models.thing import Thing

EXACT_DAYS = 31
"""Events younger than this are carried moment by moment: one day more than the longest window that does not begin at midnight UTC."""


class Carried(models.Model):
    """What every carried row has."""

    id = models.BigAutoField(primary_key=True)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, db_index=False, related_name="+")
    batch = models.UUIDField()
    count = models.PositiveBigIntegerField()

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(condition=Q(count__gte=1), name="%(class)s_counts_something"),
        )


class CarriedEvents(Carried):
    """What an actor did on a day: how many events of a type, when first and last, and the revenue they brought."""

    day = models.DateField()
    type = models.CharField(max_length=100)
    actor = models.ForeignKey(Thing, on_delete=models.DO_NOTHING, null=True, db_index=False, db_constraint=False, related_name="+")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    revenue = ExactNumberField()
    carried_at = models.DateTimeField(db_default=Now())

    class Meta(Carried.Meta):
        constraints = (
            *Carried.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "batch", "day", "type", "actor", "first_at"], nulls_distinct=False, name="carried_events_are_carried_once"
            ),
            models.CheckConstraint(
                condition=Q(day=UtcDay("first_at")) & Q(day=UtcDay("last_at")) & Q(first_at__lte=F("last_at")),
                name="carried_events_lie_in_their_day",
            ),
        )
        indexes = (
            models.Index(fields=["group", "actor", "day"], condition=Q(actor__isnull=False), name="carried_events_by_actor"),
            models.Index(fields=["group", "type", "day"], name="carried_events_by_type"),
            models.Index(fields=["group", "day"], name="carried_events_by_day"),
        )

    def __str__(self) -> str:
        return f"{self.count} {self.type} on {self.day}"


class CarriedTargets(Carried):
    """What was done to a target in a month: how many events of a type, when first and last, and the revenue they brought."""

    month = models.DateField(help_text="Its first day.")
    type = models.CharField(max_length=100)
    target = models.ForeignKey(Thing, on_delete=models.DO_NOTHING, db_index=False, db_constraint=False, related_name="+")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    revenue = ExactNumberField()

    class Meta(Carried.Meta):
        constraints = (
            *Carried.Meta.constraints,
            models.UniqueConstraint(fields=["group", "batch", "month", "type", "target"], name="carried_targets_are_carried_once"),
        )
        indexes = (models.Index(fields=["group", "target", "month"], name="carried_targets_by_target"),)

    def __str__(self) -> str:
        return f"{self.count} {self.type} in {self.month:%Y-%m}"


class CarriedMetric(Carried):
    """What a day's events of an actor give to a custom metric: how many matched, and the sum of their numbers."""

    metric = models.ForeignKey(CustomMetric, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+")
    day = models.DateField()
    actor = models.ForeignKey(Thing, on_delete=models.DO_NOTHING, null=True, db_index=False, db_constraint=False, related_name="+")
    amount = ExactNumberField()

    class Meta(Carried.Meta):
        constraints = (
            *Carried.Meta.constraints,
            models.UniqueConstraint(fields=["group", "batch", "metric", "day", "actor"], nulls_distinct=False, name="carried_metric_is_carried_once"),
            tenant_key("metric_id", "ontology_custommetric", "carried_metric_in_group"),
        )
        indexes = (models.Index(fields=["group", "metric", "day"], name="carried_metric_by_day"),)

    def __str__(self) -> str:
        return f"{self.count} on {self.day}"
