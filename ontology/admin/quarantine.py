"""Pages of quarantine: rows that could not come over, repaired and released or discarded; and things whose group several rows contradict."""

import json
from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString

from ontology.admin.listing import as_uuid
from ontology.admin.parts import NOTHING, badge, json_block, json_text, link, list_address, moment_text, page_url
from ontology.admin.site import ReadOnlyAdmin, links_shown, staff_actor
from ontology.admin.unfolded import ChoiceFilter, DropdownFilter, page_action
from ontology.choices import QuarantineState
from ontology.errors import DomainError
from ontology.isolation import Scope, current_scope
from ontology.migration.decisions import legacy_thing_assign, quarantine_discard, quarantine_lines, quarantine_release, things_to_review
from ontology.models import Group, Person, QuarantinedRow, Run
from ontology.services.streams import scoped_lines

REVIEWED_AT_ONCE, GROUPS_OFFERED, RUNS_OFFERED = 20, 200, 20
REASONS = {
    "orphaned": "An end of it does not exist.",
    "cross_group": "Its ends, or it and its ends, are in different groups.",
    "reversed_validity": "It ends before it begins.",
    "duplicate": "The same connection came before it.",
    "broken_json": "The line is not JSON.",
    "not_an_object": "The line is no JSON object.",
    "null_character": "A text in it holds the character NUL, which the database cannot keep.",
    "too_large": "The document is larger than 16 MB; its beginning is kept.",
    "too_deep": "Its values lie in one another more than 250 levels deep.",
    "unknown_table": "No table here is made of such documents.",
    "no_id": "The document has no id.",
    "id_repeated": "Another document has the same id and another content.",
    "rollback_changed": "The row was changed after the migration; these are the values from before it.",
    "rollback_in_use": "Rows that came later refer to the row; these are the values from before the migration.",
    "rollback_gone": "The row was removed after the migration; these are the values from before it.",
    "rollback_decided": "Staff decided about the row after the migration; these are the values from before it.",
}
STATES = {QuarantineState.OPEN: "orange", QuarantineState.RELEASED: "green", QuarantineState.DISCARDED: "grey"}


class WordFilter(DropdownFilter):
    """Rows with one word of those that occur; a look at the distinct words."""

    field: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The words there are; one query."""
        words = QuarantinedRow.objects.order_by(self.field).values_list(self.field, flat=True).distinct()
        return [(word, word.replace("_", " ")) for word in words]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen word."""
        return queryset.filter(**{self.field: self.value()}) if self.value() else queryset


class KindFilter(WordFilter):
    """Rows of one kind."""

    title, parameter_name, field = "kind", "kind", "kind"


class ReasonFilter(WordFilter):
    """Rows with one reason."""

    title, parameter_name, field = "reason", "reason", "reason"


class RunFilter(DropdownFilter):
    """Rows that one run put aside."""

    title, parameter_name = "run", "run"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The latest runs of the kinds that put rows aside; one query."""
        runs = Run.objects.filter(kind__in=["legacy_import", "migration", "rollback"]).order_by("-id")[:RUNS_OFFERED]
        return [(str(run.pk), f"{run.kind.replace('_', ' ')} {moment_text(run.created_at)}") for run in runs]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen run."""
        key = as_uuid(self.value() or "")
        return queryset.filter(run=key) if key is not None else queryset


