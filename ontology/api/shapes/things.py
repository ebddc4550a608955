"""Shapes of things."""

from rest_framework import serializers

from ontology.choices import ThingStatus

PROPERTIES = "Free-form, by the JSON Schema of the type; its keys are never renamed."
EXTERNAL_ID = "The client's own key, unique in the group."


class Thing(serializers.Serializer):
    """A typed noun of one group."""

    id = serializers.UUIDField(help_text="UUIDv7; ids sort by time.")
    type = serializers.CharField(help_text="A type of the catalogue.")
    name = serializers.CharField(help_text="At most 2,000 characters.")
    properties = serializers.DictField(help_text=PROPERTIES)
    status = serializers.ChoiceField(ThingStatus.choices, help_text="Where the thing stands in its life.")
    externalId = serializers.CharField(allow_null=True, help_text=EXTERNAL_ID)
    version = serializers.IntegerField(help_text="Counts changes; ETag and ifVersion compare it.")
    createdAt = serializers.DateTimeField(help_text="When it was made.")
    updatedAt = serializers.DateTimeField(help_text="When it was last changed.")
    deletedAt = serializers.DateTimeField(allow_null=True, help_text="When it was softly deleted; null for a live thing.")


class ThingPage(serializers.Serializer):
    """A page of things."""

    items = Thing(many=True, help_text="The things, or those of their fields that `fields` and `omit` leave.")
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null on the last.")
    hasMore = serializers.BooleanField(help_text="Whether there is a next page.")
    count = serializers.IntegerField(required=False, help_text="With `count=true`: how many match, up to 10,000.")
    countIsFloor = serializers.BooleanField(required=False, help_text="With `count=true`: whether there are more than `count`.")


class NewThing(serializers.Serializer):
    """A thing to be made."""

    type = serializers.CharField(help_text="An active type of the catalogue.")
    name = serializers.CharField(help_text="Not blank; at most 2,000 characters.")
    properties = serializers.DictField(required=False, help_text=PROPERTIES)
    status = serializers.ChoiceField(ThingStatus.choices, required=False, help_text="draft unless given.")
    externalId = serializers.CharField(required=False, help_text=EXTERNAL_ID)
    createdAt = serializers.DateTimeField(required=False, help_text="When it was made, if not now: for data that comes from elsewhere.")


class ThingChanges(serializers.Serializer):
    """What may change of a thing; what is left out stays."""

    name = serializers.CharField(required=False, help_text="Not blank.")
    properties = serializers.DictField(required=False, help_text=PROPERTIES + " They replace the old ones, or are merged into them.")
    status = serializers.ChoiceField(ThingStatus.choices, required=False, help_text="Where the thing stands in its life.")
    merge = serializers.BooleanField(required=False, help_text="Merge `properties` (RFC 7396: null removes a key).")
    ifVersion = serializers.IntegerField(required=False, help_text="The version last seen; as If-Match.")


class ThingChange(ThingChanges):
    """A change of one thing, in a bulk call; give `id` or `externalId`."""

    id = serializers.UUIDField(required=False, help_text="Which thing is meant.")
    externalId = serializers.CharField(required=False, help_text="Which thing is meant.")


class ThingDeletion(serializers.Serializer):
    """What a deletion took along."""

    connections = serializers.IntegerField(help_text="Live connections of the thing, deleted with it.")
    links = serializers.IntegerField(help_text="Its links to knowledge, deleted with it.")
    knowledge = serializers.IntegerField(help_text="Knowledge that nothing else held, deleted with it.")
    event = serializers.UUIDField(help_text="The event of the deletion.")


class ThingRestoration(serializers.Serializer):
    """A thing that is back, and what came back with it."""

    thing = Thing(help_text="The thing.")
    connections = serializers.IntegerField(help_text="Connections that came back.")
    links = serializers.IntegerField(help_text="Links to knowledge that came back.")
    knowledge = serializers.IntegerField(help_text="Knowledge that came back.")
    keptAway = serializers.ListField(child=serializers.CharField(), help_text="Each connection that could not come, and why.")
