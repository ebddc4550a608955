"""The front page: the six dimensions, the groups, the latest runs."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from ontology.admin.figures import Figure
from ontology.admin.group_page import runs_table
from ontology.admin.parts import Cell, Table, list_url, moment_text, page_url, row_cell
from ontology.admin.site import links_shown, may_view
from ontology.metrics import COUNTED_EXACTLY_MAX, GroupSize, TableSize, group_sizes, table_sizes
from ontology.migration.runner import rows_left
from ontology.models import Connection, Event, Group, Knowledge, Person, QuarantinedRow, Run, Thing
from ontology.services.runs.notices import notices_unread

GROUPS_SHOWN, NEWS_SHOWN = 12, 5
CARDS = {
    Group: ("Groups", "apartment", "tenants, in a tree"),
    Person: ("People", "person", "accounts that sign in"),
    Thing: ("Things", "category", "typed nouns"),
    Connection: ("Connections", "share", "typed links between things"),
    Event: ("Events", "bolt", "in the database, never changed"),
    Knowledge: ("Knowledge", "school", "labels, texts and vectors"),
}


def front_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The page's context, of what the person may view: five queries, and one more of bounded cost for each table that is small."""
    links_shown(request)
    cards = [_card(size) for size in table_sizes([model for model in CARDS if may_view(request, model)])]
    tables = _news(request) if may_view(request, Run) else []
    tables += _unfinished(request)
    tables += [make() for model, make in ((Group, _groups), (Run, runs_table)) if may_view(request, model)]
    return {**context, "title": "Overview", "cards": cards, "tables": tables}


def _card(size: TableSize) -> Figure:
    label, icon, note = next(words for model, words in CARDS.items() if model is size.model)
    text = f"about {size.rows:,}" if size.is_estimate else f"more than {size.rows:,}" if size.is_floor else f"{size.rows:,}"
    return Figure(label, text, note, list_url(size.model), icon)


def _news(request: HttpRequest) -> list[Table]:
    """What became of the reader's own runs, until they have looked at them."""
    person = request.user
    found = list(notices_unread(person)[:NEWS_SHOWN]) if isinstance(person, Person) else []
    rows = [(Cell(notice.text, page_url(Run, notice.run_id)), Cell(moment_text(notice.made_at), kind="number")) for notice in found]
    return [Table(title="Your runs", columns=("What became of them", "When (UTC)"), rows=rows, empty="")] if rows else []


def _unfinished(request: HttpRequest) -> list[Table]:
    """That legacy rows wait for their migration, for those who see quarantine; one query or none."""
    left = {kind: number for kind, number in rows_left().items() if number} if may_view(request, QuarantinedRow) else {}
    if not left:
        return []
    rows = [(Cell(kind.replace("_", " ").capitalize()), Cell(f"{number:,}", kind="number")) for kind, number in left.items()]
    note = "Nobody sees these rows until manage.py migrate_ontology has made them whole; docs/migration-runbook.md tells how."
    title, runs = "The migration is not finished", list_url(Run)
    return [Table(title=title, columns=("Legacy rows of", "Left"), rows=rows, empty="", note=note, more_url=runs, more_text="Runs")]


def _groups() -> Table:
    found = list(Group.objects.active().select_related("parent").order_by("slug")[: GROUPS_SHOWN + 1])
    shown = found[:GROUPS_SHOWN]
    sizes = group_sizes(shown)
    return Table(
        title="Groups",
        columns=("Name", "Type", "Parent", "Things", "Connections", "Events", "Latest event (UTC)"),
        rows=[_group_row(group, sizes[group.pk]) for group in shown],
        empty="There is no group yet.",
        more_url=list_url(Group) if found else "",
        more_text="All groups",
        note=f"The first {GROUPS_SHOWN}, by slug." if len(found) > GROUPS_SHOWN else "",
    )


def _group_row(group: Group, size: GroupSize) -> Sequence[Cell]:
    return (
        Cell(group.name, page_url(Group, group.pk)),
        Cell(group.get_type_display()),
        row_cell(group.parent, group.parent_id),
        *(Cell(_counted(number), kind="number") for number in (size.things, size.connections, size.events)),
        Cell(moment_text(size.latest_event), kind="number"),
    )


def _counted(number: int) -> str:
    return f"{number:,}" if number <= COUNTED_EXACTLY_MAX else f"more than {COUNTED_EXACTLY_MAX:,}"
