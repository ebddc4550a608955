"""Pages of lists: by keyset on an indexed order, so that a page costs the same wherever it is, and no row is seen twice or missed."""

import hashlib
import hmac
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.db.models import Q, QuerySet

from ontology.api.columns import FIELDS, OMIT, Columns
from ontology.api.parameters import Parameter
from ontology.api.refusals import Refusal

LIMIT_DEFAULT, LIMIT_MAX = 20, 100
COUNT_MAX = 10_000
LIMIT = Parameter("limit", "How many at most.", "integer", default=LIMIT_DEFAULT, minimum=1, maximum=LIMIT_MAX)
CURSOR = Parameter("cursor", "Where to go on: `next` of the page before. It belongs to that list and order.")
COUNT = Parameter("count", f"Also count all that match, up to {COUNT_MAX:,}.", "boolean", default=False)
_SEAL_BYTES = 9


@dataclass(frozen=True, slots=True)
class Order:
    """An order that an index supports: its name, the columns (the last one unique), whether descending, and how a cursor's texts are read back."""

    name: str
    columns: tuple[str, ...]
    readers: tuple[Callable[[str], Any], ...]
    descending: bool = True

    def after(self, values: tuple[Any, ...]) -> Q:
        """Rows behind the one whose columns have VALUES. The first condition alone bounds the index scan."""
        way = "lt" if self.descending else "gt"
        if len(values) == 1:
            return Q(**{f"{self.columns[0]}__{way}": values[0]})
        first, second = self.columns
        return Q(**{f"{first}__{way}e": values[0]}) & (Q(**{f"{first}__{way}": values[0]}) | Q(**{f"{second}__{way}": values[1]}))

    @property
    def by(self) -> list[str]:
        """For order_by."""
        return [f"-{column}" if self.descending else column for column in self.columns]


LATEST = Order("-id", ("id",), (uuid.UUID,))
EARLIEST = Order("id", ("id",), (uuid.UUID,), descending=False)


@dataclass(frozen=True, slots=True)
class Listing:
    """A list's name, columns and orders, the first of which is the default."""

    name: str
    columns: Columns
    orders: tuple[Order, ...] = (LATEST, EARLIEST)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What every page of the list takes beside its filters."""
        names = tuple(order.name for order in self.orders)
        order = Parameter("order", "The order; `-` is descending.", choices=names, default=names[0])
        return (LIMIT, CURSOR, order, COUNT, FIELDS, OMIT)

    def page(self, rows: QuerySet[Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
        """One page of ROWS: {items, next, hasMore}, and with `count` also {count, countIsFloor}. One query, two with a count."""
        order = self.order(parameters)
        names, limit = self.columns.chosen(parameters), parameters["limit"]
        behind = rows.filter(order.after(self.place(parameters["cursor"], order))) if parameters["cursor"] else rows
        items, keys = self.columns.read(behind.order_by(*order.by)[: limit + 1], names, order.columns)
        more = len(items) > limit
        page = {"items": items[:limit], "next": self.cursor(order, keys[limit - 1]) if more else None, "hasMore": more}
        if parameters["count"]:
            found = rows.order_by()[: COUNT_MAX + 1].count()
            page |= {"count": min(found, COUNT_MAX), "countIsFloor": found > COUNT_MAX}
        return page

    def order(self, parameters: Mapping[str, Any]) -> Order:
        """The order that was asked for."""
        return next(order for order in self.orders if order.name == parameters["order"])

    def cursor(self, order: Order, values: tuple[Any, ...]) -> str:
        """Where the page behind the row with VALUES begins, for a client."""
        texts = [value.isoformat() if isinstance(value, datetime) else str(value) for value in values]
        return sealed([self.name, order.name, *texts])

    def place(self, cursor: str, order: Order) -> tuple[Any, ...]:
        """The values in a CURSOR of this list. Raises Refusal 400."""
        name, order_name, *texts = opened(cursor)
        if name != self.name or order_name != order.name or len(texts) != len(order.readers):
            raise _refused("The cursor belongs to another list or order; start again without it.")
        return tuple(read(text) for read, text in zip(order.readers, texts, strict=True))


def sealed(parts: list[str]) -> str:
    """PARTS as one opaque word that `opened` takes back, and nobody else makes."""
    text = orjson.dumps(parts)
    return urlsafe_b64encode(_seal(text) + text).decode().rstrip("=")


def opened(cursor: str) -> list[str]:
    """The parts of a word made by `sealed`. Raises Refusal 400 for any other."""
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        raw = b""
    seal, text = raw[:_SEAL_BYTES], raw[_SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(text)):
        raise _refused("The cursor is none of ours; take `next` of the page before as it is.")
    parts: list[str] = orjson.loads(text)
    return parts


def _seal(text: bytes) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), b"sextant.cursor" + text, hashlib.sha256).digest()[:_SEAL_BYTES]


def _refused(sentence: str) -> Refusal:
    return Refusal(400, "cursor_refused", sentence, errors=[{"field": "cursor", "code": "cursor_refused", "error": sentence}])
