"""Channels: where alerts are told, which of them, and when not."""

import zoneinfo

from django.db import models
from django.db.models import Q

from monitoring.choices import ChannelKind, Covers, Severity
from ontology.models import Group
from ontology.models.constraints import json_is, one_of
from ontology.models.row import Row


def zone_names() -> list[tuple[str, str]]:
    """The time zones, for a choice."""
    return [(name, name) for name in sorted(zoneinfo.available_timezones()) if "/" in name or name == "UTC"]


class QuietHours(models.Model):
    """From when until when (by a clock of `time_zone`) nothing is told; hours may pass midnight. `quiet_passes` and what is worse is told all the same."""

    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=50, default="UTC")
    quiet_passes = models.CharField(max_length=10, choices=Severity, default=Severity.CRITICAL)

    class Meta:
        abstract = True


class Channel(Row, QuietHours):
    """A way to tell alerts: those of `covers` (with `group`, its and those of all groups below) that are `min_severity` or worse, of `categories` if any.

    `address` is what may be seen: e-mail addresses, a webhook's URL. `secret` is what may not (a Slack address, a routing key, a signing secret),
    sealed (monitoring.encryption); `secret_before` is the one before, with which messages are signed too until `secret_before_until`.
    """

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=ChannelKind)
    enabled = models.BooleanField(default=True)
    covers = models.CharField(max_length=10, choices=Covers, default=Covers.ALL)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, db_constraint=False, related_name="channels")
    min_severity = models.CharField(max_length=10, choices=Severity, default=Severity.WARNING)
    categories = models.JSONField(default=list, blank=True)
    reports = models.BooleanField(default=False)
    address = models.TextField(blank=True, default="")
    secret = models.BinaryField(null=True)
    secret_before = models.BinaryField(null=True)
    secret_before_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=["name"], name="channel_name_is_unique"),
            one_of("kind", ChannelKind.values, "channel_kind_is_known"),
            one_of("covers", Covers.values, "channel_covers_is_known"),
            one_of("min_severity", Severity.values, "channel_severity_is_known"),
            one_of("quiet_passes", Severity.values, "channel_quiet_passes_is_known"),
            json_is("categories", "array", "channel_categories_is_list"),
            models.CheckConstraint(condition=Q(covers=Covers.GROUP) ^ Q(group__isnull=True), name="channel_of_a_group_names_it"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="channel_quiet_hours_are_both_or_none",
            ),
        )

    def __str__(self) -> str:
        return self.name


class PersonHours(Row, QuietHours):
    """The quiet hours of a person who owns alerts: what is told to them by e-mail waits for the end of these."""

    person = models.OneToOneField("ontology.Person", on_delete=models.CASCADE, related_name="quiet_hours")

    class Meta:
        verbose_name = "quiet hours of a person"
        verbose_name_plural = "quiet hours of people"
        ordering = ("person",)
        constraints = (
            one_of("quiet_passes", Severity.values, "person_quiet_passes_is_known"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True) | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="person_quiet_hours_are_both_or_none",
            ),
        )

    def __str__(self) -> str:
        return f"Quiet hours of {self.person}"