@admin.register(QuarantinedRow)
class QuarantinedRowAdmin(ReadOnlyAdmin[QuarantinedRow]):
    """Rows in quarantine, the latest first."""

    change_form_template = "admin/quarantine/row.html"
    list_display = ("what", "reason_text", "state_label", "place_text", "run_link", "when")
    list_filter = (("state", ChoiceFilter), KindFilter, ReasonFilter, RunFilter)
    list_select_related = ("run",)
    search_fields = ("place",)
    search_exact = ("place",)
    search_help_text = "Its id, or its place in the export"
    actions_list = ("review", "download")
    rows_named = ("row", "rows")

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuarantinedRow]:
        """All rows with what their pages name."""
        return super().get_queryset(request).select_related("run", "decided_by")

    def get_urls(self) -> list[Any]:
        """The acts of a row's page."""
        wrap = self.admin_site.admin_view
        acts = {"release": self._release, "discard": self._discard}
        own = [path(f"<path:object_id>/{name}/", wrap(view), name=f"ontology_quarantinedrow_{name}") for name, view in acts.items()]
        return [path("assign/", wrap(self._assign), name="ontology_quarantinedrow_assign"), *own, *super().get_urls()]

    def may_act(self, request: HttpRequest) -> bool:
        """Whether the person may decide about rows."""
        return bool(request.user.has_perm("ontology.change_quarantinedrow"))  # type: ignore[union-attr]  # admin pages ask for a sign-in first

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The row, readable, its reason, and what may be done."""
        links_shown(request)
        row = self.get_object(request, object_id)
        if row is None:
            return super().change_view(request, object_id, form_url, extra_context)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return self._page(request, row, json_text(row.document))

    def _page(self, request: HttpRequest, row: QuarantinedRow, text: str) -> HttpResponse:
        decides = self.may_act(request) and row.state == QuarantineState.OPEN
        context = {
            **self.admin_site.each_context(request),
            "title": str(row),
            "opts": self.opts,
            "original": row,
            "row": row,
            "state": self.state_label(row),
            "reason": REASONS.get(row.reason, ""),
            "title_reason": self.reason_text(row).capitalize(),
            "shown": json_block(row.document) if row.document is not None else row.text,
            "text": text,
            "decides": decides,
            "releases": decides and row.document is not None and not row.reason.startswith("rollback_"),
            "facts": self._facts(row),
        }
        return TemplateResponse(request, self.change_form_template, context)

    def _facts(self, row: QuarantinedRow) -> list[tuple[str, SafeString | str]]:
        found = [("Kind", row.kind), ("Place in the export", row.place or NOTHING), ("Row", str(row.row_id or NOTHING))]
        found += [("Run", link(Run, row.run_id, row.run)), ("Put aside (UTC)", moment_text(row.quarantined_at))]
        if row.state != QuarantineState.OPEN:
            found += [
                ("Decided (UTC)", moment_text(row.decided_at)),
                ("By", link(Person, row.decided_by_id, row.decided_by)),
                ("Decision", row.decision),
            ]
        return found

    def _row(self, request: HttpRequest, object_id: str) -> QuarantinedRow:
        key = as_uuid(object_id)
        row = self.get_queryset(request).filter(pk=key).first() if key is not None else None
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        if not self.may_act(request):
            raise PermissionDenied
        return row

    def _release(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Writes the row as it was repaired; what is still wrong is said above the text as it was sent."""
        row, text = self._row(request, object_id), request.POST.get("document", "")
        if request.method == "POST":
            try:
                document = json.loads(text)
                if not isinstance(document, dict):
                    raise ValueError("it is no JSON object")
                messages.success(request, quarantine_release(row, document, actor=staff_actor(request)))
            except ValueError as broken:
                messages.error(request, f"The repaired row cannot be read: {broken}.")
                return self._page(request, row, text)
            except DomainError as refused:
                messages.error(request, str(refused))
                return self._page(request, row, text)
        return HttpResponseRedirect(page_url(QuarantinedRow, row.pk))

    def _discard(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._row(request, object_id)
        if request.method == "POST":
            self._told(request, lambda: quarantine_discard(row, request.POST.get("reason", ""), actor=staff_actor(request)), "The row is discarded.")
        return HttpResponseRedirect(page_url(QuarantinedRow, row.pk))

    def _told(self, request: HttpRequest, act: Callable[[], object], words: str) -> None:
        try:
            act()
            messages.success(request, words)
        except DomainError as refused:
            messages.error(request, str(refused))

    @page_action(description="Download", url_path="download", permissions=["view"])
    def download(self, request: HttpRequest) -> HttpResponse:
        """The open rows as NDJSON."""
        rows = QuarantinedRow.objects.filter(state=QuarantineState.OPEN).order_by("id")
        lines = scoped_lines(current_scope() or Scope(), lambda: quarantine_lines(rows))
        headers = {"Content-Disposition": 'attachment; filename="quarantine.ndjson"'}
        return StreamingHttpResponse(lines, content_type="application/octet-stream", headers=headers)  # type: ignore[return-value]

    @page_action(description="Review groups", url_path="review", permissions=["view"])
    def review(self, request: HttpRequest) -> HttpResponse:
        """Things whose group several rows contradict: staff say where each belongs."""
        links_shown(request)
        found = things_to_review(REVIEWED_AT_ONCE + 1)
        groups = Group.objects.active().order_by("slug").values_list("slug", flat=True)[:GROUPS_OFFERED]  # another's slug can be typed
        context = {
            **self.admin_site.each_context(request),
            "title": "Things of several groups",
            "opts": self.opts,
            "things": found[:REVIEWED_AT_ONCE],
            "groups": groups,
            "more": len(found) > REVIEWED_AT_ONCE,
            "decides": self.may_act(request),
            "assign_url": reverse("admin:ontology_quarantinedrow_assign"),
            "list_url": list_address(QuarantinedRow),
        }
        return TemplateResponse(request, "admin/quarantine/review.html", context)

    def _assign(self, request: HttpRequest) -> HttpResponse:
        if not self.may_act(request):
            raise PermissionDenied
        thing, slug = as_uuid(request.POST.get("thing", "")), request.POST.get("group", "").strip()
        group = Group.objects.filter(slug=slug).first()
        if request.method == "POST" and thing is not None and group is not None:
            words = f"The thing is in {group.slug} now, with what hangs on it."
            self._told(request, lambda: legacy_thing_assign(thing, group, actor=staff_actor(request)), words)
        elif request.method == "POST":
            messages.error(request, f"There is no group {slug}." if slug else "Choose a group.")
        return HttpResponseRedirect(reverse("admin:ontology_quarantinedrow_review"))

    @admin.display(description="Row")
    def what(self, row: QuarantinedRow) -> str:
        """Its kind, and its id here or there."""
        return f"{row.kind} {row.row_id or (row.document or {}).get('_id', '')}".strip()

    @admin.display(description="Reason")
    def reason_text(self, row: QuarantinedRow) -> str:
        """Why it could not come over."""
        return row.reason.replace("_", " ")

    @admin.display(description="State")
    def state_label(self, row: QuarantinedRow) -> SafeString:
        """What staff decided."""
        return badge(STATES[QuarantineState(row.state)], row.get_state_display())

    @admin.display(description="Place")
    def place_text(self, row: QuarantinedRow) -> str:
        """Where in the export it stood."""
        return row.place or NOTHING

    @admin.display(description="Run")
    def run_link(self, row: QuarantinedRow) -> SafeString | str:
        """The run that put it aside."""
        return link(Run, row.run_id, row.run)

    @admin.display(description="Put aside (UTC)")
    def when(self, row: QuarantinedRow) -> str:
        """When it was put aside."""
        return moment_text(row.quarantined_at)
