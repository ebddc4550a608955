"""Pages of runs: watched live, paused, resumed, cancelled, tuned, corrected, undone."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ontology.admin.confirming import confirming, demand_confirmation
from ontology.admin.import_pages import correction_page, import_page
from ontology.admin.listing import as_uuid
from ontology.admin.parts import link, moment_text, page_url
from ontology.admin.run_page import is_live, live_parts, run_bar, run_page, state_badge
from ontology.admin.site import ReadOnlyAdmin, links_shown, staff_actor
from ontology.admin.unfolded import AutocompleteFilter, ChoiceFilter, page_action
from ontology.errors import DomainError
from ontology.isolation import Scope, current_scope
from ontology.models import Group, Person, Run
from ontology.services.import_corrections import rejects_lines, rejects_name
from ontology.services.import_uploads import import_begin_after
from ontology.services.runs import run_cancel, run_pause, run_resume, run_tune
from ontology.services.runs.notices import notices_read
from ontology.services.streams import scoped_lines
from ontology.services.undo import run_undo

LIVE_ROWS_MAX = 100
type Wish = Callable[..., Any]


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin[Run]):
    """Runs, the latest first; their rows change while one looks."""

    change_form_template = "admin/runs/run.html"
    change_list_template = "admin/runs/list.html"
    list_display = ("kind", "state_label", "progress", "group_link", "person_link", "door", "started", "finished")
    list_filter = (("state", ChoiceFilter), ("group", AutocompleteFilter))
    search_fields = ("kind",)
    search_exact = ("kind",)
    search_help_text = "Id or kind"
    actions_list = ("load_file",)
    autocomplete_fields = ("group",)
    fieldsets = ((None, {"fields": ("kind", "group_link", "person_link", "door", "made", "started", "heartbeat", "finished", "error")}),)

    class Media:
        js = ("sextant/runs.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """All runs with what their pages name."""
        return super().get_queryset(request).select_related("group", "person")

    def get_urls(self) -> list[Any]:
        """The pages of a run's acts, and what changes on them."""
        acts: dict[str, Callable[..., Any]] = {
            "pause": self._wish(run_pause),
            "resume": self._wish(run_resume),
            "cancel": self._wish(run_cancel, "Cancelling a run"),
            "undo": self._undo,
            "start": self._start,
            "tune": self._tune,
            "correct": self._correct,
            "rejects": self._rejects,
            "live": self._live,
        }
        wrap = self.admin_site.admin_view
        named = [path(f"<path:object_id>/{name}/", wrap(view), name=f"ontology_run_{name}") for name, view in acts.items()]
        return [path("live/", wrap(self._live_rows), name="ontology_run_live_rows"), *named, *super().get_urls()]

    def may_act(self, request: HttpRequest) -> bool:
        """Whether the person may pause, resume, cancel, tune, correct and undo runs."""
        return bool(request.user.has_perm("ontology.change_run"))  # type: ignore[union-attr]  # admin pages ask for a sign-in first

    def has_load_permission(self, request: HttpRequest) -> bool:
        """Whether the person may load files."""
        return bool(request.user.has_perm("ontology.add_run"))  # type: ignore[union-attr]  # admin pages ask for a sign-in first

    @page_action(description="Load a file", url_path="load", permissions=["load"])
    def load_file(self, request: HttpRequest) -> HttpResponse:
        """A file for a group: looked at first, tried if wished, then loaded."""
        field = self.formfield_for_foreignkey(Run._meta.get_field("group"), request)
        return import_page(request, {**self.admin_site.each_context(request), "opts": self.opts}, field)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The run as it goes."""
        links_shown(request)
        run = self.get_object(request, object_id)
        if run is None:
            return super().change_view(request, object_id, form_url, extra_context)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        notices_read(staff_actor(request).person, run)
        context = {**self.admin_site.each_context(request), "title": f"{run.kind}", "opts": self.opts, "original": run, **(extra_context or {})}
        return TemplateResponse(request, self.change_form_template, {**context, "page": run_page(run, may_act=self.may_act(request))})

    def _run(self, request: HttpRequest, object_id: str) -> Run:
        """The run of an act that is allowed. Raises Http404, PermissionDenied."""
        run = self._seen(request, object_id)
        if not self.may_act(request):
            raise PermissionDenied
        return run

    def _seen(self, request: HttpRequest, object_id: str) -> Run:
        run_id = as_uuid(object_id)
        run = self.get_queryset(request).filter(pk=run_id).first() if run_id is not None else None
        if run is None or not self.has_view_permission(request, run):
            raise Http404
        return run

    def _wish(self, wish: Wish, confirmed: str = "") -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            return self._acted(request, object_id, lambda run: wish(run, actor=staff_actor(request)), confirmed)

        return view

    def _acted(self, request: HttpRequest, object_id: str, act: Callable[[Run], Run], confirmed: str = "") -> HttpResponse:
        """Does ACT for a form that was sent, and leads to the run that it gives."""

        def acted() -> HttpResponse:
            run = self._run(request, object_id)
            if request.method != "POST":
                return HttpResponseRedirect(page_url(Run, run.pk))
            if confirmed:
                demand_confirmation(request, confirmed)
            try:
                run = act(run)
            except DomainError as refused:
                messages.error(request, str(refused))
            return HttpResponseRedirect(page_url(Run, run.pk))

        return confirming(request, acted)

    def _undo(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._acted(request, object_id, lambda run: run_undo(run, actor=staff_actor(request)), "Undoing a run")

    def _start(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._acted(request, object_id, lambda run: import_begin_after(run, actor=staff_actor(request)))

    def _tune(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def tuned(run: Run) -> Run:
            batch, throttle = request.POST.get("batch_size", ""), request.POST.get("throttle_ms", "")
            if not (throttle.isdecimal() and (batch.isdecimal() or not batch)):
                messages.error(request, "Both are whole numbers; records of a chunk may stay blank.")
                return run
            run_tune(run, batch_size=int(batch) if batch else None, throttle_ms=int(throttle), actor=staff_actor(request))
            messages.success(request, "From its next chunk on the run works so.")
            return run

        return self._acted(request, object_id, tuned)

    def _correct(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._acted(request, object_id, lambda run: correction_page(request, run))

    def _rejects(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        run = self._seen(request, object_id)
        lines = scoped_lines(current_scope() or Scope(), lambda: rejects_lines(run))
        headers = {"Content-Disposition": f'attachment; filename="{rejects_name(run)}"'}
        return StreamingHttpResponse(lines, content_type="application/octet-stream", headers=headers)

    def _live(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The part of a run's page that changes."""
        run = self._seen(request, object_id)
        context = {"page": run_page(run, may_act=self.may_act(request))}
        return TemplateResponse(request, "admin/runs/live.html", context, headers={"Cache-Control": "no-store"})

    def _live_rows(self, request: HttpRequest) -> JsonResponse:
        """What changes in rows of the list."""
        ids = [found for word in request.GET.get("ids", "").split(",")[:LIVE_ROWS_MAX] if (found := as_uuid(word))]
        runs = self.get_queryset(request).filter(pk__in=ids) if self.has_view_permission(request) else Run.objects.none()
        return JsonResponse({str(run.pk): live_parts(run) for run in runs}, headers={"Cache-Control": "no-store"})

    @admin.display(description="State")
    def state_label(self, run: Run) -> SafeString:
        """Where the run stands."""
        return format_html('<span data-run-part="state">{}</span>', state_badge(run))

    @admin.display(description="Progress")
    def progress(self, run: Run) -> SafeString:
        """Records done, of how many."""
        live = format_html(' data-run="{}" data-live-url="{}"', run.pk, reverse("admin:ontology_run_live_rows")) if is_live(run) else ""
        return format_html('<div data-run-part="progress"{}>{}</div>', live, run_bar(run))

    @admin.display(description="Group")
    def group_link(self, run: Run) -> SafeString | str:
        """The group's page."""
        return link(Group, run.group_id, run.group)

    @admin.display(description="Started by")
    def person_link(self, run: Run) -> SafeString | str:
        """The person's page."""
        return link(Person, run.person_id, run.person)

    @admin.display(description="Begun (UTC)")
    def started(self, run: Run) -> str:
        """When the row was made."""
        return moment_text(run.created_at)

    @admin.display(description="Finished (UTC)")
    def finished(self, run: Run) -> str:
        """When it ended."""
        return moment_text(run.finished_at)
