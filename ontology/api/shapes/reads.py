"""Shapes of computed reads."""

from rest_framework import serializers

from ontology.api.shapes.connections import Connection
from ontology.api.shapes.events import Event
from ontology.api.shapes.things import Thing
from ontology.choices import Direction, ThingStatus

NEXT = "The cursor of the next page; null on the last."
MORE = "Whether there is a next page."
COMPUTED = "When the answer was computed."
TIME = "How long that took, in ms."


class Relationship(serializers.Serializer):
    """A connection as one of its ends sees it."""

    direction = serializers.ChoiceField(Direction.choices, help_text="outbound: it leads away from the thing; inbound: it leads to it.")
    connection = Connection(help_text="The connection.")
    thing = Thing(help_text="The thing at the other end.")


class RelationshipPage(serializers.Serializer):
    """A page of relationships."""

    items = Relationship(many=True, help_text="Outbound before inbound.")
    next = serializers.CharField(allow_null=True, help_text=NEXT)
    hasMore = serializers.BooleanField(help_text=MORE)
    total = serializers.IntegerField(help_text="How many match in all, exactly as long as `totalIsFloor` is false.")
    totalIsFloor = serializers.BooleanField(help_text="Whether there are more than `total`.")
    count = serializers.IntegerField(help_text="Items of this page.")
    lastComputed = serializers.DateTimeField(help_text=COMPUTED)
    computationTime = serializers.FloatField(help_text=TIME)


class ThingInShort(serializers.Serializer):
    """A thing that an event names."""

    id = serializers.UUIDField(help_text="The thing's id.")
    type = serializers.CharField(help_text="Its type.")
    name = serializers.CharField(help_text="Its name.")
    status = serializers.ChoiceField(ThingStatus.choices, help_text="Where it stands in its life.")


class Activity(serializers.Serializer):
    """An event with the things that it names."""

    event = Event(help_text="The event.")
    actor = ThingInShort(allow_null=True, help_text="The thing that did it.")
    target = ThingInShort(allow_null=True, help_text="The thing it was done to.")


class ActivityPage(serializers.Serializer):
    """A page of events around a thing."""

    items = Activity(many=True, help_text="The latest first.")
    next = serializers.CharField(allow_null=True, help_text=NEXT)
    hasMore = serializers.BooleanField(help_text=MORE)
    count = serializers.IntegerField(help_text="Items of this page.")
    lastComputed = serializers.DateTimeField(help_text=COMPUTED)
    computationTime = serializers.FloatField(help_text=TIME)
