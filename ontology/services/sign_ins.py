"""What is remembered of sign-ins: sessions, and who tried when from where."""

from datetime import timedelta

from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone


def sign_ins_forget() -> int:
    """Deletes sessions that have ended, and tries to sign in older than SIGN_INS_KEPT_DAYS; how many of these. Three queries."""
    SessionStore.clear_expired()
    limit = timezone.now() - timedelta(days=settings.SIGN_INS_KEPT_DAYS)
    return int(AccessLog.objects.filter(attempt_time__lt=limit).delete()[0] + AccessAttempt.objects.filter(attempt_time__lt=limit).delete()[0])
