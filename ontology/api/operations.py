"""What an operation is: the right it needs, its parameters, and its words for the OpenAPI document, declared beside its handler."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from ontology.api.answers import JSON, PROBLEM_JSON
from ontology.api.parameters import Parameter
from ontology.api.shapes.problems import BulkProblem, Problem, problem_example
from ontology.choices import Right

FILE = "application/octet-stream"
type Handler = Callable[..., Any]
type Shape = Any


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route. `right` None: any person who is signed in. `answers` are shapes by status; None is an empty answer.

    `sent` and `shown` are examples of body and answer. `refusals` are the statuses it refuses with beside those that its traits bring.
    """

    right: Right | None
    name: str
    summary: str
    about: str
    tag: str
    answers: Mapping[int, Shape]
    parameters: Sequence[Parameter] = ()
    body: Shape = None
    sent: Any = None
    shown: Any = None
    refusals: frozenset[int] = frozenset()
    tagged: bool = False
    """Whether the answer has an ETag: If-None-Match on reads, If-Match on writes."""
    repeatable: bool = True
    """Whether a write takes an Idempotency-Key."""
    upload: bool = False
    """Whether the body is a file, which is received as a stream once the request is let in, and never held."""
    media_type: str = JSON
    """Of the answer, where that is no JSON."""
    bulk: bool = False
    patch: bool = False
    """Whether the body may be a JSON merge patch. The document leaves that to `merge`: of two media types, generated clients send the last."""


@dataclass(frozen=True, slots=True)
class operation:
    """Declares an Operation on a handler; the method is the handler's name."""

    right: Right | None
    name: str
    summary: str
    about: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, handler: Handler) -> Handler:
        """HANDLER with its declaration, and with its part of the OpenAPI document."""
        method = handler.__name__
        made = Operation(self.right, self.name, self.summary, self.about, **self.options)
        documented: Handler = extend_schema(**_schema(made, method))(handler)
        documented.operation = made  # type: ignore[attr-defined]
        return documented


def describes(right: Right | None, name: str, summary: str, about: str, **options: Any) -> operation:
    """The decorator of a handler: see Operation for OPTIONS."""
    return operation(right, name, summary, about, options)


def _schema(made: Operation, method: str) -> dict[str, Any]:
    writes = method != "get"
    return {
        "operation_id": made.name,
        "summary": made.summary,
        "description": made.about,
        "tags": [made.tag],
        "parameters": [*(parameter.documented() for parameter in made.parameters), *_headers(made, writes=writes)],
        "request": _body(made),
        "responses": {**_answers(made), **_refusals(made, writes=writes)},
        "examples": _examples(made),
    }


def _body(made: Operation) -> Any:
    if made.upload:
        return {FILE: OpenApiTypes.BINARY}
    return None if made.body is None else {JSON: made.body}


def _answers(made: Operation) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for status, shape in made.answers.items():
        key = status if shape is None else (status, made.media_type)
        found[key] = OpenApiResponse(shape, description=HTTPStatus(status).phrase + ".")
    return found


def _examples(made: Operation) -> list[OpenApiExample]:
    examples = []
    if made.sent is not None:
        value = made.sent[0] if isinstance(made.sent, list) else made.sent  # of a list, the document's maker shows one item as a list
        examples.append(OpenApiExample("request", value=value, request_only=True, media_type=FILE if made.upload else JSON))
    if made.shown is not None:
        statuses = [str(status) for status, shape in made.answers.items() if shape is not None]
        examples.append(OpenApiExample("answer", value=made.shown, response_only=True, status_codes=statuses, media_type=made.media_type))
    return examples


def _headers(made: Operation, *, writes: bool) -> list[OpenApiParameter]:
    successes = [status for status in made.answers if 200 <= status < 300]
    found = []
    if writes and made.repeatable:
        about = "1 to 200 printable characters. The same key with the same request gives the first answer again; with another request: 422."
        schema = {"type": "string", "minLength": 1, "maxLength": 200}
        found.append(OpenApiParameter("Idempotency-Key", schema, OpenApiParameter.HEADER, description=about))
        about = "`true` when this is the kept answer to an earlier request with the same key."
        found.append(OpenApiParameter("Idempotency-Replayed", str, OpenApiParameter.HEADER, description=about, response=successes))
    if made.tagged:
        name, about = ("If-Match", "The ETag last seen; 412 when the row has changed since.") if writes else _IF_NONE_MATCH
        if 201 not in made.answers:
            found.append(OpenApiParameter(name, str, OpenApiParameter.HEADER, description=about))
        about = "The version of the row, for If-Match and If-None-Match."
        tagged = [status for status in successes if status != 204]
        if tagged:
            found.append(OpenApiParameter("ETag", str, OpenApiParameter.HEADER, description=about, response=tagged))
    if 201 in made.answers and not made.bulk:
        found.append(OpenApiParameter("Location", str, OpenApiParameter.HEADER, description="Where the new row is.", response=[201]))
    return found


_IF_NONE_MATCH = ("If-None-Match", "The ETag of what the client has; 304 when it is still the same.")

REFUSALS: dict[int, tuple[str, str]] = {
    400: ("unknown_parameter", "The address or the JSON cannot be read: unknown or wrong parameters, broken JSON, a tampered cursor."),
    401: ("not_signed_in", "No token or session, or one that is not taken any more."),
    402: ("quota_exceeded", "More than the group's plan allows; `metric`, `current`, `limit`, `requested` and `suggestion` say of what."),
    403: ("right_missing", "The role in the group, or the token's scopes, do not allow this; or a session without its CSRF token."),
    404: ("not_found", "Not there, or out of reach: nobody can tell which."),
    409: ("external_id_taken", "The request clashes with what is there."),
    412: ("changed_meanwhile", "If-Match or ifVersion names a version that is not the present one."),
    413: ("too_many_items", "More than 10,000 items or 50 MB; `detail` says how to import."),
    415: ("content_type", "The body is not JSON, or it is encoded."),
    422: ("input_refused", "The input breaks a rule, or an Idempotency-Key was used for another request; `errors` names every field."),
    429: ("rate_exceeded", "More calls than a window of time allows; Retry-After says when to call again."),
    503: ("unavailable", "The database does not answer at the moment; Retry-After says when to try again."),
}


def _refusals(made: Operation, *, writes: bool) -> dict[Any, Any]:
    statuses = {400, 401, 402, 403, 404, 429, 503} | made.refusals
    if made.body is not None or made.upload:
        statuses |= {413, 415, 422}
    if writes:
        statuses |= {409, 422} if made.repeatable else {409}
    if writes and made.tagged and 201 not in made.answers:
        statuses.add(412)
    return {(status, PROBLEM_JSON): _refusal(status, bulk=made.bulk and status == 422) for status in sorted(statuses)}


def _refusal(status: int, *, bulk: bool) -> OpenApiResponse:
    code, about = REFUSALS[status]
    example = OpenApiExample(
        code, value=problem_example(status, code, about), response_only=True, status_codes=[str(status)], media_type=PROBLEM_JSON
    )
    return OpenApiResponse(BulkProblem if bulk else Problem, description=about, examples=[example])
