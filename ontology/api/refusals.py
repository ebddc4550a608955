"""What the API refuses by itself, and the status of every error of the domain: each maps once."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, OperationalError

from ontology import errors
from ontology.api.cases import field_out, sentence_out
from ontology.replica import only_primary, took_too_long
from ontology.services.limits import quota_refusal
from ontology.validation import Problem
from ontology.validation.problems import problems_at
from ontology.validation.values import unknown_fields

type Told = dict[str, Any]
"""One entry of `errors`: {index?, field, code, error}."""

HOW_TO_IMPORT = "Send several calls, or load a file: `manage.py load_ontology` or POST groups/{slug}/imports/."


class Refusal(Exception):
    """A request that is answered with a problem document: its status, a code for programs, a sentence, and what else it carries."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Iterable[Told] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers, self.members = list(errors), dict(headers or {}), dict(members or {})
        super().__init__(detail)


def told(problems: Iterable[Problem], *, single: bool = False) -> list[Told]:
    """PROBLEMS with the names that the client uses; without their places in a call of a SINGLE item."""
    return [
        ({} if single else {"index": problem.index})
        | {"field": field_out(problem.field), "code": problem.code, "error": sentence_out(problem.error, problem.code)}
        for problem in problems
    ]


def demand_known(item: Mapping[str, Any], known: frozenset[str]) -> None:
    """Raises Refusal 422 for fields of ITEM that are none of the KNOWN."""
    faults = unknown_fields(item, known)
    if faults:
        raise input_refused(told(problems_at(0, faults), single=True))


def not_found(what: str) -> Refusal:
    """404 for a row that is not there, or not in this group: nobody can tell which."""
    return Refusal(404, "not_found", f"There is no such {what} here.")


def input_refused(told: Iterable[Told], *, status: int = 422, members: Mapping[str, Any] | None = None) -> Refusal:
    """422 (400 for the address) with everything that is wrong with what was sent."""
    listed = list(told)
    codes = {entry["code"] for entry in listed}
    if status == 422 and codes & CONFLICTS and codes <= CONFLICTS | {""}:
        status = 409
    if codes == {"changed_meanwhile"}:
        return Refusal(412, "changed_meanwhile", listed[0]["error"], errors=listed, members=members)
    detail = listed[0]["error"] if len(listed) == 1 else f"{len(listed)} problems; `errors` names each."
    code = listed[0]["code"] if len(listed) == 1 else "input_refused"
    return Refusal(status, code, detail, errors=listed, members=members)


CONFLICTS = frozenset({"external_id_taken", "external_id_deleted", "connection_exists", "event_exists", "link_exists", "deleted"})
"""Codes of input that is right by itself and clashes with what is there."""

STATUSES: dict[type[errors.DomainError], int] = {
    errors.DomainError: 409,
    errors.TooManyItems: 413,
    errors.FieldRefused: 422,
    errors.SlugTaken: 409,
    errors.AlreadyMember: 409,
    errors.GroupBelowItself: 422,
    errors.CreatorOfAnotherGroup: 422,
    errors.TypeEditBreaksRows: 409,
    errors.TypeInvalid: 422,
    errors.ItemRefused: 422,
    errors.UnreadableFile: 422,
    errors.DeletionState: 409,
    errors.ChangedMeanwhile: 412,
    errors.GroupArchived: 409,
    errors.LastOwner: 409,
    errors.GroupUnknown: 404,
    errors.RightMissing: 403,
    errors.IdempotencyKeyReused: 422,
    errors.QuotaExceeded: 402,
    errors.RateExceeded: 429,
}


def refusal_of(error: Exception) -> Refusal | None:
    """The refusal that ERROR comes to; None for one that nobody foresaw."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, errors.DomainError):
        return _of_domain(error)
    if isinstance(error, OperationalError) and took_too_long(error):
        sentence = f"The answer took the database longer than {settings.STATEMENT_SECONDS} s; ask for less, or for a shorter time."
        return Refusal(503, "took_too_long", sentence, headers={"Retry-After": "30"})
    if isinstance(error, OperationalError | InterfaceError):
        return Refusal(503, "unavailable", "The database does not answer at the moment; try again.", headers={"Retry-After": "5"})
    if isinstance(error, DatabaseError) and only_primary(error):
        sentence = "The primary database is away, and its replica cannot answer this; try again when it is back."
        return Refusal(503, "unavailable", sentence, headers={"Retry-After": "5"})
    if isinstance(error, IntegrityError):
        if (exceeded := quota_refusal(error)) is not None:
            return _of_domain(exceeded)
        rule = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "one of its rules"
        return Refusal(409, "rule_broken", f"The database refused the change: {rule}.")
    if isinstance(error, DataError):
        return Refusal(400, "not_storable", "A value of the request is outside of what the database can hold.")
    return None


def _of_domain(error: errors.DomainError) -> Refusal:
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    detail = str(error)
    if isinstance(error, errors.GroupUnknown):
        return not_found("group")
    if isinstance(error, errors.FieldRefused):
        sentence = sentence_out(detail, error.code)
        return Refusal(status, error.code, sentence, errors=[{"field": field_out(error.field), "code": error.code, "error": sentence}])
    if isinstance(error, errors.ItemRefused):
        return input_refused(told(error.problems, single=True))
    if isinstance(error, errors.TypeInvalid):
        broken = [{"field": field, "code": error.code, "error": sentence} for field, sentences in error.problems.items() for sentence in sentences]
        return Refusal(status, error.code, detail, errors=broken)
    if isinstance(error, errors.TypeEditBreaksRows):
        return Refusal(status, error.code, detail, members={"count": error.count, "rows": error.row_ids})
    if isinstance(error, errors.QuotaExceeded):
        return Refusal(status, error.code, detail, members=error.told)
    if isinstance(error, errors.RateExceeded):
        return Refusal(
            status, error.code, detail, headers={"Retry-After": str(error.retry_after)}, members={"limit": error.limit, "window": error.window}
        )
    if isinstance(error, errors.TooManyItems):
        sentence = f"{error.given:,} items in one call; at most {error.limit:,} are taken. {HOW_TO_IMPORT}"
        return Refusal(status, error.code, sentence, members={"given": error.given, "limit": error.limit})
    members = {"run": str(error.run_id)} if isinstance(error, errors.RunExclusive) else {}
    return Refusal(status, error.code, detail, members=members)
