"""Bulk calls over HTTP: their parameters, their items, their answers."""

from typing import Any

from django.http import HttpResponse

from ontology.api.answers import answer
from ontology.api.cases import plain
from ontology.api.endpoint import GroupEndpoint
from ontology.api.parameters import Parameter
from ontology.api.refusals import input_refused, told
from ontology.choices import BulkMode, OnConflict, RowKind, ThingStatus
from ontology.services.bulk_calls import bulk_call_keep
from ontology.services.results import BulkResult

MODE = Parameter(
    "mode",
    "`partial` writes the good items and names the bad; `atomic` writes all or nothing.",
    choices=tuple(BulkMode.values),
    default=BulkMode.PARTIAL.value,
)
ON_CONFLICT = Parameter(
    "onConflict",
    "What becomes of an item that is there already: refused, left as it is, or (things only) changed to the item.",
    choices=(OnConflict.ERROR.value, OnConflict.SKIP.value),
    default=OnConflict.ERROR.value,
)
ON_CONFLICT_OF_THINGS = ON_CONFLICT.but(choices=tuple(OnConflict.values))
DRY_RUN = Parameter("dryRun", "The full answer, and nothing written.", "boolean", default=False)
DEFAULT_STATUS = Parameter("defaultStatus", "The status of items that name none.", choices=tuple(ThingStatus.values), default=ThingStatus.DRAFT.value)


def bulk_answer(result: BulkResult, view: GroupEndpoint, kind: RowKind) -> HttpResponse:
    """The answer of a bulk call of VIEW that wrote rows of KIND: 201 when every item is a new row, 200 otherwise. Its `Link` says how to undo it.

    Raises Refusal 422 for an atomic call with a bad item.
    """
    mode, dry_run = view.parameters["mode"], view.parameters["dryRun"]
    members: dict[str, Any] = {
        "created": result.created,
        "updated": result.updated,
        "skipped": result.skipped,
        "failed": result.failed,
        "errors": told(result.errors),
        "summary": plain(result.summary),
    }
    if result.errors and mode == BulkMode.ATOMIC:
        entries = members.pop("errors")
        refusal = input_refused(entries, members=members)
        refusal.status = 422
        refusal.code = "bulk_refused"
        refusal.detail = f"{result.failed:,} of {result.total:,} items break a rule; nothing was written."
        raise refusal
    all_new = len(result.created) == result.total and not dry_run
    run = None if dry_run else bulk_call_keep(view.group, kind, result, actor=view.actor)
    headers = {"Link": f'</api/v1/groups/{view.group.slug}/imports/{run.pk}/undo/>; rel="undo"'} if run is not None else None
    return answer(members, 201 if all_new else 200, headers=headers)
