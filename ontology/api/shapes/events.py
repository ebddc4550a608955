"""Shapes of events."""

from rest_framework import serializers

METADATA = "Free-form, by the JSON Schema of the type; its keys are never renamed."


class Event(serializers.Serializer):
    """What happened, when, by whom, on what; never changed."""

    id = serializers.UUIDField(help_text="UUIDv7.")
    type = serializers.CharField(help_text="A type of the catalogue.")
    actor = serializers.UUIDField(allow_null=True, help_text="The thing that did it.")
    target = serializers.UUIDField(allow_null=True, help_text="The thing it was done to.")
    person = serializers.UUIDField(allow_null=True, help_text="The person who wrote it down.")
    timestamp = serializers.DateTimeField(help_text="When it happened.")
    metadata = serializers.DictField(help_text=METADATA)
    externalId = serializers.CharField(allow_null=True, help_text="The client's own key, unique in the group and month.")
    createdAt = serializers.DateTimeField(help_text="When it was written down.")


class EventPage(serializers.Serializer):
    """A page of events."""

    items = Event(many=True, help_text="The events, or those of their fields that `fields` and `omit` leave.")
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null on the last.")
    hasMore = serializers.BooleanField(help_text="Whether there is a next page.")
    count = serializers.IntegerField(required=False, help_text="With `count=true`: how many match, up to 10,000.")
    countIsFloor = serializers.BooleanField(required=False, help_text="With `count=true`: whether there are more than `count`.")


class NewEvent(serializers.Serializer):
    """An event to be appended."""

    type = serializers.CharField(help_text="An active type of the catalogue.")
    actor = serializers.CharField(required=False, allow_null=True, help_text="The id or external id of a thing of the group.")
    target = serializers.CharField(required=False, allow_null=True, help_text="The id or external id of a thing of the group.")
    timestamp = serializers.DateTimeField(required=False, help_text="When it happened, if not now.")
    metadata = serializers.DictField(required=False, help_text=METADATA)
    externalId = serializers.CharField(required=False, help_text="The client's own key, unique in the group and month.")
