"""Pages of change requests: written, asked, decided by others, and told how they went."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import linebreaksbr
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from archival.admin.group_archive import may
from monitoring.admin.badges import change_badge
from monitoring.choices import ChangeOutcome, ChangeRisk, ChangeState, Verdict
from monitoring.models import ChangeRequest
from monitoring.services.changes import ASKED_FOR, acts_open, change_ask, change_close, change_decide, change_save, change_take_back, change_withdraw
from ontology.admin.parts import NOTHING, Cell, Table, json_block, link, moment_text, page_url, row_cell
from ontology.admin.site import page_context, staff_actor
from ontology.admin.unfolded import ChoiceFilter
from ontology.admin.writing import ServiceAdmin, ServiceForm
from ontology.errors import DomainError
from ontology.models import Person
from ontology.services.actor import Actor

RIGHT = "monitoring.decide_change"
FIXED = ("title", "what_lines", "risk_label", "concerns_lines", "steps_lines", "back_lines", "window")


class ChangeForm(ServiceForm):
    """What is asked for."""

    class Meta:
        model = ChangeRequest
        fields = ASKED_FOR
        labels = {
            "what": "What and why",
            "is_emergency": "Done in an emergency, with one other watching",
            "concerns": "Groups concerned, and who told them",
            "steps": "Steps, each with its check",
            "taken_back_by": "Taken back by, and until which step",
            "starts_at": "Window from (UTC)",
            "ends_at": "Window until (UTC)",
        }
        help_texts = {"risk": "High needs two approvals, the others one; nobody approves their own."}


@admin.register(ChangeRequest)
class ChangeRequestAdmin(ServiceAdmin[ChangeRequest]):
    """Change requests, the latest first."""

    form = ChangeForm
    change_form_template = "admin/monitoring/change.html"
    list_display = ("title", "state_label", "risk_label", "asker", "window", "outcome_label")
    list_filter = (("state", ChoiceFilter), ("risk", ChoiceFilter), ("outcome", ChoiceFilter))
    list_select_related = ("asked_by",)
    ordering = ("-id",)
    search_fields = ("title",)
    search_part = ("title",)
    search_help_text = "Part of a title"
    readonly_fields = ("state_label", "asker", "outcome_label", "told", "done", "rehearsal_block", *FIXED[1:])

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChangeRequest]:
        """All requests, with who asked."""
        return super().get_queryset(request).select_related("asked_by")

    def get_fieldsets(self, request: HttpRequest, obj: ChangeRequest | None = None) -> Any:
        """What is asked for, as a form or as it was fixed, and once it is written, where it stands."""
        if obj is None:
            return [(None, {"fields": ASKED_FOR})]
        asked = [("What is asked for", {"fields": ASKED_FOR if self.has_change_permission(request, obj) else FIXED})]
        stands: list[str] = ["state_label", "asker"]
        stands += ["outcome_label", "done", "told"] if obj.state == ChangeState.DONE else []
        rehearsed = [("Rehearsal", {"fields": ("rehearsal_block",), "classes": ("collapse",)})] if obj.rehearsal else []
        return [("Where it stands", {"fields": stands}), *asked, *rehearsed]

    def has_change_permission(self, request: HttpRequest, obj: ChangeRequest | None = None) -> bool:
        """What was asked for is fixed, and a draft is its writer's."""
        is_open = obj is None or (obj.state == ChangeState.DRAFT and obj.asked_by_id == request.user.pk)
        return is_open and super().has_change_permission(request)

    def get_urls(self) -> list[URLPattern]:
        """The acts, before Django's own."""
        view = self.admin_site.admin_view(self.act_view)
        return [path("<uuid:change_id>/act/<slug:act>/", view, name="monitoring_changerequest_act"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The request with what may be done about it, and what was decided."""
        change = self.get_object(request, object_id)
        if change is None:
            return super().change_view(request, object_id, form_url, extra_context)
        acts = {act: reverse("admin:monitoring_changerequest_act", args=[change.pk, act]) for act in self._acts_open(request, change)}
        more = {"acts": acts, "decisions": decisions_table(change), "outcomes": ChangeOutcome.choices, "needed": ChangeRisk(change.risk).approvals}
        return super().change_view(request, object_id, form_url, page_context(extra_context, **more))

    def _acts_open(self, request: HttpRequest, change: ChangeRequest) -> list[str]:
        """The acts that are open and that this person has the right for."""
        may_ask, may_decide = super().has_change_permission(request), may(request, RIGHT)
        return [act for act in acts_open(change, request.user.pk) if (may_decide if act == "decide" else may_ask)]

    def act_view(self, request: HttpRequest, change_id: uuid.UUID, act: str) -> HttpResponse:
        """Does one of the acts, and leads back."""
        change = self.get_queryset(request).filter(pk=change_id).first()
        if change is None or act not in _ACTS:
            raise Http404
        if not (may(request, RIGHT) if act == "decide" else super().has_change_permission(request)):
            raise PermissionDenied
        if request.method == "POST":
            try:
                messages.success(request, _ACTS[act](request, change, staff_actor(request)))
            except DomainError as refused:
                messages.error(request, str(refused))
        return HttpResponseRedirect(page_url(ChangeRequest, change.pk))

    def write(self, request: HttpRequest, obj: ChangeRequest, form: Any, *, change: bool) -> uuid.UUID:
        """Writes the draft."""
        return change_save(obj, actor=staff_actor(request)).pk

    @admin.display(description="State")
    def state_label(self, change: ChangeRequest) -> SafeString:
        """Where it stands."""
        return change_badge(change.state)

    @admin.display(description="Risk")
    def risk_label(self, change: ChangeRequest) -> str:
        """How bad it may be."""
        return ChangeRisk(change.risk).label.partition(":")[0] + (", emergency" if change.is_emergency else "")

    @admin.display(description="Asked by")
    def asker(self, change: ChangeRequest) -> SafeString | str:
        """Who asks."""
        return link(Person, change.asked_by_id, change.asked_by)

    @admin.display(description="Window (UTC)")
    def window(self, change: ChangeRequest) -> str:
        """From when until when."""
        return f"{change.starts_at:%Y-%m-%d %H:%M} to {change.ends_at:%Y-%m-%d %H:%M}"

    @admin.display(description="What and why")
    def what_lines(self, change: ChangeRequest) -> SafeString:
        """With its line breaks."""
        return linebreaksbr(change.what)

    @admin.display(description="Groups concerned")
    def concerns_lines(self, change: ChangeRequest) -> SafeString | str:
        """With its line breaks."""
        return linebreaksbr(change.concerns) or NOTHING

    @admin.display(description="Steps")
    def steps_lines(self, change: ChangeRequest) -> SafeString:
        """With its line breaks."""
        return linebreaksbr(change.steps)

    @admin.display(description="Taken back by")
    def back_lines(self, change: ChangeRequest) -> SafeString:
        """With its line breaks."""
        return linebreaksbr(change.taken_back_by)

    @admin.display(description="How it went")
    def outcome_label(self, change: ChangeRequest) -> str:
        """How it went, in a word."""
        return change.get_outcome_display() if change.outcome else NOTHING

    @admin.display(description="What is said of it")
    def told(self, change: ChangeRequest) -> SafeString | str:
        """How it went."""
        return linebreaksbr(change.outcome_text) or NOTHING

    @admin.display(description="Done (UTC)")
    def done(self, change: ChangeRequest) -> str:
        """When that was told."""
        return moment_text(change.done_at)

    @admin.display(description="Report")
    def rehearsal_block(self, change: ChangeRequest) -> SafeString:
        """What `rehearse_release` said."""
        return json_block(change.rehearsal)


def decisions_table(change: ChangeRequest) -> Table:
    """What was decided, by whom and why; one query."""
    lines = [
        (
            Cell(moment_text(made.created_at)),
            row_cell(made.person, made.person_id),
            Cell(made.get_verdict_display()),
            Cell(made.reason),
        )
        for made in change.decisions.select_related("person")
    ]
    return Table("Decisions", ("When (UTC)", "Who", "Decided", "Why, and what would change it"), lines, "Nobody has decided yet.")


def _asked(request: HttpRequest, change: ChangeRequest, actor: Actor) -> str:
    change_ask(change, actor=actor)
    return "Asked: it waits for others to decide, and is fixed from now on."


def _reopened(request: HttpRequest, change: ChangeRequest, actor: Actor) -> str:
    change_take_back(change, actor=actor)
    return "A draft again: what was decided so far no longer counts."


def _withdrawn(request: HttpRequest, change: ChangeRequest, actor: Actor) -> str:
    change_withdraw(change, actor=actor)
    return "Withdrawn."


def _decided(request: HttpRequest, change: ChangeRequest, actor: Actor) -> str:
    verdict = Verdict.APPROVED if request.POST.get("verdict") == Verdict.APPROVED else Verdict.REFUSED
    decided = change_decide(change, verdict, request.POST.get("reason", ""), actor=actor)
    return f"Your decision is kept; the request is {decided.get_state_display().lower()}."


def _closed(request: HttpRequest, change: ChangeRequest, actor: Actor) -> str:
    chosen = request.POST.get("outcome", "")
    if chosen not in ChangeOutcome.values:
        raise Http404
    change_close(change, ChangeOutcome(chosen), request.POST.get("outcome_text", ""), actor=actor)
    return "Kept: it stands in the review of its time."


_ACTS: dict[str, Callable[[HttpRequest, ChangeRequest, Actor], str]] = {
    "ask": _asked,
    "reopen": _reopened,
    "withdraw": _withdrawn,
    "decide": _decided,
    "close": _closed,
}
