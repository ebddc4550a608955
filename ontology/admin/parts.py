"""Small parts of pages: links, moments, JSON, badges, numbers."""

import json
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

NOTHING = "–"  # noqa: RUF001 -- a dash for people to read


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its text, and where it leads."""

    text: str
    url: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A named value of a row."""

    label: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a page: columns, rows of cells, what to say when there are none, and the full list behind it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str
    more_url: str = ""
    more_text: str = ""
    note: str = ""


_may_view: ContextVar[Callable[[type[Model]], bool] | None] = ContextVar("sextant_admin_may_view", default=None)


def links_for(may_view: Callable[[type[Model]], bool]) -> None:
    """From here on, pages of this thread link to rows and lists only of models that MAY_VIEW lets through: other links would end at a closed door."""
    _may_view.set(may_view)


def _is_open(model: type[Model]) -> bool:
    may_view = _may_view.get()
    return may_view is None or may_view(model)


def page_url(model: type[Model], key: Any) -> str:
    """The address of a row's page; blank when the reader may not view it."""
    if not _is_open(model):
        return ""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[quote(key)])


def list_url(model: type[Model], **filters: Any) -> str:
    """The address of a list, filtered; blank when the reader may not view it."""
    return list_address(model, **filters) if _is_open(model) else ""


def list_address(model: type[Model], **filters: Any) -> str:
    """The address of a list, filtered, whoever asks."""
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    words = urlencode({key: str(value) for key, value in filters.items()})
    return f"{url}?{words}" if words else url


def link(model: type[Model], key: Any, text: Any) -> SafeString | str:
    """A link to a row's page, its bare text for those who may not view it; a dash without a row, and the bare id of a row that is gone."""
    if key is None:
        return NOTHING
    url = page_url(model, key) if text is not None else ""
    return format_html('<a href="{}" class="sextant-link">{}</a>', url, str(text)) if url else str(key if text is None else text)


def row_cell(row: Model | None, key: Any) -> Cell:
    """A cell that leads to a row; a row that is gone is named by its id."""
    if row is not None:
        return Cell(str(row), page_url(type(row), row.pk))
    return Cell(str(key) if key else NOTHING)


def moment_text(moment: datetime | None) -> str:
    """A moment in UTC; what stands beside it says that it is UTC."""
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else NOTHING


def json_block(value: Any) -> SafeString:
    """JSON as people read it: indented and wrapped."""
    return format_html('<pre class="sextant-json" tabindex="0">{}</pre>', json_text(value))


def json_text(value: Any) -> str:
    """JSON, indented, as it was written."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def json_line(value: Any, *, letters: int = 80) -> str:
    """JSON in one line of at most LETTERS."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= letters else f"{text[:letters]}…"


def metadata_line(metadata: Any) -> str:
    """An event's metadata in one line, without the door, which is shown beside it or on the event's page."""
    return json_line({key: value for key, value in metadata.items() if key != "by"} if isinstance(metadata, dict) else metadata)


def progress_bar(label: str, done: int, total: int | None) -> SafeString:
    """A bar from 0 to TOTAL with its numbers; numbers alone while the total is unknown."""
    if not total:
        return format_html('<span class="sextant-number">{}</span>', f"{done:,}")
    percent = min(100, 100 * done // total)
    return format_html(
        '<div class="sextant-progress"><div class="sextant-bar" role="progressbar" aria-label="{}" aria-valuemin="0" aria-valuemax="{}" aria-valuenow="{}">'
        '<span style="width: {}%"></span></div><span class="sextant-number">{}</span></div>',
        label,
        total,
        done,
        percent,
        f"{done:,} of {total:,} ({percent} %)",
    )


def badge(colour: str, text: str) -> SafeString:
    """A word on a ground: green, blue, orange, red or grey."""
    return format_html('<span class="sextant-badge sextant-{}">{}</span>', colour, text)
