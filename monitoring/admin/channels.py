"""Pages of channels: where alerts are told; each is tried with a real message, and no secret is ever shown again."""

import uuid
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from monitoring.admin.badges import delivery_badge, severity_badge
from monitoring.admin.tables import answer_text, deliveries_table
from monitoring.choices import Category, ChannelKind, Covers, DeliveryState
from monitoring.models import Channel, Delivery, PersonHours
from monitoring.models.channel import zone_names
from monitoring.services.channels import RECORDED, channel_save, secret_rotate
from monitoring.services.sending import channel_test
from ontology.admin.confirming import confirming, demand_confirmation
from ontology.admin.parts import badge, link, list_url, page_url
from ontology.admin.recorded import RecordedAdmin
from ontology.admin.site import page_context, staff_actor
from ontology.admin.unfolded import CheckboxChoice, ChoiceFilter, ModelForm, Select, TextInput
from ontology.admin.writing import ServiceAdmin, ServiceForm
from ontology.errors import FieldRefused
from ontology.models import Group


class ChannelForm(ServiceForm):
    """A channel; its secret goes in and never comes out."""

    categories = forms.MultipleChoiceField(choices=Category.choices, widget=CheckboxChoice(), required=False, help_text="None chosen: all of them.")
    time_zone = forms.ChoiceField(choices=zone_names, widget=Select(), initial="UTC")
    secret_text = forms.CharField(
        required=False,
        label="Secret",
        widget=TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Slack: the whole address of its webhook. PagerDuty: the routing key. Signed webhook: blank, one is made and shown once. "
        "Blank on a channel that has one: it stays.",
    )

    class Meta:
        model = Channel
        fields = (*RECORDED, "group")
        labels = {
            "min_severity": "From which severity on",
            "covers": "Whose alerts",
            "reports": "Weekly report too",
            "quiet_from": "Quiet from",
            "quiet_until": "Quiet until",
            "quiet_passes": "Passes quiet hours",
        }
        help_texts = {
            "address": "E-mail: addresses, separated by commas. Signed webhook: an address that begins with https://. PagerDuty: blank, or that of its "
            "European service. Slack and log: blank.",
            "group": "Only for the alerts of one group and all below it.",
            "quiet_from": "By a clock of the time zone; what is told meanwhile waits until the end.",
            "quiet_passes": "This and what is worse is told at any hour.",
            "enabled": "Switched off, its messages wait and nothing is lost.",
        }


