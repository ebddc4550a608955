"""groups/{slug}/quotas/ and plans/."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from ontology.api.answers import answer
from ontology.api.cases import plain
from ontology.api.endpoint import Endpoint, GroupEndpoint
from ontology.api.operations import describes
from ontology.api.parameters import Parameter
from ontology.api.refusals import not_found
from ontology.choices import Right
from quotas.amounts import shown_value
from quotas.api import shapes
from quotas.choices import Metric, Period
from quotas.models import Plan
from quotas.pricing import Difference, PlanPrice
from quotas.services.checking import check_can_create, check_can_store, quota_status
from quotas.services.history import usage_history
from quotas.services.plans import PlanUnknown, plan_price, plan_simulate, upgrade_pricing
from quotas.services.state import group_quotas

TAG, PLANS_TAG = "quotas", "plans"
CURRENCY = "USD"
MUCH = 10**15
METRIC = Parameter("metric", "What is asked about.", choices=tuple(Metric.values), default=Metric.THINGS.value)
COUNT = Parameter("count", "How many are to be added; bytes for storage_gb.", kind="integer", default=1, minimum=0, maximum=MUCH)
BYTES = Parameter("bytes", "How many bytes are to be stored.", kind="integer", minimum=0, maximum=MUCH, required=True)
PERIOD = Parameter(
    "period", "By what usage is told.", choices=(Period.DAILY.value, Period.MONTHLY.value, Period.ANNUAL.value), default=Period.DAILY.value
)
PERIODS = Parameter("limit", "The latest so many periods.", kind="integer", default=90, minimum=1, maximum=1_000)
PLAN = Parameter("plan", "The word of the other plan.", required=True)


class Quotas(GroupEndpoint):
    """Where the group stands."""

    @describes(
        Right.READ,
        "quotas_read",
        "Read the quotas of a group",
        "Every metric beside its limit, and what is at a threshold. The same time whatever the group holds.",
        tag=TAG,
        answers={200: shapes.GroupQuotas},
        shown=shapes.QUOTAS,
    )
    def get(self, request: Any) -> HttpResponse:
        """The quotas."""
        found = group_quotas(self.group)
        return answer({**plain(found), "quotas": by_metric(found.quotas)})


class QuotaStatus(GroupEndpoint):
    """The group's health."""

    @describes(
        Right.READ,
        "quotas_status",
        "Read the health of a group's quotas",
        "One word for the group, its metrics, warnings, and what is recommended.",
        tag=TAG,
        answers={200: shapes.QuotaHealth},
        shown=shapes.HEALTH,
    )
    def get(self, request: Any) -> HttpResponse:
        """The status."""
        found = quota_status(self.group)
        return answer({**plain(found), "metrics": by_metric(found.metrics)})


class QuotaCheck(GroupEndpoint):
    """Whether so many may be added."""

    @describes(
        Right.READ,
        "quotas_check",
        "Ask whether so many may be added",
        "An answer for this moment: the limit itself is kept when rows are written, whatever was answered here.",
        tag=TAG,
        answers={200: shapes.CreateCheck},
        parameters=(METRIC, COUNT),
        shown=shapes.CAN_CREATE,
    )
    def get(self, request: Any) -> HttpResponse:
        """The check."""
        return answer(without_nothing(check_can_create(self.group, self.parameters["metric"], self.parameters["count"])))


class QuotaCheckStorage(GroupEndpoint):
    """Whether so many bytes may be stored."""

    @describes(
        Right.READ,
        "quotas_check_storage",
        "Ask whether so many bytes may be stored",
        "An answer for this moment: the limit itself is kept when rows are written, whatever was answered here.",
        tag=TAG,
        answers={200: shapes.StoreCheck},
        parameters=(BYTES,),
        shown=shapes.CAN_STORE,
    )
    def get(self, request: Any) -> HttpResponse:
        """The check."""
        told = without_nothing(check_can_store(self.group, self.parameters["bytes"]))
        return answer({("availableGB" if name == "availableGb" else name): value for name, value in told.items()})


