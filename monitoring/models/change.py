"""Changes to the installation: asked for, decided by others, done; and reviews of how a time went."""

from django.db import models
from django.db.models import F, Q

from monitoring.choices import ChangeOutcome, ChangeRisk, ChangeState, ReviewKind, Verdict
from ontology.models import Person
from ontology.models.constraints import json_is, one_of
from ontology.models.row import Row


class ChangeRequest(Row):
    """A change that can hurt people, from the question to how it went.

        draft ──ask──> asked ──enough approvals──> approved ──> done
          ^──take back──┘ │ └──one refusal──> refused   │
                          └──> withdrawn <──────────────┘

    What was asked for is fixed from then on; to change it, it is taken back into a draft, which drops what was decided. A change of high risk needs two
    approvals. Nobody decides their own. The database holds all of this (triggers `change_request_guard` and `change_decision_guard`).
    """

    title = models.CharField(max_length=200)
    what = models.TextField()
    risk = models.CharField(max_length=10, choices=ChangeRisk)
    is_emergency = models.BooleanField(default=False)
    concerns = models.TextField(blank=True)
    steps = models.TextField()
    taken_back_by = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    rehearsal = models.JSONField(default=dict, blank=True)
    """The report of `rehearse_release`, empty where there was none."""
    state = models.CharField(max_length=10, choices=ChangeState, default=ChangeState.DRAFT)
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=ChangeOutcome, blank=True)
    outcome_text = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = "change request"
        permissions = (("decide_change", "Can approve and refuse changes that others ask for, and sign reviews"),)
        constraints = (
            one_of("risk", ChangeRisk.values, "change_request_risk_is_known"),
            one_of("state", ChangeState.values, "change_request_state_is_known"),
            one_of("outcome", ["", *ChangeOutcome.values], "change_request_outcome_is_known"),
            json_is("rehearsal", "object", "change_request_rehearsal_is_object"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="change_request_window_has_an_end",
                violation_error_message="The window ends after it begins.",
            ),
            models.CheckConstraint(
                condition=Q(state=ChangeState.DONE, done_at__isnull=False) & ~Q(outcome="")
                | ~Q(state=ChangeState.DONE) & Q(outcome="", done_at__isnull=True),
                name="change_request_done_says_how_it_went",
            ),
        )

    def __str__(self) -> str:
        return self.title


class ChangeDecision(Row):
    """What one person decided about a change request; `reason` also says what would make them decide otherwise."""

    request = models.ForeignKey(ChangeRequest, on_delete=models.CASCADE, db_index=False, related_name="decisions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.TextField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["request", "person"], name="change_decision_is_one_a_person"),
            one_of("verdict", Verdict.values, "change_decision_verdict_is_known"),
            models.CheckConstraint(condition=Q(reason__regex=r"\S"), name="change_decision_has_reason"),
        )

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.person}"


class Review(Row):
    """How a day, week or month went: `body` are the numbers of `review_report`, the rest is what people say. Signed by another than who wrote it.

    From `begins_on` up to and without `ends_on` (UTC). Fixed once signed (trigger `review_guard`).
    """

    kind = models.CharField(max_length=10, choices=ReviewKind)
    begins_on = models.DateField()
    ends_on = models.DateField()
    body = models.JSONField(default=dict, blank=True)
    incidents = models.TextField(blank=True)
    went_well = models.TextField(blank=True)
    decided = models.TextField(blank=True)
    written_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    signed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-begins_on", "-id")
        constraints = (
            models.UniqueConstraint(fields=["kind", "begins_on"], name="review_is_one_a_time"),
            one_of("kind", ReviewKind.values, "review_kind_is_known"),
            json_is("body", "object", "review_body_is_object"),
            models.CheckConstraint(condition=Q(ends_on__gt=F("begins_on")), name="review_has_days"),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True, signed_at__isnull=True)
                | (Q(signed_by__isnull=False, signed_at__isnull=False, written_by__isnull=False) & ~Q(signed_by=F("written_by"))),
                name="review_is_signed_by_another",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.begins_on}"


class RequestHour(models.Model):
    """What requests of one kind came to in one hour (UTC), added up by each process about once a minute.

    `answered` had a status below 400, `refused` one from 400 to 499, `failed` one from 500 on. `buckets` counts all of them by how long they took: one
    place for each bound of `answering.BOUNDS_MS` and one for what took longer.
    """

    hour = models.DateTimeField()
    caller = models.CharField(max_length=200)
    answered = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    total_ms = models.FloatField(default=0)
    buckets = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["hour", "caller"], name="request_hour_is_one"),
            json_is("buckets", "array", "request_hour_buckets_is_array"),
        )

    def __str__(self) -> str:
        return f"{self.caller} at {self.hour:%Y-%m-%d %H}"
