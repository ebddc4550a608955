"""Shapes of connections."""

from rest_framework import serializers

METADATA = "Free-form, by the JSON Schema of the type; its keys are never renamed."


class Connection(serializers.Serializer):
    """A typed, directed link between two things of one group."""

    id = serializers.UUIDField(help_text="UUIDv7; ids sort by time.")
    type = serializers.CharField(help_text="A type of the catalogue.")
    metadata = serializers.DictField(help_text=METADATA)
    strength = serializers.FloatField(allow_null=True, help_text="From 0 to 1.")
    validFrom = serializers.DateTimeField(allow_null=True, help_text="It holds from this moment on; null is open.")
    validTo = serializers.DateTimeField(allow_null=True, help_text="It holds until just before this moment; null is open.")
    createdAt = serializers.DateTimeField(help_text="When it was made.")
    updatedAt = serializers.DateTimeField(help_text="When it was last changed.")
    deletedAt = serializers.DateTimeField(allow_null=True, help_text="When it was softly deleted; null for a live one.")


Connection._declared_fields["from"] = serializers.UUIDField(help_text="The thing it starts from.")
Connection._declared_fields["to"] = serializers.UUIDField(help_text="The thing it leads to.")


class ConnectionPage(serializers.Serializer):
    """A page of connections."""

    items = Connection(many=True, help_text="The connections, or those of their fields that `fields` and `omit` leave.")
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null on the last.")
    hasMore = serializers.BooleanField(help_text="Whether there is a next page.")
    count = serializers.IntegerField(required=False, help_text="With `count=true`: how many match, up to 10,000.")
    countIsFloor = serializers.BooleanField(required=False, help_text="With `count=true`: whether there are more than `count`.")


class NewConnection(serializers.Serializer):
    """A connection to be made."""

    type = serializers.CharField(help_text="An active type of the catalogue.")
    metadata = serializers.DictField(required=False, help_text=METADATA)
    strength = serializers.FloatField(required=False, allow_null=True, help_text="From 0 to 1.")
    validFrom = serializers.DateTimeField(required=False, allow_null=True, help_text="It holds from this moment on.")
    validTo = serializers.DateTimeField(required=False, allow_null=True, help_text="It holds until just before this moment.")


NewConnection._declared_fields["from"] = serializers.CharField(help_text="The id or external id of a live thing of the group.")
NewConnection._declared_fields["to"] = serializers.CharField(help_text="The id or external id of a live thing of the group.")


class ConnectionChanges(serializers.Serializer):
    """What may change of a connection; what is left out stays. Its ends and its type never change."""

    metadata = serializers.DictField(required=False, help_text=METADATA + " It replaces the old, or is merged into it.")
    merge = serializers.BooleanField(required=False, help_text="Merge `metadata` (RFC 7396: null removes a key).")
    strength = serializers.FloatField(required=False, allow_null=True, help_text="From 0 to 1; null for none.")
    validFrom = serializers.DateTimeField(required=False, allow_null=True, help_text="It holds from this moment on; null is open.")
    validTo = serializers.DateTimeField(required=False, allow_null=True, help_text="It holds until just before this moment; null is open.")
