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


class Change(serializers.Serializer):
    """One field from what to what."""

    field = serializers.CharField(help_text="The field, as a path such as properties.price.")
    old = serializers.JSONField(allow_null=True, help_text="What it was.")
    new = serializers.JSONField(allow_null=True, help_text="What it became.")
    had = serializers.BooleanField(help_text="Whether the field was there before.")
    has = serializers.BooleanField(help_text="Whether it is there now.")


class AuditEntry(serializers.Serializer):
    """An event, read out."""

    event = Event(help_text="The event.")
    who = serializers.CharField(allow_blank=True, help_text="The person's name or address; blank when the platform acted by itself.")
    email = serializers.CharField(allow_blank=True, help_text="The person's address.")
    door = serializers.CharField(allow_blank=True, help_text="Through which door: admin, account, api, command, task or code.")
    token = serializers.UUIDField(allow_null=True, help_text="The API token that opened the door.")
    tokenPrefix = serializers.CharField(allow_blank=True, help_text="How that token begins.")
    requestId = serializers.CharField(allow_blank=True, help_text="The request, run or task.")
    sent = serializers.BooleanField(help_text="Whether a client told of it: then the words are its own, else they are the platform's record.")
    changes = Change(many=True, help_text="The fields that changed, at most 100.")
    changesLeftOut = serializers.BooleanField(help_text="Whether there were more.")


class AuditEntries(serializers.Serializer):
    """A page of events, read out."""

    items = AuditEntry(many=True, help_text="The latest first.")
    next = serializers.CharField(allow_null=True, help_text=NEXT)
    hasMore = serializers.BooleanField(help_text=MORE)


class AuditConnections(serializers.Serializer):
    """A page of connections."""

    items = Relationship(many=True, help_text="The connections, with the things at their other ends.")
    next = serializers.CharField(allow_null=True, help_text=NEXT)
    hasMore = serializers.BooleanField(help_text=MORE)


class AuditTrail(serializers.Serializer):
    """Who did what to a thing."""

    thing = Thing(help_text="The thing.")
    events = AuditEntries(help_text="Its events; `cursor` leads further.")
    connections = AuditConnections(help_text="Its live connections; `connectionsCursor` leads further.")
    deletedConnections = AuditConnections(help_text="Its deleted connections; `deletedCursor` leads further.")
    lastComputed = serializers.DateTimeField(help_text=COMPUTED)
