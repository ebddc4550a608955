"""The front page: the six dimensions, the groups, the latest runs."""

from typing import Any

from django.http import HttpRequest

from ontology.admin.group_page import Figure, runs_table
from ontology.admin.parts import NOTHING, Cell, Table, list_url, page_url
from ontology.metrics import TableSize, table_sizes
from ontology.models import Connection, Event, Group, Knowledge, Person, Thing

GROUPS_SHOWN = 12
CARDS = {
    Group: ("Groups", "apartment", "tenants, in a tree"),
    Person: ("People", "person", "accounts that sign in"),
    Thing: ("Things", "category", "typed nouns"),
    Connection: ("Connections", "share", "typed links between things"),
    Event: ("Events", "bolt", "what happened, never changed"),
    Knowledge: ("Knowledge", "school", "labels, texts and vectors"),
}


def front_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The page's context: three queries, and one more of bounded cost for each table that is small."""
    return {**context, "title": "Overview", "cards": [_card(size) for size in table_sizes()], "tables": [_groups(), runs_table()]}


def _card(size: TableSize) -> Figure:
    label, icon, note = next(words for model, words in CARDS.items() if model is size.model)
    text = f"about {size.rows:,}" if size.is_estimate else f"more than {size.rows:,}" if size.is_floor else f"{size.rows:,}"
    return Figure(label, text, note, list_url(size.model), icon)


def _groups() -> Table:
    found = list(Group.objects.active().select_related("parent").order_by("slug")[: GROUPS_SHOWN + 1])
    return Table(
        title="Groups",
        columns=("Name", "Type", "Parent"),
        rows=[
            (
                Cell(group.name, page_url(Group, group.pk)),
                Cell(group.get_type_display()),
                Cell(group.parent.name, page_url(Group, group.parent.pk)) if group.parent else Cell(NOTHING),
            )
            for group in found[:GROUPS_SHOWN]
        ],
        empty="There is no group yet.",
        more_url=list_url(Group) if found else "",
        more_text="All groups",
    )
