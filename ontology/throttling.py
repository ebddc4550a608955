"""Patience with people who guess passwords: what django-axes counts, and what a blocked person reads."""

import math
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

LETTERS_MAX = 254


def account_tried(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The account that somebody tries to enter, in one spelling: addresses are the same in any case."""
    given = (credentials or {}).get("username") or request.POST.get("username") or ""
    return str(given).strip().lower()[:LETTERS_MAX]


class AccountHandler(AxesDatabaseHandler):  # type: ignore[misc]
    """Counts in the database; signing in forgives the failures of that account alone, so that nobody clears their address by an account of their own."""

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Forgets the failures of the account; how many rows that were."""
        count, _ = AccessAttempt.objects.filter(username=account_tried(request, credentials)).delete()
        return int(count)


def blocked(request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None) -> HttpResponse:
    """429: a page that says when to try again, the same for known and unknown accounts."""
    patience: timedelta = settings.AXES_COOLOFF_TIME
    where = Q(username=account_tried(request, credentials)) | Q(ip_address=request.axes_ip_address)  # type: ignore[attr-defined]
    last = AccessAttempt.objects.filter(where).aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    seconds = max(1, math.ceil((last + patience - timezone.now()).total_seconds()))
    context = {"minutes": math.ceil(seconds / 60), "limit": settings.AXES_FAILURE_LIMIT}
    page = render(request, "account/blocked.html", context, status=429)
    page["Retry-After"] = str(seconds)
    page["Cache-Control"] = "no-store"
    return page
