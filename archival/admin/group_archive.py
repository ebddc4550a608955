"""The archive of one group: its tiers, rules, holds and ledger, and what may be done with it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from archival.amounts import bytes_text, days_text
from archival.choices import BatchState
from archival.models import ArchiveBatch, ArchivePolicy, LegalHold
from archival.services.holds import hold_lift, hold_place
from archival.services.policies import POLICY_FIELDS, Rules, policy_set, rules_of
from archival.services.report import report
from archival.services.restoring import STAY_DAYS, STAY_DAYS_MAX, batches_to_restore, restore_preview
from archival.services.runs import archive_start, restore_start, verify_start
from archival.services.simulation import Effect, Simulation, simulate
from archival.services.status import Tiers, TierSize, tiers
from archival.services.verifying import LedgerLine, ledger
from ontology.admin.confirming import confirming, demand_confirmation
from ontology.admin.listing import as_uuid
from ontology.admin.parts import Cell, Table, list_url, moment_text, page_url
from ontology.admin.site import links_shown, staff_actor
from ontology.errors import DomainError
from ontology.models import Group, Person, Run
from ontology.services.access import NOBODY, rows_in_scope

RIGHT = "archival.run_archival"
VIEW_RIGHT = "archival.view_archivebatch"
MONTHS_SHOWN = 24


@dataclass(frozen=True, slots=True)
class Part:
    """One tier in the bar: its name, its share in percent, and its numbers."""

    name: str
    about: str
    percent: float
    rows: str
    size: str


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    """The rules of a group."""

    class Meta:
        model = ArchivePolicy
        fields = POLICY_FIELDS


class RestoreForm(forms.Form):
    """Which days to bring back, and for how long."""

    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date", "class": "sextant-input"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date", "class": "sextant-input"}))
    days = forms.IntegerField(
        label="Days they stay", min_value=1, max_value=STAY_DAYS_MAX, initial=STAY_DAYS, widget=forms.NumberInput(attrs={"class": "sextant-input"})
    )


def archive_url(group_id: uuid.UUID) -> str:
    """The address of a group's archive."""
    return reverse("admin:archival_group", args=[group_id])


def tier_parts(sizes: Tiers) -> list[Part]:
    """The parts of a group's bar: hot, warm, cold."""
    whole = max(1, sizes.total)

    def part(name: str, about: str, size: TierSize) -> Part:
        return Part(name, about, round(100 * size.rows / whole, 2), f"{size.rows:,}", bytes_text(size.bytes))

    return [
        part("Hot", "younger than 90 days", sizes.hot),
        part("Warm", "older, in the database", sizes.warm),
        part("Cold", "in the archive", sizes.cold),
    ]


def group_archive_page(request: HttpRequest, group_id: uuid.UUID, context: dict[str, Any]) -> HttpResponse:
    """The page, or what one of its buttons does."""
    return confirming(request, lambda: _page(request, group_id, context))


def _page(request: HttpRequest, group_id: uuid.UUID, context: dict[str, Any]) -> HttpResponse:
    links_shown(request)
    group = _group(request, group_id)
    policy = ArchivePolicy.objects.filter(group=group).first() or ArchivePolicy(group=group)
    form = PolicyForm(request.POST if request.POST.get("act") in {"simulate", "save"} else None, instance=policy)
    simulation = None
    if request.method == "POST":
        _demand(request, RIGHT)
        try:
            done = _acted(request, group, form)
        except DomainError as refused:
            messages.error(request, str(refused))
            done = HttpResponseRedirect(archive_url(group.pk))
        if isinstance(done, HttpResponse):
            return done
        simulation = done
    return render(request, "admin/archival/group_archive.html", {**context, **_told(group, policy, form, simulation), "may_act": may(request, RIGHT)})


