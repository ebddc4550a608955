"""What is likely to come in a group: forecasts of its growth, and who is likely to stay away."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from ontology.admin.charts import Chart, Point, bytes_text, short_text
from ontology.admin.parts import NOTHING, Cell, Table, page_url, row_cell
from ontology.metrics import ChurnPage, Forecast, Risk, group_churn, group_forecast
from ontology.models import Group, Person, Thing

ROWS = 25
CERTAIN = 0.999
"""Nothing is: what would be rounded to 100 % is told as being over this."""


@dataclass(frozen=True, slots=True)
class OutlookPage:
    """Charts of the last 90 days and, where a forecast is worth it, the next 30; a page of risks; where the first page of them is, unless it is shown."""

    charts: Sequence[Chart]
    risks: Table
    first_url: str
    computed: str


def outlook_url(group: Group) -> str:
    """The address of a group's outlook."""
    return reverse("admin:ontology_group_outlook", args=[group.pk])


def outlook_page(group: Group, cursor: str | None) -> OutlookPage:
    """The outlook of GROUP, its risks from CURSOR on. Raises FieldRefused for a bad cursor. Four queries, whatever the group holds."""
    churn, growth = group_churn(group, limit=ROWS, cursor=cursor), group_forecast(group)
    return OutlookPage(
        charts=[_chart(it) for it in growth.items],
        risks=_risks(group, churn),
        first_url=outlook_url(group) if cursor else "",
        computed=f"From the whole days before today, UTC. Computed in {growth.computation_time + churn.computation_time:,.0f} ms.",
    )


def _chart(it: Forecast) -> Chart:
    known = [Point(f"{day:%m-%d}", value) for day, value in it.past]
    coming = [Point(f"{day.day:%m-%d}", day.value, day.low, day.high, forecast=True) for day in it.days]
    words = bytes_text if it.name == "storage" else _number
    return Chart(
        f"{it.title}, and what is expected" if coming else it.title,
        [*known, *coming] if any(point.value for point in known) else [],
        unit=it.unit if it.name == "events" else "",
        kind="line",
        note=it.sentence,
        empty="There has been nothing in the last 90 days.",
        words=words,
        axis=bytes_text if it.name == "storage" else short_text,
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def _risks(group: Group, churn: ChurnPage) -> Table:
    more = f"{outlook_url(group)}?after={churn.next_cursor}#table-who-is-likely-to-stay-away" if churn.next_cursor else ""
    of = f" A sample of {churn.actors:,} actors was looked at." if churn.is_sample else ""
    return Table(
        title="Who is likely to stay away",
        columns=("Actor", "Member", "Chance of no event in 90 days", "Last day with an event (UTC)", "Days with one in a year"),
        rows=[_row(it) for it in churn.items],
        empty="Nobody further." if churn.accuracy is not None and churn.accuracy.is_better else "Nobody is named.",
        more_url=more,
        more_text="Further actors",
        note=churn.sentence + of,
    )


def _row(it: Risk) -> Sequence[Cell]:
    return (
        Cell(it.thing.name, page_url(Thing, it.thing.pk)),
        row_cell(it.person, it.person.pk) if isinstance(it.person, Person) else Cell(NOTHING),
        Cell(f"{it.risk:.1%}" if it.risk < CERTAIN else f"over {CERTAIN:.1%}", kind="number"),
        Cell(f"{it.last_day:%Y-%m-%d}", kind="number"),
        Cell(f"{it.days:,}", kind="number"),
    )
