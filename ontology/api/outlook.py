"""Forecasts and risks as they are answered."""

from typing import Any

from ontology.api.rows import thing_in_short
from ontology.metrics import ChurnPage, Forecast, GroupForecast, Risk


def forecast_told(found: GroupForecast) -> dict[str, Any]:
    """The forecasts of a group."""
    return {
        "items": [_forecast(it) for it in found.items],
        "lastComputed": found.last_computed,
        "computationTime": round(found.computation_time, 3),
    }


def _forecast(it: Forecast) -> dict[str, Any]:
    tested = it.accuracy
    return {
        "name": it.name,
        "title": it.title,
        "unit": it.unit,
        "beatsNaiveGuess": tested is not None and tested.is_better,
        "explanation": it.sentence,
        "error": tested and tested.error,
        "naiveError": tested and tested.naive_error,
        "naiveGuess": tested and tested.naive,
        "covered": tested and tested.covered,
        "widened": tested and tested.widened,
        "days": [{"day": day.day, "value": day.value, "low": day.low, "high": day.high} for day in it.days],
    }


def churn_told(found: ChurnPage) -> dict[str, Any]:
    """A page of the risks of a group."""
    tested = found.accuracy
    return {
        "items": [_risk(it) for it in found.items],
        "beatsNaiveGuess": tested is not None and tested.is_better,
        "explanation": found.sentence,
        "brier": tested and tested.brier,
        "naiveBrier": tested and tested.naive_brier,
        "baseRate": tested and tested.base_rate,
        "auc": tested and tested.auc,
        "actors": found.actors,
        "actorsAreSample": found.is_sample,
        "next": found.next_cursor,
        "hasMore": found.has_more,
        "lastComputed": found.last_computed,
        "computationTime": round(found.computation_time, 3),
    }


def _risk(it: Risk) -> dict[str, Any]:
    return {
        "thing": thing_in_short(it.thing),
        "person": it.person and it.person.pk,
        "risk": it.risk,
        "lastDay": it.last_day,
        "days": it.days,
    }
