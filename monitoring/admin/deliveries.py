"""Pages of deliveries: each message to each channel, with its attempts and last answer; from here one is sent again."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from archival.admin.group_archive import may
from monitoring.admin.alerts import RIGHT
from monitoring.admin.badges import delivery_badge, severity_badge
from monitoring.admin.tables import answer_text, attempts_table
from monitoring.choices import UNSENT_STATES
from monitoring.models import Alert, Channel, Delivery
from monitoring.services.sending import delivery_redeliver
from ontology.admin.parts import NOTHING, json_block, link, moment_text
from ontology.admin.site import ReadOnlyAdmin, page_context, staff_actor
from ontology.admin.unfolded import AutocompleteFilter, ChoiceFilter
from ontology.models import Person


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin[Delivery]):
    """Messages, the latest first."""

    change_form_template = "admin/monitoring/delivery.html"
    list_display = ("change_label", "alert_link", "receiver", "severity_label", "state_label", "tries_text", "last_answer", "written")
    list_filter = (("state", ChoiceFilter), ("change", ChoiceFilter), ("channel", AutocompleteFilter))
    list_select_related = ("alert", "channel", "person")
    ordering = ("-id",)
    search_fields = ("answer",)
    search_help_text = "Id"
    fieldsets = (
        (None, {"fields": ("change_label", "alert_link", "receiver", "severity_label", "state_label", "tries_text", "due", "sent", "last_answer")}),
        ("What is told", {"fields": ("id", "message_block")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """All deliveries in scope with what their pages name."""
        return super().get_queryset(request).select_related("alert", "channel", "person")

    def get_urls(self) -> list[URLPattern]:
        """The act, before Django's own."""
        view = self.admin_site.admin_view(self.redeliver_view)
        return [path("<uuid:delivery_id>/redeliver/", view, name="monitoring_delivery_redeliver"), *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The message with its attempts."""
        delivery = self.get_object(request, object_id)
        if delivery is None:
            return super().change_view(request, object_id, form_url, extra_context)
        url = reverse("admin:monitoring_delivery_redeliver", args=[delivery.pk]) if may(request, RIGHT) else ""
        more = {"redeliver_url": url, "attempts": attempts_table(delivery.tries.order_by("-id")[:100])}
        return super().change_view(request, object_id, form_url, page_context(extra_context, **more))

    def redeliver_view(self, request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
        """Sends it again, and leads back."""
        delivery = self.get_queryset(request).filter(pk=delivery_id).first()
        if delivery is None:
            raise Http404
        if not may(request, RIGHT):
            raise PermissionDenied
        if request.method == "POST":
            delivery_redeliver(delivery, actor=staff_actor(request))
            messages.success(request, "It is sent again within seconds, under its old id; reload this page to see what came of it.")
        return HttpResponseRedirect(reverse("admin:monitoring_delivery_change", args=[delivery.pk]))

    @admin.display(description="Message")
    def change_label(self, delivery: Delivery) -> str:
        """What it tells."""
        return delivery.get_change_display()

    @admin.display(description="Alert")
    def alert_link(self, delivery: Delivery) -> SafeString | str:
        """The episode it belongs to."""
        return link(Alert, delivery.alert_id, delivery.alert)

    @admin.display(description="To")
    def receiver(self, delivery: Delivery) -> SafeString | str:
        """The channel or person."""
        return link(Channel, delivery.channel_id, delivery.channel) if delivery.channel_id else link(Person, delivery.person_id, delivery.person)

    @admin.display(description="Severity")
    def severity_label(self, delivery: Delivery) -> SafeString:
        """How bad it was."""
        return severity_badge(delivery.severity)

    @admin.display(description="State")
    def state_label(self, delivery: Delivery) -> SafeString:
        """Where it stands."""
        return delivery_badge(delivery.state)

    @admin.display(description="Attempts")
    def tries_text(self, delivery: Delivery) -> str:
        """Since it was written, or sent again."""
        return f"{delivery.attempts:,}"

    @admin.display(description="Last answer")
    def last_answer(self, delivery: Delivery) -> str:
        """What the receiver said last."""
        return answer_text(delivery.answer_status, delivery.answer) or NOTHING

    @admin.display(description="Next attempt (UTC)")
    def due(self, delivery: Delivery) -> str:
        """When it is tried next."""
        return moment_text(delivery.due_at) if delivery.state in UNSENT_STATES else NOTHING

    @admin.display(description="Sent (UTC)")
    def sent(self, delivery: Delivery) -> str:
        """When it was taken."""
        return moment_text(delivery.sent_at)

    @admin.display(description="Written (UTC)")
    def written(self, delivery: Delivery) -> str:
        """When what it tells happened."""
        return moment_text(delivery.created_at)

    @admin.display(description="Message")
    def message_block(self, delivery: Delivery) -> SafeString:
        """As it is told, whatever became of the alert."""
        return json_block({key: value for key, value in delivery.message.items() if key != "html"})
