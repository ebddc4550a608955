"""Pages of reviews: numbers that were taken, what people say of them, and who signed."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from archival.admin.group_archive import may
from monitoring.admin.changes import RIGHT
from monitoring.models import Review
from monitoring.services.reviewing import SAID, review_sign, review_text, review_write
from ontology.admin.parts import NOTHING, badge, link, moment_text, page_url
from ontology.admin.site import page_context, staff_actor
from ontology.admin.unfolded import ChoiceFilter
from ontology.admin.writing import ServiceAdmin, ServiceForm
from ontology.errors import DomainError
from ontology.models import Person


class ReviewForm(ServiceForm):
    """What people say."""

    class Meta:
        model = Review
        fields = SAID
        help_texts = {"incidents": "Each: from, to, whom it hurt, the cause, what keeps it from coming again, by whom, until when."}


@admin.register(Review)
class ReviewAdmin(ServiceAdmin[Review]):
    """Reviews, the latest first. The clock takes the numbers of each week and month; `manage.py review_report --keep` those of any other time."""

    form = ReviewForm
    change_form_template = "admin/monitoring/review.html"
    list_display = ("name", "availability", "failed", "alerts", "changes", "state_label")
    list_filter = (("kind", ChoiceFilter),)
    list_select_related = ("written_by", "signed_by")
    ordering = ("-begins_on", "-id")
    readonly_fields = ("numbers", "writer", "signer")
    fieldsets = (
        ("Numbers", {"fields": ("numbers",)}),
        ("What people say", {"fields": SAID}),
        ("Who", {"fields": ("writer", "signer")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never by hand: the numbers come first."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Review | None = None) -> bool:
        """A signed one is fixed."""
        return (obj is None or obj.signed_at is None) and super().has_change_permission(request)

    def get_urls(self) -> list[URLPattern]:
        """The signature, before Django's own."""
        return [path("<uuid:review_id>/sign/", self.admin_site.admin_view(self.sign_view), name="monitoring_review_sign"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The review, and whether it may be signed."""
        review = self.get_object(request, object_id)
        is_open = review is not None and review.signed_at is None and review.written_by_id not in {None, request.user.pk}
        sign_url = reverse("admin:monitoring_review_sign", args=[review.pk]) if review is not None and is_open and may(request, RIGHT) else ""
        return super().change_view(request, object_id, form_url, page_context(extra_context, sign_url=sign_url))

    def sign_view(self, request: HttpRequest, review_id: uuid.UUID) -> HttpResponse:
        """Signs it."""
        review = self.get_queryset(request).filter(pk=review_id).first()
        if review is None:
            raise Http404
        if not may(request, RIGHT):
            raise PermissionDenied
        if request.method == "POST":
            try:
                review_sign(review, actor=staff_actor(request))
                messages.success(request, "Signed, and fixed from now on.")
            except DomainError as refused:
                messages.error(request, str(refused))
        return HttpResponseRedirect(page_url(Review, review.pk))

    def write(self, request: HttpRequest, obj: Review, form: Any, *, change: bool) -> uuid.UUID:
        """Writes what is said."""
        return review_write(obj, actor=staff_actor(request)).pk

    @admin.display(description="Of")
    def name(self, review: Review) -> str:
        """Which time."""
        return str(review)

    @admin.display(description="Availability")
    def availability(self, review: Review) -> str:
        """The share of requests that did not fail."""
        percent = review.body["requests"]["availability_percent"]
        return "not known" if percent is None else f"{percent:.3f} %"

    @admin.display(description="Failed requests")
    def failed(self, review: Review) -> str:
        """How many."""
        return f"{review.body['requests']['failed']:,}"

    @admin.display(description="Alerts")
    def alerts(self, review: Review) -> str:
        """How many, and how many bad ones."""
        told = review.body["alerts"]
        return f"{told['opened']:,}, {told['critical']:,} critical"

    @admin.display(description="Changes")
    def changes(self, review: Review) -> str:
        """How many, and how many went wrong."""
        told = review.body["changes"]
        return f"{told['done']:,}, {told['wrong'] + told['taken_back']:,} not well"

    @admin.display(description="State")
    def state_label(self, review: Review) -> SafeString:
        """Whether it is written and signed."""
        if review.signed_at is not None:
            return badge("green", "Signed")
        return badge("orange", "Written") if review.written_by_id else badge("grey", "Numbers alone")

    @admin.display(description="Numbers")
    def numbers(self, review: Review) -> SafeString:
        """The page, filled in."""
        return format_html('<pre class="sextant-code" tabindex="0">{}</pre>', review_text(review.body).partition("\nIncidents")[0])

    @admin.display(description="Written by")
    def writer(self, review: Review) -> SafeString | str:
        """Who wrote it last."""
        return link(Person, review.written_by_id, review.written_by)

    @admin.display(description="Signed by")
    def signer(self, review: Review) -> SafeString | str:
        """Who signed, and when."""
        if review.signed_at is None:
            return NOTHING
        return format_html("{}, {} UTC", link(Person, review.signed_by_id, review.signed_by), moment_text(review.signed_at))
