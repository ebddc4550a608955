"""What a group's page shows beside its form: counts, members, subgroups, latest runs."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse

from ontology.admin.dashboard import Dashboard, group_dashboard
from ontology.admin.figures import Bar, Bars, Figure, money_text
from ontology.admin.parts import Cell, Table, list_url, moment_text, page_url
from ontology.metrics import RECENT_DAYS, GroupCounts, TypeCount, group_counts
from ontology.models import Connection, Event, Group, Knowledge, Membership, Run, Thing

ROWS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a page, drawn by TEMPLATE, which knows CONTEXT as `panel`."""

    template: str
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GroupPage:
    """All that the page shows beside the form; `panels` come from the apps above, first what is most urgent."""

    figures: Sequence[Figure]
    panels: Sequence[Panel]
    dashboard: Dashboard
    charts: Sequence[Bars]
    tables: Sequence[Table]
    computed: str


def group_page(group: Group, *, viewable: Collection[type[Model]], members_may_be_added: bool, panels: Sequence[Panel] = ()) -> GroupPage:
    """The page of a group, with links to lists of the VIEWABLE models only, and PANELS; some twenty queries, whatever the group holds."""
    counts = group_counts(group)
    return GroupPage(
        figures=_figures(group, counts, viewable),
        panels=panels,
        dashboard=group_dashboard(group, viewable),
        charts=(
            _bars("Things by type", group, Thing, counts.things, "This group has no things yet."),
            _bars("Connections by type", group, Connection, counts.connections, "This group has no connections yet."),
        ),
        tables=(_members(group, may_be_added=members_may_be_added), _subgroups(group), runs_table(group)),
        computed=f"Computed at {moment_text(counts.computed_at)} UTC in {counts.took_ms:,.0f} ms, of this group alone, without its subgroups.",
    )


def _figures(group: Group, counts: GroupCounts, viewable: Collection[type[Model]]) -> list[Figure]:
    def here(model: type[Model]) -> str:
        return list_url(model, group__id__exact=group.pk) if model in viewable else ""

    recent = f"in the last {RECENT_DAYS} days"
    return [
        Figure("People", f"{counts.people:,}", "members", here(Membership), "group"),
        Figure("Things", f"{counts.things_total:,}", f"of {_kinds(counts.things)}", here(Thing), "category"),
        Figure("Connections", f"{counts.connections_total:,}", f"of {_kinds(counts.connections)}", here(Connection), "share"),
        Figure("Events", f"{counts.events:,}", f"{counts.events_recent:,} {recent}", here(Event), "bolt"),
        Figure("Knowledge", f"{counts.knowledge_total:,}", f"of {_kinds(counts.knowledge)}", here(Knowledge), "school"),
        Figure("Revenue", money_text(counts.revenue), f"{money_text(counts.revenue_recent)} {recent}", "", "payments"),
    ]


def _kinds(counts: Sequence[TypeCount]) -> str:
    return "1 type" if len(counts) == 1 else f"{len(counts):,} types"


def _bars(title: str, group: Group, model: type[Model], counts: Sequence[TypeCount], empty: str) -> Bars:
    longest = max((row.count for row in counts), default=1)
    return Bars(
        title,
        [
            Bar(row.type, f"{row.count:,}", max(1, 100 * row.count // longest), list_url(model, group__id__exact=group.pk, type=row.type))
            for row in counts[:ROWS_SHOWN]
        ],
        empty,
    )


def _members(group: Group, *, may_be_added: bool) -> Table:
    found = list(Membership.objects.filter(group=group).select_related("person").order_by("-id")[:ROWS_SHOWN])
    return Table(
        title="Latest members",
        columns=("Person", "Role", "Joined (UTC)"),
        rows=[
            (
                Cell(str(row.person), page_url(Membership, row.pk)),
                Cell(row.get_role_display()),
                Cell(moment_text(row.created_at), kind="number"),
            )
            for row in found
        ],
        empty="Nobody is a member yet.",
        more_url=f"{reverse('admin:ontology_membership_invite')}?group={group.pk}" if may_be_added else "",
        more_text="Invite by e-mail",
    )


def _subgroups(group: Group) -> Table:
    found = list(Group.objects.filter(parent=group).order_by("slug")[: ROWS_SHOWN + 1])
    return Table(
        title="Subgroups",
        columns=("Name", "Type", "Status"),
        rows=[
            (Cell(child.name, page_url(Group, child.pk)), Cell(child.get_type_display()), Cell(child.get_status_display()))
            for child in found[:ROWS_SHOWN]
        ],
        empty="No group lies below this one.",
        more_url=list_url(Group, parent__id__exact=group.pk) if len(found) > ROWS_SHOWN else "",
        more_text="All subgroups",
    )


def runs_table(group: Group | None = None) -> Table:
    """The latest runs, of one group or of all; one query."""
    runs = Run.objects.select_related("group").order_by("-id")
    found = list((runs.filter(group=group) if group is not None else runs)[:ROWS_SHOWN])
    return Table(
        title="Latest runs",
        columns=("Kind", "Group", "State", "Done", "Started (UTC)"),
        rows=[_run_row(run) for run in found],
        empty="Nothing has run yet.",
        more_url=list_url(Run, **({"group__id__exact": group.pk} if group is not None else {})) if found else "",
        more_text="All runs",
    )


def _run_row(run: Run) -> Sequence[Cell]:
    return (
        Cell(run.kind, page_url(Run, run.pk)),
        Cell(run.group.name if run.group else "all groups"),
        Cell(run.get_state_display(), kind=f"state-{run.state}"),
        Cell(f"{run.done:,} of {run.total:,}" if run.total else f"{run.done:,}", kind="number"),
        Cell(moment_text(run.created_at), kind="number"),
    )
