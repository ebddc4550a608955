"""groups/{slug}/metrics/forecast/ and churn/: what is likely to come, and how well the same would have told the last 90 days."""

from typing import Any

from django.http import HttpResponse

from ontology.api.endpoint import GroupEndpoint
from ontology.api.freshness import MAX_AGE, fresh_answer
from ontology.api.operations import describes
from ontology.api.outlook import churn_told, forecast_told
from ontology.api.pages import CURSOR, LIMIT
from ontology.api.shapes import outlook as shapes
from ontology.api.shapes.examples import THING
from ontology.api.views.metrics import COMPUTED, TAG
from ontology.api.views.thing_reads import asked
from ontology.choices import Right
from ontology.metrics import group_churn, group_forecast

FORECAST: dict[str, Any] = {
    "name": "events",
    "title": "Events",
    "unit": "events a day",
    "beatsNaiveGuess": True,
    "explanation": "Over the last 90 days it would have been off by 2.64 on average, the guess of the last week once more by 3.578. "
    "It beats the naive guess.",
    "error": 2.64,
    "naiveError": 3.578,
    "naiveGuess": "the last week once more",
    "covered": 0.96,
    "widened": 1.0,
    "days": [{"day": "2026-11-23", "value": 5.64, "low": 0.26, "high": 11.01}],
}
CHURN: dict[str, Any] = {
    "items": [
        {
            "thing": {"id": THING["id"], "type": "creator", "name": "Ann", "status": "active"},
            "person": None,
            "risk": 0.96,
            "lastDay": "2026-03-22",
            "days": 1,
        }
    ],
    "beatsNaiveGuess": True,
    "explanation": "Of 2,357 actors, the risks of 90 days ago would have been off by 0.1017 (Brier score), the guess that each stays away with a "
    "chance of 83% by 0.1323. They beat the naive guess. Of one who went and one who stayed, the one who went had the higher risk in 82% of pairs.",
    "brier": 0.1017,
    "naiveBrier": 0.1323,
    "baseRate": 0.83,
    "auc": 0.82,
    "actors": 1011,
    "actorsAreSample": False,
    "next": None,
    "hasMore": False,
    **COMPUTED,
}


class MetricsForecast(GroupEndpoint):
    """The forecasts of a group."""

    @describes(
        Right.HISTORY,
        "metrics_forecast",
        "Read the forecasts of a group",
        "Events, things and stored bytes of the next 30 days, from the whole days (UTC) before today. Each has days only where it would have told the "
        "last 90 days better than a naive guess; else it says by how much it would not.",
        tag=TAG,
        answers={200: shapes.Forecasts},
        parameters=(MAX_AGE,),
        shown={"items": [FORECAST], **COMPUTED},
    )
    def get(self, request: Any) -> HttpResponse:
        """The forecasts."""
        return fresh_answer(self.group, self.operation.name, self.parameters, lambda: forecast_told(group_forecast(self.group)))


class MetricsChurn(GroupEndpoint):
    """Who of a group is likely to stay away."""

    @describes(
        Right.HISTORY,
        "metrics_churn",
        "Read who is likely to stay away",
        "The chance of each live actor of the last 365 days to have no event within the next 90, the highest first, learned from the days with events of "
        "all of them. None is shown unless the risks of 90 days ago would have told who stayed away better than a naive guess.",
        tag=TAG,
        answers={200: shapes.Churn},
        parameters=(LIMIT, CURSOR, MAX_AGE),
        shown=CHURN,
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        limit, cursor = self.parameters["limit"], self.parameters["cursor"]
        return fresh_answer(
            self.group, self.operation.name, self.parameters, lambda: churn_told(asked(group_churn, self.group, limit=limit, cursor=cursor))
        )