class QuotaUsage(GroupEndpoint):
    """The history of usage."""

    @describes(
        Right.READ,
        "quotas_usage",
        "Read the history of usage",
        "By day, month or year in UTC, the latest first, with the limit at that time.",
        tag=TAG,
        answers={200: shapes.UsageHistory},
        parameters=(METRIC, PERIOD, PERIODS),
        shown=shapes.HISTORY,
    )
    def get(self, request: Any) -> HttpResponse:
        """The periods."""
        metric, period = self.parameters["metric"], self.parameters["period"]
        rows = usage_history(self.group, metric, period, self.parameters["limit"])
        return answer({"metric": metric, "period": period, "items": plain(rows)})


class QuotaSimulation(GroupEndpoint):
    """What another plan would mean."""

    @describes(
        Right.READ,
        "quotas_simulate",
        "Ask what another plan would mean",
        "On recorded usage: new limits, what would be over them and since when, and the price. Nothing is changed.",
        tag=TAG,
        answers={200: shapes.PlanSimulation},
        parameters=(PLAN,),
        shown=shapes.SIMULATION,
        refusals=frozenset({422}),
    )
    def get(self, request: Any) -> HttpResponse:
        """The simulation."""
        found = plan_simulate(self.group, self.parameters["plan"])
        metrics = [
            {
                "metric": each.state.metric,
                "current": each.state.used,
                "limit": each.state.limit,
                "newLimit": each.new_limit,
                "over": each.over,
                "since": each.since,
            }
            for each in found.metrics
        ]
        return answer(
            {
                "plan": found.plan.name,
                "currentPlan": found.current.name,
                "metrics": metrics,
                "exceeded": [each.state.metric for each in found.exceeded],
                "difference": difference_told(found.difference),
                "estimatedMonthlyPrice": found.estimate.total_cents,
            }
        )


class Plans(Endpoint):
    """The offered plans."""

    @describes(
        Right.READ,
        "plans_list",
        "List the plans",
        "From the smallest to the largest, with prices and limits.",
        tag=PLANS_TAG,
        answers={200: shapes.Plans},
        shown=shapes.PLANS,
    )
    def get(self, request: Any) -> HttpResponse:
        """The plans."""
        offered = Plan.objects.filter(active=True).prefetch_related("limits")
        return answer({"currency": CURRENCY, "plans": [price_told(plan_price(plan)) for plan in offered]})


class PlanUpgrades(Endpoint):
    """The plans above one."""

    @describes(
        Right.READ,
        "plans_upgrades",
        "List the plans above one",
        "With what each costs more; null where a price is agreed on with each customer.",
        tag=PLANS_TAG,
        answers={200: shapes.UpgradePricing},
        shown=shapes.UPGRADES,
    )
    def get(self, request: Any) -> HttpResponse:
        """The upgrades. Raises Refusal 404 for an unknown plan."""
        try:
            found = upgrade_pricing(self.kwargs["name"])
        except PlanUnknown:
            raise not_found("plan") from None
        upgrades = [{"plan": each.price.name, **price_told(each.price), "upgrade": difference_told(each.upgrade)} for each in found.upgrades]
        return answer({"currency": CURRENCY, "current": price_told(found.current), "upgrades": upgrades})


def by_metric(quotas: Mapping[str, Any]) -> dict[str, Any]:
    """Values by metric: a metric's name is a word of its own and keeps its spelling."""
    return {metric: plain(quota) for metric, quota in quotas.items()}


def without_nothing(check: Any) -> dict[str, Any]:
    """A check as it is answered, without a reason and suggestion where there is none."""
    told: dict[str, Any] = plain(check)
    return {name: value for name, value in told.items() if name not in {"reason", "suggestion"} or value is not None}


def price_told(price: PlanPrice) -> dict[str, Any]:
    """A plan as it is answered."""
    limits = {metric: shown_value(metric, value) for metric, value in price.limits.items()}
    return {"name": price.name, "title": price.title, "monthlyPrice": price.monthly_cents, "annualPrice": price.annual_cents, "quotas": limits}


def difference_told(difference: Difference | None) -> dict[str, int] | None:
    """A difference as it is answered."""
    return None if difference is None else {"monthlyDifference": difference.monthly_cents, "annualDifference": difference.annual_cents}
