"""Bulk calls over HTTP: their parameters, their items, their answers."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

from ontology.api.answers import answer
from ontology.api.cases import field_out, plain, sentence_out
from ontology.api.parameters import Parameter
from ontology.api.refusals import Told, input_refused
from ontology.choices import BulkMode, OnConflict, ThingStatus
from ontology.services.results import BulkResult
from ontology.validation import Problem

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


def told(problems: Iterable[Problem], known: frozenset[str], *, single: bool = False) -> list[Told]:
    """PROBLEMS with the names that the client uses for the KNOWN fields; without their places in a call of a SINGLE item."""
    entries = []
    for problem in problems:
        entry: Told = {} if single else {"index": problem.index}
        entry["field"] = field_out(problem.field, known)
        entry["code"] = problem.code
        entry["error"] = sentence_out(problem.error, problem.code, known)
        entries.append(entry)
    return entries


def bulk_answer(result: BulkResult, known: frozenset[str], *, mode: str, dry_run: bool = False) -> HttpResponse:
    """The answer of a bulk call: 201 when every item is a new row, 200 otherwise. Raises Refusal 422 for an atomic call with a bad item."""
    members: dict[str, Any] = {
        "created": result.created,
        "updated": result.updated,
        "skipped": result.skipped,
        "failed": result.failed,
        "errors": told(result.errors, known),
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
    return answer(members, 201 if all_new else 200)


def single(result: BulkResult, known: frozenset[str]) -> str | None:
    """The id that a call of one item wrote; None when it changed nothing. Raises Refusal with everything that is wrong with the item."""
    if result.errors:
        raise input_refused(told(result.errors, known, single=True))
    return next(iter([*result.created, *result.updated]), None)
