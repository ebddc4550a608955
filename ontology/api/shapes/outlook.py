"""Shapes of forecasts and risks."""

from rest_framework import serializers

from ontology.api.shapes.reads import COMPUTED, TIME, ThingInShort


class ForecastDay(serializers.Serializer):
    """A UTC day that has not been."""

    day = serializers.DateField(help_text="The day, UTC.")
    value = serializers.FloatField(help_text="What is expected.")
    low = serializers.FloatField(help_text="The lower end of the 90 % interval.")
    high = serializers.FloatField(help_text="Its upper end.")


class Forecast(serializers.Serializer):
    """How one series of a group is likely to go on, and how well that would have told the last 90 days."""

    name = serializers.CharField(help_text="`events` (of each day), `things` or `storage` (what there will be).")
    title = serializers.CharField(help_text="What people call it.")
    unit = serializers.CharField(help_text="The unit of values and errors.")
    beatsNaiveGuess = serializers.BooleanField(help_text="Whether its error is at least 5 % less than the naive guess's. Only then are there `days`.")
    explanation = serializers.CharField(help_text="What came of the test, or what is missing for one.")
    error = serializers.FloatField(
        allow_null=True, help_text="How far off it would have been on average over the last 90 days; null: too little history."
    )
    naiveError = serializers.FloatField(allow_null=True, help_text="How far off the better of two naive guesses would have been.")
    naiveGuess = serializers.CharField(allow_null=True, help_text="Which guess that is.")
    covered = serializers.FloatField(allow_null=True, help_text="The share of those 90 days that its interval, before it was widened, held.")
    widened = serializers.FloatField(allow_null=True, help_text="How many times the interval was widened to hold 90 % of them.")
    days = ForecastDay(many=True, help_text="The next 30 days, today the first.")


class Forecasts(serializers.Serializer):
    """The forecasts of a group."""

    items = Forecast(many=True, help_text="Events, things, storage.")
    lastComputed = serializers.DateTimeField(help_text=COMPUTED)
    computationTime = serializers.FloatField(help_text=TIME)


class Risk(serializers.Serializer):
    """The chance that an actor has no event within the next 90 days."""

    thing = ThingInShort(help_text="The actor.")
    person = serializers.UUIDField(allow_null=True, help_text="The member that it stands for; null: nobody's.")
    risk = serializers.FloatField(help_text="The chance, from 0 to 1.")
    lastDay = serializers.DateField(help_text="Its last day with an event, UTC.")
    days = serializers.IntegerField(help_text="Days with an event within the last 365.")


class Churn(serializers.Serializer):
    """A page of the actors of a group, the highest risk first, and how well the risks of 90 days ago told what came."""

    items = Risk(many=True, help_text="Live actors with an event within the last 365 days; none unless their risks beat the naive guess.")
    beatsNaiveGuess = serializers.BooleanField(help_text="Whether their Brier score is at least 5 % less than that of the naive guess.")
    explanation = serializers.CharField(help_text="What came of the test, or what is missing for one.")
    brier = serializers.FloatField(allow_null=True, help_text="The mean square of what the risks were off; null: too little history.")
    naiveBrier = serializers.FloatField(allow_null=True, help_text="The same of the naive guess: `baseRate` for everybody.")
    baseRate = serializers.FloatField(allow_null=True, help_text="The share that stayed away in the 90 days before those tested.")
    auc = serializers.FloatField(
        allow_null=True, help_text="How often, of one who went and one who stayed, the former had the higher risk; 0.5 is a coin."
    )
    actors = serializers.IntegerField(help_text="How many actors were looked at.")
    actorsAreSample = serializers.BooleanField(help_text="Whether there may be more: of a great many, 20,000 are looked at, always the same ones.")
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null on the last.")
    hasMore = serializers.BooleanField(help_text="Whether there is a next page.")
    lastComputed = serializers.DateTimeField(help_text=COMPUTED)
    computationTime = serializers.FloatField(help_text=TIME)
