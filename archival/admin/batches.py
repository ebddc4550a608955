"""Pages of archive batches: what is where, and whether it is sound."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from archival.admin.group_archive import RIGHT, archive_url, group_archive_page, group_report_page, may, restore_page
from archival.amounts import bytes_text
from archival.choices import BatchState, Verification
from archival.models import ArchiveBatch
from archival.services.runs import verify_start
from ontology.admin.parts import NOTHING, badge, link, moment_text, page_url
from ontology.admin.site import ReadOnlyAdmin, staff_actor
from ontology.admin.unfolded import AutocompleteFilter, ChoiceFilter
from ontology.models import Group, Person, Run

COLOURS = {
    BatchState.ARCHIVED: "green",
    BatchState.RESTORED: "blue",
    BatchState.EXPIRED: "grey",
    BatchState.REPLACED: "grey",
    BatchState.ERASED: "grey",
    BatchState.ABANDONED: "grey",
}
SOUND = {Verification.NEVER: "grey", Verification.SOUND: "green", Verification.MISSING: "red", Verification.DAMAGED: "red"}


@admin.register(ArchiveBatch)
class ArchiveBatchAdmin(ReadOnlyAdmin[ArchiveBatch]):
    """Batches, the latest first; from here one is restored and verified, and a group's archive has its page."""

    change_form_template = "admin/archival/batch.html"
    list_display = ("month_text", "group_link", "state_label", "events", "size", "verification_label", "closed")
    list_filter = (("group", AutocompleteFilter), ("state", ChoiceFilter), ("verification", ChoiceFilter))
    list_select_related = ("group",)
    ordering = ("-id",)
    search_fields = ("key",)
    search_exact = ("key",)
    search_help_text = "Id, or the key of an object"
    rows_named = ("batch", "batches")
    fieldsets = (
        (None, {"fields": ("month_text", "group_link", "state_label", "events", "span", "run_link", "person_link")}),
        ("Object", {"fields": ("key", "storage", "size", "sha256", "digest", "compression", "encryption", "verification_label", "verified")}),
        ("What becomes of it", {"fields": ("closed", "restored_until_text", "delete_after_text", "replaces_link", "error")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ArchiveBatch]:
        """All batches in scope with what their pages name."""
        return super().get_queryset(request).select_related("group", "run", "person", "replaces")

    def get_urls(self) -> list[URLPattern]:
        """The pages of a group's archive, and the acts on a batch, before Django's own."""
        own = [
            path("group/<uuid:group_id>/", self.admin_site.admin_view(self.group_view), name="archival_group"),
            path("group/<uuid:group_id>/restore/", self.admin_site.admin_view(self.group_restore_view), name="archival_group_restore"),
            path("group/<uuid:group_id>/report/", self.admin_site.admin_view(self.report_view), name="archival_group_report"),
            path("<uuid:batch_id>/restore/", self.admin_site.admin_view(self.restore_view), name="archival_archivebatch_restore"),
            path("<uuid:batch_id>/verify/", self.admin_site.admin_view(self.verify_view), name="archival_archivebatch_verify"),
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The batch, with what may be done with it."""
        batch = self.get_object(request, object_id)
        may_act = may(request, RIGHT)
        acts = {
            "restore_url": reverse("admin:archival_archivebatch_restore", args=[batch.pk])
            if batch and may_act and batch.state == BatchState.ARCHIVED
            else "",
            "verify_url": reverse("admin:archival_archivebatch_verify", args=[batch.pk])
            if batch and may_act and batch.state in {BatchState.ARCHIVED, BatchState.RESTORED}
            else "",
            "archive_url": archive_url(batch.group_id) if batch else "",
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **acts})

    def group_view(self, request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
        """The archive of a group."""
        return group_archive_page(request, group_id, self.context(request))

    def group_restore_view(self, request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
        """The restore of some days of a group: told first, then confirmed."""
        return restore_page(request, group_id, None, self.context(request))

    def report_view(self, request: HttpRequest, group_id: uuid.UUID) -> HttpResponse:
        """The compliance report of a group."""
        return group_report_page(request, group_id, self.context(request))

    def restore_view(self, request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
        """The restore of one batch."""
        return restore_page(request, None, batch_id, self.context(request))

    def verify_view(self, request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
        """Begins a run that verifies the batch's group, and leads to it."""
        batch = self.get_queryset(request).filter(pk=batch_id).first()
        if request.method != "POST" or batch is None or not may(request, RIGHT):
            return HttpResponseRedirect(reverse("admin:archival_archivebatch_changelist"))
        run, is_new = verify_start(actor=staff_actor(request), group=batch.group)
        messages.success(request, "The archive of the group is being verified." if is_new else "It is being verified already.")
        return HttpResponseRedirect(page_url(Run, run.pk))

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page of the admin knows."""
        return {**self.admin_site.each_context(request), "opts": self.opts}

    @admin.display(description="Month")
    def month_text(self, batch: ArchiveBatch) -> str:
        """The month of the events."""
        return f"{batch.month:%Y-%m}"

    @admin.display(description="Group")
    def group_link(self, batch: ArchiveBatch) -> SafeString | str:
        """The group's page."""
        return link(Group, batch.group_id, batch.group)

    @admin.display(description="State")
    def state_label(self, batch: ArchiveBatch) -> SafeString:
        """Where the batch stands."""
        return badge(COLOURS.get(BatchState(batch.state), "orange"), batch.get_state_display())

    @admin.display(description="Events")
    def events(self, batch: ArchiveBatch) -> SafeString:
        """How many events."""
        return format_html('<span class="sextant-number">{}</span>', f"{batch.rows:,}")

    @admin.display(description="Size")
    def size(self, batch: ArchiveBatch) -> SafeString:
        """The bytes of the object."""
        return format_html('<span class="sextant-number">{}</span>', bytes_text(batch.bytes))

    @admin.display(description="Object")
    def verification_label(self, batch: ArchiveBatch) -> SafeString:
        """What the last look at the object found."""
        return badge(SOUND[Verification(batch.verification)], batch.get_verification_display())

    @admin.display(description="Archived (UTC)")
    def closed(self, batch: ArchiveBatch) -> str:
        """When its events left the database."""
        return moment_text(batch.closed_at)

    @admin.display(description="First and last event (UTC)")
    def span(self, batch: ArchiveBatch) -> str:
        """The moments of its first and last event."""
        return f"{moment_text(batch.min_timestamp)} to {moment_text(batch.max_timestamp)}" if batch.min_timestamp else NOTHING

    @admin.display(description="Last read back (UTC)")
    def verified(self, batch: ArchiveBatch) -> str:
        """When its object was last read back."""
        return moment_text(batch.verified_at)

    @admin.display(description="Restored until (UTC)")
    def restored_until_text(self, batch: ArchiveBatch) -> str:
        """Until when its events are in the database."""
        return moment_text(batch.restored_until)

    @admin.display(description="Deleted after (UTC)")
    def delete_after_text(self, batch: ArchiveBatch) -> str:
        """When retention deletes it."""
        return moment_text(batch.delete_after)

    @admin.display(description="Rewrites")
    def replaces_link(self, batch: ArchiveBatch) -> SafeString | str:
        """The batch that an erasure replaced by this one."""
        return link(ArchiveBatch, batch.replaces_id, batch.replaces)

    @admin.display(description="Run")
    def run_link(self, batch: ArchiveBatch) -> SafeString | str:
        """The run that moved it."""
        return link(Run, batch.run_id, batch.run)

    @admin.display(description="Started by")
    def person_link(self, batch: ArchiveBatch) -> SafeString | str:
        """The person who started that run."""
        return link(Person, batch.person_id, batch.person)
