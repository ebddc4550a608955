"""What is kept of each day, for good: the numbers that capacity is planned by."""

from django.db import models

from monitoring.choices import CapacityMetric
from ontology.models.constraints import one_of


class CapacityDay(models.Model):
    """The value of one metric on one day (UTC), in the metric's unit: bytes, rows, a second, sessions or percent. Small enough to be kept for years."""

    day = models.DateField()
    metric = models.CharField(max_length=30, choices=CapacityMetric)
    value = models.FloatField()

    class Meta:
        ordering = ("metric", "day")
        constraints = (
            models.UniqueConstraint(fields=["metric", "day"], name="capacity_day_is_one"),
            one_of("metric", CapacityMetric.values, "capacity_day_metric_is_known"),
            models.CheckConstraint(condition=models.Q(value__gte=0), name="capacity_day_value_is_not_negative"),
        )

    def __str__(self) -> str:
        return f"{self.get_metric_display()} on {self.day}"