def _acted(request: HttpRequest, group: Group, form: PolicyForm) -> HttpResponse | Simulation | None:
    """What the pressed button does. Raises DomainError."""
    act, actor = request.POST.get("act"), staff_actor(request)
    if act == "archive":
        run, is_new = archive_start(actor=actor, group=group)
        messages.success(request, "Old events are being archived." if is_new else "Old events are being archived already.")
        return HttpResponseRedirect(page_url(Run, run.pk))
    if act == "verify":
        run, is_new = verify_start(actor=actor, group=group)
        messages.success(request, "The archive is being verified." if is_new else "The archive is being verified already.")
        return HttpResponseRedirect(page_url(Run, run.pk))
    if act == "hold":
        reason = request.POST.get("reason", "").strip()
        if not reason:
            messages.error(request, "Say why everything is to be kept; the hold is not placed.")
        else:
            hold_place(group, reason[:500], actor=actor)
            messages.success(request, "The hold stands: nothing of this group's archive is deleted or rewritten.")
    elif act == "lift":
        demand_confirmation(request, "Lifting a legal hold")
        for hold in LegalHold.objects.filter(group=group, pk=as_uuid(request.POST.get("hold", "")) or NOBODY):
            hold_lift(hold, actor=actor)
            messages.success(request, "The hold is lifted.")
    elif act in {"simulate", "save"}:
        if not form.is_valid():
            return None
        if act == "simulate":
            return simulate(group, form.instance)
        demand_confirmation(request, "Changing what is kept, and for how long")
        policy_set(group, {name: form.cleaned_data[name] for name in POLICY_FIELDS}, actor=actor)
        messages.success(request, "The rules are saved.")
    return HttpResponseRedirect(archive_url(group.pk))


def _told(group: Group, policy: ArchivePolicy, form: PolicyForm, simulation: Simulation | None) -> dict[str, Any]:
    sizes, rules = tiers(group), rules_of(group)
    return {
        "title": f"Archive of {group.name}",
        "group": group,
        "group_url": page_url(Group, group.pk),
        "tiers_panel": {"title": "Hot, warm and cold events", "parts": tier_parts(sizes)},
        "tiers_note": _note(sizes),
        "rules": _rules(rules),
        "form": form,
        "effects": _effects(simulation) if simulation else None,
        "holds": [
            {"pk": it.pk, "reason": it.reason, "placed": moment_text(it.created_at), "by": str(it.placed_by or "")}
            for it in LegalHold.objects.filter(group=group, lifted_at=None).select_related("placed_by")
        ],
        "ledger": _ledger_table(ledger(group)),
        "batches_url": list_url(ArchiveBatch, group__id__exact=group.pk),
        "restore_url": reverse("admin:archival_group_restore", args=[group.pk]),
        "report_url": reverse("admin:archival_group_report", args=[group.pk]),
        "restore_form": RestoreForm(),
    }


def _note(sizes: Tiers) -> str:
    told = "Bytes of hot and warm events are estimated from the size of the whole table."
    return f"{told} {sizes.restored:,} of the warm ones are restored for a while." if sizes.restored else told


def _rules(rules: Rules) -> list[str]:
    by = {"policy": "by the group's own policy", "plan": "by its plan", "platform": "by the platform's rule"}
    return [
        f"Events stay in the database {days_text(rules.hot_days)} ({by[rules.hot_by]}).",
        f"Archived events are kept {days_text(rules.retention_days)} ({by[rules.retention_by]}).",
        "Objects are encrypted with the group's key." if rules.encryption == "group_key" else "Objects are plain Parquet, which any engine reads.",
    ]


def _effects(simulation: Simulation) -> Table:
    def row(name: str, effect: Effect) -> Sequence[Cell]:
        return (
            Cell(name),
            Cell(f"{effect.moved_rows:,}", kind="number"),
            Cell(bytes_text(effect.moved_bytes), kind="number"),
            Cell(f"{effect.deleted_rows:,}", kind="number"),
            Cell(bytes_text(effect.deleted_bytes), kind="number"),
        )

    return Table(
        title="What would happen by tomorrow",
        columns=("Rules", "Events moved", "Bytes moved", "Events deleted", "Bytes deleted"),
        rows=[row("In force", simulation.now), row("Proposed", simulation.then)],
        empty="",
        note="Deletions are announced first, and carried out 30 days later.",
    )


