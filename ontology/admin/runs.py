"""Pages of runs: watched, never written."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from ontology.admin.parts import badge, json_block, link, moment_text, progress_bar
from ontology.admin.site import ReadOnlyAdmin
from ontology.admin.unfolded import AutocompleteFilter, ChoiceFilter
from ontology.choices import RunState
from ontology.models import Group, Person, Run

STATE_COLOURS = {
    RunState.NEW: "grey",
    RunState.RUNNING: "blue",
    RunState.PAUSING: "blue",
    RunState.PAUSED: "grey",
    RunState.CANCELLING: "orange",
    RunState.CANCELLED: "grey",
    RunState.INTERRUPTED: "orange",
    RunState.FAILED: "red",
    RunState.SUCCEEDED: "green",
}


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin[Run]):
    """Runs, the latest first."""

    list_display = ("kind", "state_label", "progress", "group_link", "door", "started", "finished")
    list_filter = (("state", ChoiceFilter), ("group", AutocompleteFilter))
    search_fields = ("kind",)
    search_exact = ("kind",)
    search_help_text = "Id or kind"
    fieldsets = (
        (None, {"fields": ("kind", "state_label", "progress", "group_link", "person_link", "door")}),
        ("Moments", {"fields": ("started", "heartbeat", "finished")}),
        ("What it did", {"fields": ("error", "counts_pretty", "parameters_pretty", "cursor_pretty")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """All runs with what their pages name."""
        return super().get_queryset(request).select_related("group", "person")

    @admin.display(description="State")
    def state_label(self, run: Run) -> SafeString:
        """Where the run stands."""
        return badge(STATE_COLOURS[RunState(run.state)], run.get_state_display())

    @admin.display(description="Progress")
    def progress(self, run: Run) -> SafeString:
        """Records done, of how many."""
        return progress_bar(f"Progress of {run.kind}", run.done, run.total)

    @admin.display(description="Group")
    def group_link(self, run: Run) -> SafeString | str:
        """The group's page."""
        return link(Group, run.group_id, run.group)

    @admin.display(description="Started by")
    def person_link(self, run: Run) -> SafeString | str:
        """The person's page."""
        return link(Person, run.person_id, run.person)

    @admin.display(description="Started (UTC)")
    def started(self, run: Run) -> str:
        """When the row was made."""
        return moment_text(run.created_at)

    @admin.display(description="Last sign of life (UTC)")
    def heartbeat(self, run: Run) -> str:
        """When it last committed a batch."""
        return moment_text(run.heartbeat_at)

    @admin.display(description="Finished (UTC)")
    def finished(self, run: Run) -> str:
        """When it ended."""
        return moment_text(run.finished_at)

    @admin.display(description="Counts")
    def counts_pretty(self, run: Run) -> SafeString:
        """What it counted."""
        return json_block(run.counts)

    @admin.display(description="Parameters")
    def parameters_pretty(self, run: Run) -> SafeString:
        """What it was asked."""
        return json_block(run.parameters)

    @admin.display(description="Cursor")
    def cursor_pretty(self, run: Run) -> SafeString:
        """Where its next batch begins."""
        return json_block(run.cursor)
