"""Plans, their limits and prices, and who is on which."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from ontology.models import Group, Person
from ontology.models.constraints import one_of
from ontology.models.row import Row
from quotas.choices import Metric, Per, Span
from quotas.querysets import OverrideQuerySet


class Plan(models.Model):
    """What a group may use, and its price in integer US cents; a null price is agreed on with each customer.

    The one plan with `is_default` is that of groups without one of their own.
    """

    name = models.SlugField(primary_key=True, max_length=50, help_text="The word that programs use, such as pro.")
    title = models.CharField(max_length=100)
    description = models.CharField(max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(help_text="From the smallest plan to the largest.")
    monthly_cents = models.PositiveBigIntegerField(null=True, blank=True, help_text="US cents a month; empty: agreed on with each customer.")
    annual_cents = models.PositiveBigIntegerField(null=True, blank=True, help_text="US cents a year; empty: agreed on with each customer.")
    is_default = models.BooleanField("is that of groups without a plan", default=False)
    active = models.BooleanField("is offered", default=True)

    class Meta:
        ordering = ("position", "name")
        constraints = (
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="plan_default_is_one"),
            models.UniqueConstraint(fields=["position"], name="plan_position_is_unique"),
            models.CheckConstraint(
                condition=Q(monthly_cents__isnull=True, annual_cents__isnull=True) | Q(monthly_cents__isnull=False, annual_cents__isnull=False),
                name="plan_has_both_prices_or_none",
            ),
        )

    def __str__(self) -> str:
        return self.title


class LimitFields(models.Model):
    """Which use is limited, and to what. Storage is in bytes; a null value is no limit.

    `per` says whose use: the group's, each person's, or that of things of `type_name`. `span` is blank for the metric's own period, or a window.
    """

    metric = models.CharField(max_length=30, choices=Metric)
    per = models.CharField(max_length=10, choices=Per, default=Per.GROUP)
    type_name = models.CharField(max_length=100, blank=True, default="")
    span = models.CharField(max_length=10, choices=Span, blank=True, default="")
    value = models.PositiveBigIntegerField(null=True, blank=True, help_text="The most there may be; empty: unlimited. Storage in bytes.")
    is_hard = models.BooleanField("refuses", default=True, help_text="A hard limit refuses; a soft one counts, warns and allows.")

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            one_of("metric", Metric.values, "%(class)s_metric_is_known"),
            one_of("per", Per.values, "%(class)s_per_is_known"),
            models.CheckConstraint(
                condition=Q(per=Per.TYPE, metric=Metric.THINGS) & ~Q(type_name="") | ~Q(per=Per.TYPE) & Q(type_name=""),
                name="%(class)s_type_is_of_things",
            ),
            models.CheckConstraint(condition=Q(per__in=[Per.GROUP, Per.TYPE]) | Q(metric=Metric.API_CALLS), name="%(class)s_person_makes_calls"),
            models.CheckConstraint(condition=Q(span="") | Q(span__in=Span.values, metric=Metric.API_CALLS), name="%(class)s_window_is_of_calls"),
        )

    @property
    def words(self) -> str:
        """What is limited, such as `API calls this month, each person, each minute`."""
        per = {Per.PERSON: "each person", Per.TYPE: self.type_name}.get(Per(self.per), "")
        return ", ".join(word for word in (Metric(self.metric).label, per, f"each {self.span}" if self.span else "") if word)


class PlanLimit(Row, LimitFields):
    """A limit of a plan, and what each further unit costs where usage is billed: `overage_cents` for every `overage_unit` begun beyond it."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, db_index=False, related_name="limits")
    overage_unit = models.PositiveBigIntegerField(null=True, blank=True, help_text="Units sold together; storage in bytes.")
    overage_cents = models.PositiveBigIntegerField(null=True, blank=True, help_text="US cents for each such lot begun.")

    class Meta:
        ordering = ("plan", "metric", "per", "type_name", "span")
        constraints = (
            *LimitFields.Meta.constraints,
            models.UniqueConstraint(fields=["plan", "metric", "per", "type_name", "span"], name="plan_limit_is_one_per_metric"),
            models.CheckConstraint(
                condition=Q(overage_unit__isnull=True, overage_cents__isnull=True) | Q(overage_unit__gte=1, overage_cents__isnull=False),
                name="plan_limit_overage_is_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.plan_id} {self.metric}"


class Subscription(models.Model):
    """The plan of a group, and its own thresholds in percent where they differ from the settings."""

    group = models.OneToOneField(Group, on_delete=models.CASCADE, primary_key=True, related_name="subscription")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="subscriptions")
    since = models.DateTimeField(db_default=Now())
    warning_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    critical_percent = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(warning_percent__gte=1, warning_percent__lte=100), name="subscription_warning_is_1_to_100"),
            models.CheckConstraint(condition=Q(critical_percent__gte=1, critical_percent__lte=100), name="subscription_critical_is_1_to_100"),
            models.CheckConstraint(condition=Q(warning_percent__lte=F("critical_percent")), name="subscription_warning_is_before_critical"),
        )

    def __str__(self) -> str:
        return f"{self.group} on {self.plan_id}"


class Override(Row, LimitFields):
    """Another limit for one group, from `starts_at` until `expires_at` (null: for good). Of several in force the one that began last counts."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, db_index=False, related_name="overrides")
    reason = models.CharField(max_length=500)
    given_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    objects = OverrideQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            *LimitFields.Meta.constraints,
            models.CheckConstraint(condition=Q(reason__regex=r"\S"), name="override_has_reason"),
            models.CheckConstraint(condition=Q(expires_at__gte=F("starts_at")), name="override_ends_after_it_starts"),
        )
        indexes = (models.Index(fields=["group", "metric", "-starts_at"], name="override_of_group"),)

    def __str__(self) -> str:
        return f"{self.metric} of {self.group}"
