"""Cursors: where a list goes on, as text that a client keeps and sends back."""

import base64
import binascii
import json
import uuid
from datetime import datetime

from ontology.errors import FieldRefused

LIMIT_MAX = 100
OFFSET_MAX = 10_000


def cursor_text(*parts: object) -> str:
    """PARTS as a cursor."""
    return base64.urlsafe_b64encode(json.dumps([str(part) for part in parts]).encode()).decode().rstrip("=")


def cursor_parts(cursor: str, count: int, *, field: str = "cursor") -> list[str]:
    """The COUNT parts of a cursor. Raises FieldRefused for text that is none of ours."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, UnicodeError):
        parts = None
    if not isinstance(parts, list) or len(parts) != count or not all(isinstance(part, str) and "\0" not in part for part in parts):
        raise _unreadable(field)
    return parts


def cursor_id(part: str, *, field: str = "cursor") -> uuid.UUID:
    """A part that is an id. Raises FieldRefused."""
    try:
        return uuid.UUID(part)
    except ValueError:
        raise _unreadable(field) from None


def cursor_moment(part: str, *, field: str = "cursor") -> datetime:
    """A part that is a moment with its offset. Raises FieldRefused."""
    try:
        moment = datetime.fromisoformat(part)
    except ValueError:
        raise _unreadable(field) from None
    if moment.tzinfo is None:
        raise _unreadable(field)
    return moment


def limit_checked(limit: int) -> int:
    """LIMIT. Raises FieldRefused unless it is 1 to LIMIT_MAX."""
    if not 1 <= limit <= LIMIT_MAX:
        raise FieldRefused("limit", f"limit must be 1 to {LIMIT_MAX}, not {limit}.")
    return limit


def _unreadable(field: str) -> FieldRefused:
    return FieldRefused(field, "The cursor cannot be read; leave it out to begin anew.")
