"""Pages of the admin whose acts may wait for the password."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from ontology import confirming as asking
from ontology.admin.unfolded import PageAdmin
from ontology.confirming import demand_confirmation

__all__ = ["ConfirmingAdmin", "confirming", "demand_confirmation"]


def confirming(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of VIEW, or the admin's page that asks for the password."""
    return asking.confirming(request, view, "admin/confirm.html", admin.site.each_context)


class ConfirmingAdmin[M: Model](PageAdmin[M]):
    """A page whose acts may wait for the password: what calls `demand_confirmation` below these views is asked for it and goes on."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, or the question for the password."""
        return confirming(request, lambda: super(ConfirmingAdmin, self).changelist_view(request, extra_context))

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form, or the question for the password."""
        return confirming(request, lambda: super(ConfirmingAdmin, self).changeform_view(request, object_id, form_url, extra_context))
