"""What `check --deploy` demands of monitoring."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def no_test_receivers(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """E001: hosts inside that messages may be sent to, which only tests have."""
    if not settings.OUTGOING_TEST_RECEIVERS:
        return []
    hint = "Set OUTGOING_TEST_RECEIVERS to {}; it opens the way to machines inside."
    return [Error("Messages of alerts may be sent to hosts of tests.", hint=hint, id="monitoring.E001")]
