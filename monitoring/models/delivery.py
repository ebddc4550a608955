"""Deliveries: the outbox of alerts, one row for each message and each who is told."""

from django.db import models
from django.db.models import F, Q

from monitoring.choices import UNSENT_STATES, AlertChange, DeliveryState, Severity
from monitoring.models.alert import Alert
from monitoring.models.channel import Channel
from ontology.models import Group, Person
from ontology.models.constraints import json_is, one_of
from ontology.models.row import Row


class Delivery(Row):
    """One message to one channel, or to the owner of an alert by e-mail; written in the transaction of what it tells.

    Its id goes with every attempt, so that a receiver knows a message it has already had. `message` is what is told, as it was then. Whoever sends
    holds the row until `claimed_until`; a worker that dies lets go of it by that, and another sends it again.
    """

    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, db_constraint=False, db_index=False, related_name="+")
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, null=True, blank=True, db_index=False, related_name="deliveries")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    change = models.CharField(max_length=20, choices=AlertChange)
    severity = models.CharField(max_length=10, choices=Severity)
    message = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    answer_status = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.TextField(blank=True, default="")

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ("-id",)
        constraints = (
            one_of("state", DeliveryState.values, "delivery_state_is_known"),
            one_of("change", AlertChange.values, "delivery_change_is_known"),
            one_of("severity", Severity.values, "delivery_severity_is_known"),
            json_is("message", "object", "delivery_message_is_object"),
            models.CheckConstraint(condition=Q(channel__isnull=True) ^ Q(person__isnull=True), name="delivery_is_to_a_channel_or_a_person"),
            models.CheckConstraint(condition=Q(state=DeliveryState.SENT) ^ Q(sent_at__isnull=True), name="delivery_sent_has_a_moment"),
        )
        indexes = (
            models.Index(fields=["due_at"], condition=Q(state__in=UNSENT_STATES), name="delivery_due"),
            models.Index(F("alert"), F("id").desc(), name="delivery_of_alert"),
        )

    def __str__(self) -> str:
        return f"{self.get_change_display()} to {self.channel or self.person}"


class Attempt(models.Model):
    """One try to deliver: what was answered, or why there was no answer. Never holds a secret."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, db_constraint=False, db_index=False, related_name="+")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveSmallIntegerField()
    began_at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    succeeded = models.BooleanField()
    answer_status = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"Attempt {self.number}"
