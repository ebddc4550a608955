"""What runs wherever Sextant runs: the one table that `make demo` starts from, and that the compose file and the units are held against."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A process: its name, as which role it signs in to the database, and a program of the virtual environment with its words."""

    name: str
    role: str
    command: tuple[str, ...]


CELERY = ("celery", "-A", "config")
SERVER = ("gunicorn", "config.wsgi", "--worker-class", "config.web_worker.Worker", "--keep-alive", "65")
"""What every web process is, however large. Lines are kept longer than a proxy keeps its own (60 s in nginx): no request meets one that closes."""
WEB = Part("web", "app", (*SERVER, "--workers", "2", "--threads", "4", "--access-logfile", "-", "--no-control-socket"))
"""Without --bind: where it listens is the deployment's own."""
# Long work has a worker of its own, so that short work, and the sweep that continues long work, never waits behind it.
BEHIND = (
    Part("worker", "worker", (*CELERY, "worker", "-n", "worker@%h", "-c", "2", "-Q", "default,maintenance")),
    Part("imports", "worker", (*CELERY, "worker", "-n", "imports@%h", "-c", "1", "-Q", "imports")),
    Part("beat", "worker", (*CELERY, "beat", "--pidfile=")),
)
MIGRATE = Part("migrate", "owner", ("python", "manage.py", "migrate"))
"""Runs once, before the others: it alone has the password of the tables' owner."""
SECRETS = {
    "app": {"secret_key", "secret_key_fallbacks", "database_password", "broker_password", "email_url", "cron_secret", "metrics_token"},
    "worker": {"secret_key", "secret_key_fallbacks", "database_worker_password", "broker_password", "email_url"},
    "owner": {"secret_key", "secret_key_fallbacks", "database_owner_password"},
}
"""Which secrets a process of each role is given, and no others: settings in lower case, as they are named in SECRETS_DIR."""