@admin.register(Channel)
class ChannelAdmin(ServiceAdmin[Channel]):
    """Channels by name."""

    form = ChannelForm
    change_form_template = "admin/monitoring/channel.html"
    list_display = ("name", "kind_label", "state_label", "told", "severity_label", "quiet", "last_result")
    list_filter = (("kind", ChoiceFilter),)
    list_select_related = ("group",)
    ordering = ("name",)
    search_fields = ("name",)
    search_part = ("name",)
    search_help_text = "Part of a name"
    autocomplete_fields = ("group",)
    fieldsets = (
        (None, {"fields": ("name", "kind", "enabled", "address", "secret_text")}),
        ("What it tells", {"fields": ("min_severity", "covers", "group", "categories", "reports")}),
        ("Quiet hours", {"fields": ("quiet_from", "quiet_until", "time_zone", "quiet_passes")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Channel]:
        """All channels in scope, with the state of their last message."""
        latest = Delivery.objects.filter(channel=OuterRef("pk")).order_by("-id").values("state")[:1]
        return super().get_queryset(request).select_related("group").annotate(last_state=Subquery(latest))

    def get_urls(self) -> list[URLPattern]:
        """The acts, before Django's own."""
        own = [
            path("<uuid:channel_id>/test/", self.admin_site.admin_view(self.test_view), name="monitoring_channel_test"),
            path("<uuid:channel_id>/rotate/", self.admin_site.admin_view(self.rotate_view), name="monitoring_channel_rotate"),
        ]
        return [*own, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The form, what may be done, and the latest messages."""
        channel = self.get_object(request, object_id)
        if channel is None:
            return super().change_view(request, object_id, form_url, extra_context)
        may_change = self.has_change_permission(request, channel)
        more = {
            "test_url": reverse("admin:monitoring_channel_test", args=[channel.pk]) if may_change else "",
            "rotate_url": reverse("admin:monitoring_channel_rotate", args=[channel.pk]) if may_change and channel.kind == ChannelKind.WEBHOOK else "",
            "deliveries": deliveries_table(
                Delivery.objects.filter(channel=channel),
                empty="Nothing has been told here yet.",
                more_url=list_url(Delivery, channel__id__exact=channel.pk),
            ),
        }
        return super().change_view(request, object_id, form_url, page_context(extra_context, **more))

    def write(self, request: HttpRequest, obj: Channel, form: Any, *, change: bool) -> uuid.UUID:
        """Writes it, once the password was given again: whoever is told learns what is wrong inside."""
        if obj.covers == Covers.GROUP and obj.group_id is None:
            raise FieldRefused("group", "Choose the group whose alerts it tells.")
        if obj.covers != Covers.GROUP and obj.group_id is not None:
            raise FieldRefused("group", "A group is only for a channel that tells the alerts of one group.")
        if (obj.quiet_from is None) != (obj.quiet_until is None):
            raise FieldRefused("quiet_until", "Enter both ends of the quiet hours, or none.")
        demand_confirmation(request, "Changing where alerts are told")
        request.secret_made = channel_save(obj, secret=form.cleaned_data["secret_text"], actor=staff_actor(request))  # type: ignore[attr-defined]
        return obj.pk

    def response_add(self, request: HttpRequest, obj: Channel, post_url_continue: str | None = None) -> HttpResponse:
        """The page of the secret that was made, else the channel's own."""
        made = getattr(request, "secret_made", "")
        return self.secret_page(request, obj, made) if made else HttpResponseRedirect(page_url(Channel, obj.pk))

    def test_view(self, request: HttpRequest, channel_id: uuid.UUID) -> HttpResponse:
        """Sends a real message and says what came back."""
        channel = self.channel_to_change(request, channel_id)
        if request.method == "POST":
            done = channel_test(channel, actor=staff_actor(request))
            answer = answer_text(done.answer_status, done.answer) or "nothing"
            if done.state == DeliveryState.SENT:
                messages.success(request, f"It was taken. The answer: {answer}")
            else:
                messages.error(request, f"It was not taken. The answer: {answer}")
        return HttpResponseRedirect(reverse("admin:monitoring_channel_change", args=[channel.pk]))

    def rotate_view(self, request: HttpRequest, channel_id: uuid.UUID) -> HttpResponse:
        """Makes a new secret, once the password was given again, and shows it this once."""
        channel = self.channel_to_change(request, channel_id)
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:monitoring_channel_change", args=[channel.pk]))

        def rotated() -> HttpResponse:
            demand_confirmation(request, "Making a new secret")
            return self.secret_page(request, channel, secret_rotate(channel, actor=staff_actor(request)))

        return confirming(request, rotated)

    def channel_to_change(self, request: HttpRequest, channel_id: uuid.UUID) -> Channel:
        """The channel. Raises Http404 and PermissionDenied."""
        channel = self.get_queryset(request).filter(pk=channel_id).first()
        if channel is None:
            raise Http404
        if not self.has_change_permission(request, channel):
            raise PermissionDenied
        return channel

    def secret_page(self, request: HttpRequest, channel: Channel, secret: str) -> HttpResponse:
        """The page that shows a secret, this once."""
        context = {**self.admin_site.each_context(request), "title": "The signing secret", "channel": channel, "text": secret, "opts": self.opts}
        page = render(request, "admin/monitoring/secret.html", context)
        page["Cache-Control"] = "no-store"
        return page

    @admin.display(description="Kind")
    def kind_label(self, channel: Channel) -> str:
        """How it tells."""
        return channel.get_kind_display()

    @admin.display(description="State")
    def state_label(self, channel: Channel) -> SafeString:
        """Whether it tells."""
        return badge("green", "On") if channel.enabled else badge("grey", "Off")

    @admin.display(description="Tells")
    def told(self, channel: Channel) -> SafeString | str:
        """Whose alerts, and which."""
        return link(Group, channel.group_id, channel.group) if channel.group_id else channel.get_covers_display()

    @admin.display(description="From")
    def severity_label(self, channel: Channel) -> SafeString:
        """The least severity that it tells."""
        return severity_badge(channel.min_severity)

    @admin.display(description="Quiet hours")
    def quiet(self, channel: Channel) -> str:
        """From when until when."""
        return (
            f"{channel.quiet_from:%H:%M} to {channel.quiet_until:%H:%M} {channel.time_zone}" if channel.quiet_from and channel.quiet_until else "none"
        )

    @admin.display(description="Last message")
    def last_result(self, channel: Channel) -> SafeString | str:
        """What became of the latest one."""
        state = getattr(channel, "last_state", None)
        return delivery_badge(state) if state else "none yet"


class HoursForm(ModelForm[PersonHours]):
    """A person's quiet hours."""

    time_zone = forms.ChoiceField(choices=zone_names, widget=Select(), initial="UTC")

    class Meta:
        model = PersonHours
        fields = ("person", "quiet_from", "quiet_until", "time_zone", "quiet_passes")
        labels = {"quiet_from": "Quiet from", "quiet_until": "Quiet until", "quiet_passes": "Passes quiet hours"}


@admin.register(PersonHours)
class PersonHoursAdmin(RecordedAdmin[PersonHours]):
    """When the owners of alerts are not told."""

    form = HoursForm
    compressed_fields = True
    list_display = ("person", "quiet_from", "quiet_until", "time_zone", "quiet_passes")
    list_select_related = ("person",)
    autocomplete_fields = ("person",)
    sortable_by = ()
