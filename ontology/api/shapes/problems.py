"""Shapes of what is refused, and of bulk answers, which may refuse in part."""

from typing import Any

from rest_framework import serializers


class ProblemEntry(serializers.Serializer):
    """What is wrong with one field."""

    index = serializers.IntegerField(required=False, help_text="The item's place in a bulk call, from 0.")
    field = serializers.CharField(allow_blank=True, help_text="The field, as a path such as `properties.price`; blank for the whole.")
    code = serializers.CharField(help_text="For programs; stable.")
    error = serializers.CharField(help_text="For people.")


class Problem(serializers.Serializer):
    """A problem document (RFC 9457)."""

    type = serializers.CharField(help_text="A stable URN of the kind of problem: urn:sextant:problem:<code>.")
    title = serializers.CharField(help_text="The kind of problem in words.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What happened here, for people.")
    code = serializers.CharField(help_text="For programs; stable.")
    instance = serializers.CharField(help_text="The id of the request, as the log has it: urn:sextant:request:<id>.")
    errors = ProblemEntry(many=True, required=False, help_text="One entry per field that is wrong.")
    metric = serializers.CharField(required=False, help_text="Of quota_exceeded: what is limited.")
    unit = serializers.CharField(required=False, help_text="Of quota_exceeded: count or bytes.")
    current = serializers.IntegerField(required=False, help_text="Of quota_exceeded: what is used now.")
    limit = serializers.IntegerField(required=False, help_text="Of quota_exceeded and rate_exceeded: the most there may be.")
    requested = serializers.IntegerField(required=False, help_text="Of quota_exceeded: how much was to be added.")
    suggestion = serializers.CharField(required=False, help_text="Of quota_exceeded: what would make room.")


class BulkSummary(serializers.Serializer):
    """The counts of a bulk call."""

    total = serializers.IntegerField(help_text="Items in the call.")
    success = serializers.IntegerField(help_text="Items written, or left as they were on request.")
    failed = serializers.IntegerField(help_text="Items that `errors` names.")
    successRate = serializers.FloatField(help_text="success of total, from 0 to 100.")


class BulkAnswer(serializers.Serializer):
    """What became of a bulk call."""

    created = serializers.ListField(child=serializers.UUIDField(), help_text="Ids of new rows, in the order of the items.")
    updated = serializers.ListField(child=serializers.UUIDField(), help_text="Ids of changed rows, in the order of the items.")
    skipped = serializers.IntegerField(help_text="Items that changed nothing: there already (`onConflict=skip`), or equal to what is there.")
    failed = serializers.IntegerField(help_text="Items that `errors` names.")
    errors = ProblemEntry(many=True, help_text="Every problem of every failed item.")
    summary = BulkSummary(help_text="The counts of the call.")


class BulkProblem(Problem):
    """A problem document of a bulk call that wrote nothing; an atomic call with a bad item carries the members of its answer besides."""

    created = serializers.ListField(child=serializers.UUIDField(), required=False, help_text="Empty: nothing was written.")
    updated = serializers.ListField(child=serializers.UUIDField(), required=False, help_text="Empty: nothing was written.")
    skipped = serializers.IntegerField(required=False, help_text="0: nothing was written.")
    failed = serializers.IntegerField(required=False, help_text="Items that `errors` names.")
    summary = BulkSummary(required=False, help_text="The counts of the call.")


def problem_example(status: int, code: str, detail: str) -> dict[str, Any]:
    """A problem document as an example."""
    title = code.replace("_", " ").capitalize()
    told = [{"field": "name", "code": "blank", "error": "name must not be blank."}] if status == 422 else []
    document = {"type": f"urn:sextant:problem:{code}", "title": title, "status": status, "detail": detail, "code": code}
    document["instance"] = "urn:sextant:request:0199f2b4-6f7e-7c1a-9d52-1f0f6f5b7a11"
    return document | ({"errors": told} if told else {})