def _ledger_table(lines: Sequence[LedgerLine]) -> Table:
    latest = sorted(lines, key=lambda line: line.month, reverse=True)
    numbers = ("accepted", "hot", "cold", "expired", "erased", "gap")
    return Table(
        title="Ledger by month",
        columns=("Month", "Accepted", "In the database", "Cold", "Expired", "Erased", "Missing"),
        rows=[
            (Cell(f"{line.month:%Y-%m}"), *(Cell(f"{getattr(line, name):,}", kind="number") for name in numbers)) for line in latest[:MONTHS_SHOWN]
        ],
        empty="This group has had no events yet.",
        note=f"The latest {MONTHS_SHOWN} of {len(latest)} months." if len(latest) > MONTHS_SHOWN else "",
    )


def group_report_page(request: HttpRequest, group_id: uuid.UUID, context: dict[str, Any]) -> HttpResponse:
    """The compliance report, to read and print, or as JSON (`?format=json`)."""
    group = _group(request, group_id)
    told = report(group)
    if request.GET.get("format") == "json":
        body = orjson.dumps(told, option=orjson.OPT_INDENT_2, default=str)
        return HttpResponse(
            body, content_type="application/json", headers={"Content-Disposition": f'attachment; filename="archive-{group.slug}.json"'}
        )
    kept = [(name, f"{told['kept'][name]['events']:,}", bytes_text(told["kept"][name]["bytes"])) for name in ("hot", "warm", "cold")]
    places = [{**row, "size": bytes_text(row["bytes"])} for row in told["places"]]
    whole = {
        **context,
        "title": f"Compliance report of {group.name}",
        "report": told,
        "kept": kept,
        "places": places,
        "rules": _rules(rules_of(group)),
    }
    return render(request, "admin/archival/report.html", {**whole, "archive_url": archive_url(group.pk)})


def restore_page(request: HttpRequest, group_id: uuid.UUID | None, batch_id: uuid.UUID | None, context: dict[str, Any]) -> HttpResponse:
    """What a restore brings back, with a button that begins it."""
    _demand(request, RIGHT)
    form = RestoreForm(request.POST if request.method == "POST" else {**request.GET.dict(), "days": request.GET.get("days", STAY_DAYS)})
    if not form.is_valid():
        messages.error(request, "The days cannot be read: " + " ".join(str(error) for errors in form.errors.values() for error in errors))
        return HttpResponseRedirect(archive_url(group_id) if group_id else reverse("admin:archival_archivebatch_changelist"))
    try:
        batches = _chosen(request, group_id, batch_id, form.cleaned_data["since"], form.cleaned_data["until"])
        if request.method == "POST":
            run, is_new = restore_start(batches, actor=staff_actor(request), days=form.cleaned_data["days"])
            messages.success(request, "The events are coming back." if is_new else "A restore of this group is running already; this is it.")
            return HttpResponseRedirect(page_url(Run, run.pk))
    except DomainError as nothing:
        messages.error(request, str(nothing))
        return HttpResponseRedirect(archive_url(group_id) if group_id else reverse("admin:archival_archivebatch_changelist"))
    preview, group = restore_preview(batches), batches[0].group
    told = {"rows": f"{preview.rows:,}", "batches": f"{preview.batches:,}", "size": bytes_text(preview.bytes), "days": form.cleaned_data["days"]}
    return render(
        request,
        "admin/archival/restore.html",
        {**context, "title": "Restore archived events", "group": group, "told": told, "form": form, "back_url": archive_url(group.pk)},
    )


def _chosen(
    request: HttpRequest, group_id: uuid.UUID | None, batch_id: uuid.UUID | None, since: date | None, until: date | None
) -> list[ArchiveBatch]:
    if batch_id is not None:
        found = list(rows_in_scope(ArchiveBatch.objects.filter(pk=batch_id, state=BatchState.ARCHIVED)).select_related("group"))
        if not found:
            raise Http404
        return found
    assert group_id is not None
    return batches_to_restore(_group(request, group_id), since, until)


def _group(request: HttpRequest, group_id: uuid.UUID) -> Group:
    """The group, within what the person may see. Raises Http404."""
    _demand(request, VIEW_RIGHT)
    found = rows_in_scope(Group.objects.filter(pk=group_id)).first()
    if found is None:
        raise Http404
    return found


def may(request: HttpRequest, right: str) -> bool:
    """Whether the signed-in person has RIGHT."""
    return isinstance(request.user, Person) and request.user.has_perm(right)


def _demand(request: HttpRequest, right: str) -> None:
    if not may(request, right):
        raise PermissionDenied
