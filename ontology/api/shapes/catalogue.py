"""Shapes of the catalogue."""

from rest_framework import serializers


class ThingType(serializers.Serializer):
    """A type of things."""

    name = serializers.CharField(help_text="The type's name, in snake_case.")
    category = serializers.CharField(help_text="What it belongs to.")
    feature = serializers.CharField(help_text="The feature that brings it; core is always there.")
    description = serializers.CharField(allow_blank=True, help_text="What it is for.")
    schema = serializers.DictField(help_text="JSON Schema (2020-12) of `properties` (things) or `metadata`; empty allows everything.")
    active = serializers.BooleanField(help_text="Whether it takes new rows.")


class ConnectionType(ThingType):
    """A type of connections."""

    fromTypes = serializers.ListField(child=serializers.CharField(), help_text="Types of things it may start from; empty: any.")
    toTypes = serializers.ListField(child=serializers.CharField(), help_text="Types of things it may lead to; empty: any.")
    acyclic = serializers.BooleanField(help_text="Whether no path of such connections may lead back to its start.")


class EventType(ThingType):
    """A type of events."""

    revenueKey = serializers.CharField(allow_blank=True, help_text="The key of `metadata` whose number is revenue; blank for none.")
    revenueWhen = serializers.DictField(help_text="What `metadata` must contain for it to count.")


class Catalogue(serializers.Serializer):
    """All types."""

    version = serializers.IntegerField(help_text="Grows with every edit of a type.")
    things = ThingType(many=True, help_text="Types of things, by name.")
    connections = ConnectionType(many=True, help_text="Types of connections, by name.")
    events = EventType(many=True, help_text="Types of events, by name.")
