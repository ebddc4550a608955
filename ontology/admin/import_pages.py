"""Loading a file from the admin: handed over, looked at, tried or begun."""

from collections.abc import Iterator
from typing import Any

import orjson
from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from ontology.admin.parts import Cell, Table, json_line, page_url
from ontology.admin.site import staff_actor
from ontology.admin.unfolded import FileInput, Select, Textarea
from ontology.choices import BulkMode, OnConflict, ThingStatus
from ontology.errors import DomainError, FieldRefused, RunStateRefused
from ontology.models import Group, Run
from ontology.services.access import demand_active
from ontology.services.import_corrections import import_correct
from ontology.services.import_uploads import ImportWish, import_begin, import_preview
from ontology.services.survey import KINDS
from ontology.services.uploads import Upload, upload_forget, upload_keep

KEPT = "sextant_upload"
"""Where a session keeps the file that is being looked at."""


class ImportForm(forms.Form):
    """A file and how to load it. Once the file is there, `look` shows its beginning anew with other wishes."""

    group = forms.ModelChoiceField(Group.objects.order_by("name"))
    file = forms.FileField(required=False, widget=FileInput(), help_text="NDJSON (a record a line) or CSV, plain or packed (.gz, .zst).")
    kind = forms.ChoiceField(
        choices=[("", "as each record says"), *((kind, kind) for kind in KINDS)],
        required=False,
        widget=Select(),
        label="Kind of records that name none",
    )
    mode = forms.ChoiceField(choices=BulkMode.choices, initial=BulkMode.PARTIAL, widget=Select(), label="Good records beside bad ones")
    on_conflict = forms.ChoiceField(choices=OnConflict.choices, initial=OnConflict.ERROR, widget=Select(), label="What is there already")
    default_status = forms.ChoiceField(
        choices=ThingStatus.choices, initial=ThingStatus.ACTIVE, widget=Select(), label="Status of things that name none"
    )
    mapping = forms.CharField(
        required=False,
        widget=Textarea(attrs={"rows": 3, "data-json": ""}),
        label="Columns of a CSV file",
        help_text='A JSON object that names the field of each column, such as {"E-Mail": "properties.email", "Note": ""}; blank passes over.',
    )

    def clean_mapping(self) -> dict[str, str]:
        """The mapping as a dictionary."""
        text = self.cleaned_data["mapping"].strip()
        if not text:
            return {}
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError as broken:
            raise forms.ValidationError(f"This is no JSON: {broken}.") from None
        if not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values()):
            raise forms.ValidationError("It must be an object whose values are texts.")
        return value

    def wish(self, *, dry_run: bool) -> ImportWish:
        """How the file is to be loaded."""
        given = self.cleaned_data
        return ImportWish(
            BulkMode(given["mode"]),
            OnConflict(given["on_conflict"]),
            given["default_status"],
            given["kind"] or None,
            given["mapping"],
            dry_run,
        )


def import_page(request: HttpRequest, context: dict[str, Any], group_field: forms.Field | None) -> HttpResponse:
    """The form; with a file, its first records besides, and buttons to try and to load it."""
    form = ImportForm(request.POST or None, request.FILES or None, initial={"group": request.GET.get("group")})
    if group_field is not None:
        group_field.required = True
        form.fields["group"] = group_field
    upload = _kept(request)
    preview: Table | None = None
    if request.method == "POST":
        try:
            upload = _received(request) or upload
            if upload is None:
                form.add_error("file", "Choose a file.")
            elif form.is_valid():
                if request.POST.get("act") in {"try", "load"}:
                    return _begun(request, form, upload)
                preview = _preview(upload, form)
        except FieldRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        except DomainError as refused:
            form.add_error(None, str(refused))
    whole = {**context, "title": "Load a file", "form": form, "upload": upload, "preview": preview}
    return render(request, "admin/runs/load.html", {**whole, "list_url": reverse("admin:ontology_run_changelist")})


def correction_page(request: HttpRequest, run: Run) -> Run:
    """Takes the corrected rejects of the form into RUN. Raises RunStateRefused without a file."""
    file = request.FILES.get("file")
    if file is None:
        raise RunStateRefused("Choose the file of corrected records.")
    upload = upload_keep(_parts(file), file.name or "")
    try:
        return import_correct(run, upload, actor=staff_actor(request))
    except DomainError:
        upload_forget(upload.key)
        raise


def _received(request: HttpRequest) -> Upload | None:
    """The file of the form, kept for the pages to come; the one before it is forgotten."""
    file = request.FILES.get("file")
    if file is None:
        return None
    before = _kept(request)
    upload = upload_keep(_parts(file), file.name or "")
    if before is not None:
        upload_forget(before.key)
    request.session[KEPT] = [upload.key, upload.name, upload.sha256, upload.size_bytes]
    return upload


def _kept(request: HttpRequest) -> Upload | None:
    kept = request.session.get(KEPT)
    return Upload(*kept) if kept else None


def _parts(file: "UploadedFile[Any]") -> Iterator[bytes]:
    yield from file.chunks()


def _begun(request: HttpRequest, form: ImportForm, upload: Upload) -> HttpResponse:
    group = form.cleaned_data["group"]
    demand_active(group)
    request.session.pop(KEPT, None)
    run = import_begin(group, upload, form.wish(dry_run=request.POST["act"] == "try"), actor=staff_actor(request))
    messages.success(request, f"{upload.name} waits for a worker; this page shows how far it is.")
    return HttpResponseRedirect(page_url(Run, run.pk))


def _preview(upload: Upload, form: ImportForm) -> Table:
    given = form.cleaned_data
    found = import_preview(upload.key, given["kind"] or None, given["mapping"])
    return Table(
        title="Its first records",
        columns=("Line", "Kind", "What stands there"),
        rows=[
            (
                Cell(f"{record.line:,}", kind="number"),
                Cell(str((record.value or {}).get("kind", "none")) if record.fault is None else "unreadable"),
                Cell(json_line(record.value, letters=400) if record.fault is None else record.fault[2], kind="json"),
            )
            for record in found.records
        ],
        empty="The file holds no record.",
        note=f"Columns: {', '.join(found.columns)}." if found.columns else "",
    )
