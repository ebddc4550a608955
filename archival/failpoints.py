"""Places where a test kills the process, by name; off unless FAIL_AT names one."""

import os
import signal

from django.conf import settings


def reached(name: str) -> None:
    """Kills this process, as a loss of power would, when FAIL_AT names this place."""
    if name == settings.FAIL_AT:
        os.kill(os.getpid(), signal.SIGKILL)
