"""A process that sends what is due, to receivers of the test besides: python -m tests.monitoring.sender '{"127.0.0.1:1": ""}'."""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402

from monitoring.services.sending import deliveries_send  # noqa: E402

settings.OUTGOING_TEST_RECEIVERS = json.loads(sys.argv[1])
sys.stdout.write(f"{deliveries_send()}\n")
