"""Bodies of requests: read from the stream up to a bound, and turned into JSON without a value changed on the way."""

from collections.abc import Iterator
from typing import Any, Protocol

from django.conf import settings
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from ontology.api.refusals import HOW_TO_IMPORT, Refusal
from ontology.records.parsing import json_parse

JSON, MERGE_PATCH = "application/json", "application/merge-patch+json"
_CHUNK_BYTES = 1 << 16


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def body_read(request: HttpRequest, *, patch: bool = False) -> bytes:
    """The body, whatever Content-Length says of it; with PATCH a merge patch is taken besides JSON.

    Raises Refusal: 413 past the limit, 415 for what is not plain JSON, 400 when the stream ends early.
    """
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    announced = request.META.get("CONTENT_LENGTH") or ""
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise Refusal(415, "content_encoding", f"Content-Encoding {encoding[:40]!r} is not taken; send plain JSON.")
    chunked = not announced and request.META.get("wsgi.input_terminated")
    parts, total = [], 0
    try:
        stream: _Readable = request.META["wsgi.input"] if chunked else request
        while part := stream.read(_CHUNK_BYTES):
            total += len(part)
            if total > limit:
                raise _too_large(limit)
            parts.append(part)
    except (OSError, UnreadablePostError) as broken:
        raise Refusal(400, "body_cut_off", "The body ended before it was complete.") from broken
    if announced.isdigit() and total < int(announced):
        raise Refusal(400, "body_cut_off", "The body ended before it was complete.")
    taken = (JSON, MERGE_PATCH) if patch else (JSON,)
    if parts and content_type(request) not in taken:
        raise Refusal(415, "content_type", f"Content-Type must be {' or '.join(taken)}, not {content_type(request)[:60]!r}.")
    return b"".join(parts)


def file_parts(request: HttpRequest) -> Iterator[bytes]:
    """The body of an upload, part by part. Raises Refusal 415 for a form or an encoded body, 400 when the stream ends early."""
    if content_type(request) in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        raise Refusal(
            415,
            "content_type",
            "Send the file itself as the body, not a form: `curl --data-binary @FILE -H 'Content-Type: application/octet-stream'`.",
        )
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        raise Refusal(415, "content_encoding", "Content-Encoding is not taken; a file ending in .gz or .zst is sent as it is.")
    announced = request.META.get("CONTENT_LENGTH") or ""
    chunked = not announced and request.META.get("wsgi.input_terminated")
    stream: _Readable = request.META["wsgi.input"] if chunked else request
    total = 0
    try:
        while part := stream.read(_CHUNK_BYTES):
            total += len(part)
            yield part
    except (OSError, UnreadablePostError) as broken:
        raise Refusal(400, "body_cut_off", "The body ended before it was complete.") from broken
    if announced.isdigit() and total < int(announced):
        raise Refusal(400, "body_cut_off", "The body ended before it was complete.")


def content_type(request: HttpRequest) -> str:
    """The media type of the body, without its parameters."""
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def json_of(body: bytes) -> Any:
    """The value of BODY. Raises Refusal 400 for what is not JSON."""
    if not body.strip():
        raise Refusal(400, "body_missing", "The request needs a JSON body.")
    value, fault = json_parse(body)
    if fault is not None:
        _, code, sentence = fault
        raise Refusal(400, code, sentence.replace("The record", "The body"), errors=[{"field": "", "code": code, "error": sentence}])
    return value


def object_of(body: bytes) -> dict[str, Any]:
    """BODY as a JSON object."""
    value = json_of(body)
    if not isinstance(value, dict):
        raise Refusal(422, "not_object", "The body must be a JSON object.", errors=[{"field": "", "code": "not_object", "error": "No object."}])
    return value


def items_of(body: bytes) -> list[Any]:
    """The items of a bulk call: a JSON array, or an object {items: […]}. Raises Refusal 413 for more than one call takes."""
    value = json_of(body)
    if isinstance(value, dict) and value.keys() == {"items"}:
        value = value["items"]
    if not isinstance(value, list):
        sentence = "The body must be a JSON array of items, or an object {items: [...]}."
        raise Refusal(422, "not_list", sentence, errors=[{"field": "items", "code": "not_list", "error": sentence}])
    if not value:
        sentence = "There is no item in this call."
        raise Refusal(422, "no_items", sentence, errors=[{"field": "items", "code": "no_items", "error": sentence}])
    return value


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "body_too_large", f"A body has at most {limit // 1_000_000} MB. {HOW_TO_IMPORT}", members={"limitBytes": limit})
