"""Shapes of imports, which are runs."""

from rest_framework import serializers

from ontology.choices import RunState

COUNTS = "By kind of record: how many were created, updated, skipped, rejected."


class Import(serializers.Serializer):
    """A file being loaded, or a run that takes one back."""

    id = serializers.UUIDField(help_text="The run's id.")
    kind = serializers.CharField(help_text="import, bulk_call, or undo.")
    state = serializers.ChoiceField(RunState.choices, help_text="new waits for a worker; succeeded, failed and cancelled have ended.")
    step = serializers.CharField(help_text="What it does now.")
    file = serializers.CharField(allow_null=True, help_text="The name of the file.")
    dryRun = serializers.BooleanField(help_text="Whether it only tells what would happen.")
    done = serializers.IntegerField(help_text="Records done, written or rejected.")
    total = serializers.IntegerField(allow_null=True, help_text="Records of the file; null until it has been read once.")
    counts = serializers.DictField(help_text=COUNTS)
    result = serializers.DictField(help_text="What it came to, once it has succeeded.")
    error = serializers.CharField(help_text="Why it failed.")
    batchSize = serializers.IntegerField(allow_null=True, help_text="Records of a chunk; null: 10,000.")
    throttleMs = serializers.IntegerField(help_text="Rest after each chunk, in ms.")
    parent = serializers.UUIDField(allow_null=True, help_text="The run that this one takes back.")
    person = serializers.UUIDField(allow_null=True, help_text="Who began it.")
    createdAt = serializers.DateTimeField(help_text="When it was begun.")
    startedAt = serializers.DateTimeField(allow_null=True, help_text="When a worker first took it up.")
    heartbeatAt = serializers.DateTimeField(allow_null=True, help_text="The last sign of life of its worker.")
    finishedAt = serializers.DateTimeField(allow_null=True, help_text="When it ended.")


class ImportInDetail(Import):
    """An import with its rate, what it rejected, and the end of its log."""

    perSecond = serializers.FloatField(help_text="Records a second, over all.")
    secondsLeft = serializers.FloatField(allow_null=True, help_text="What it may still take at that rate; null while that cannot be told.")
    rejected = serializers.IntegerField(help_text="Records it could not take; rejects/ has them. Of an undo: rows that stay.")
    log = serializers.ListField(child=serializers.CharField(), help_text="The last lines of its log.")


class ImportPage(serializers.Serializer):
    """A page of imports."""

    items = Import(many=True, help_text="The latest first.")
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null on the last.")
    hasMore = serializers.BooleanField(help_text="Whether there is a next page.")
    count = serializers.IntegerField(required=False, help_text="With `count=true`: how many match, up to 10,000.")
    countIsFloor = serializers.BooleanField(required=False, help_text="With `count=true`: whether there are more than `count`.")


class Tuning(serializers.Serializer):
    """How gently a run works, from its next chunk on."""

    batchSize = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=10_000, help_text="Records of a chunk; null: 10,000."
    )
    throttleMs = serializers.IntegerField(required=False, min_value=0, max_value=60_000, help_text="Rest after each chunk, in ms.")


class ProgressEvent(serializers.Serializer):
    """One server-sent event of an import that is watched."""

    event = serializers.CharField(help_text="progress: the import has changed; end: it has ended.")
    data = serializers.CharField(help_text="Of progress the import as JSON, of end an empty object.")
