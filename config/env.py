"""The only reader of the process environment: typed values, or a sentence that says what is wrong."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
ENV_FILE = ROOT / "var" / "env"
"""Addresses of the embedded servers, written when they start; the process environment wins over it."""


def _file_values() -> dict[str, str]:
    try:
        lines = ENV_FILE.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


_FROM_FILE = _file_values()


ROLE_ADDRESSES = {"app": "DATABASE_URL", "worker": "DATABASE_WORKER_URL", "owner": "DATABASE_OWNER_URL"}
"""The database as requests, jobs and migrations sign in to it: three roles with different rights."""
_role = "app"


def act_as(role: str) -> None:
    """Says, before the settings are read, as which of ROLE_ADDRESSES this process signs in to the database; `app` unless said."""
    global _role
    _role = role


def role() -> str:
    """As which of ROLE_ADDRESSES this process signs in to the database."""
    return _role


def _secret(name: str) -> str | None:
    """What the file of NAME, in lower case, says in SECRETS_DIR, where containers and service managers lay secrets; None where there is none."""
    folder = os.environ.get("SECRETS_DIR", "")
    try:
        return Path(folder, name.lower()).read_text(encoding="utf-8").strip() or None if folder else None
    except FileNotFoundError:
        return None
    except OSError as refused:
        raise ImproperlyConfigured(f"The file {name.lower()} of SECRETS_DIR cannot be read: {refused.strerror}.") from None


def text(name: str, default: str | None = None) -> str:
    """The value of NAME, from the environment, else from SECRETS_DIR; raises ImproperlyConfigured when it is missing and has no default."""
    value = os.environ.get(name)
    if value is None:
        value = _secret(name)
    if value is None:
        value = _FROM_FILE.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. Start the embedded servers with `make up`, or set it; docs/setup.md lists every variable.")
    return value


CONNECT_SECONDS = 5
"""For how long a server, or a pool, is asked for a connection."""


def databases(role: str) -> dict[str, dict[str, Any]]:
    """The database of ROLE; beside it, for requests, the `replica` of REPLICA_URL, which takes their password where it leaves that out."""
    found = {"default": {**database(role), **_connecting(role, number("DATABASE_POOL", 0))}}
    if role == "app" and text("REPLICA_URL", ""):
        found["replica"] = {**_database_at("REPLICA_URL", "DATABASE_PASSWORD"), **_connecting(role, 0)}
    return found


def child(**more: str) -> dict[str, str]:
    """The environment of a process that we start: this one's, and MORE."""
    return {**os.environ, **more}


def process_number() -> int:
    """This process's, for names that no other running one has."""
    return os.getpid()


def is_embedded() -> bool:
    """Whether the database is the embedded one of the demo, which `make up` or `make demo` started, and no environment names another."""
    return "DATABASE_URL" in _FROM_FILE and os.environ.get("DATABASE_URL", _FROM_FILE["DATABASE_URL"]) == _FROM_FILE["DATABASE_URL"]


def folder(name: str, default: Path) -> Path:
    """NAME as an absolute path of a folder."""
    return Path(text(name, str(default))).absolute()


def flag(name: str, *, default: bool) -> bool:
    """NAME as yes or no: 1, true, yes, on against 0, false, no, off."""
    value = text(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, default: int) -> int:
    """NAME as a whole number."""
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def words(name: str, default: str = "") -> list[str]:
    """NAME as a list of words separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(role: str) -> dict[str, str]:
    """A Django database from the URL of ROLE, postgresql://user:password@host:port/name; without one of its own, from DATABASE_URL.

    A password that the URL leaves out is DATABASE_PASSWORD, DATABASE_WORKER_PASSWORD or DATABASE_OWNER_PASSWORD.
    """
    name = ROLE_ADDRESSES[role] if text(ROLE_ADDRESSES[role], "") else "DATABASE_URL"
    return _database_at(name, name.removesuffix("_URL") + "_PASSWORD")


def _database_at(name: str, password: str) -> dict[str, str]:
    url = urlsplit(text(name))
    if url.scheme not in {"postgresql", "postgres"} or not url.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/name.")
    return {
        "ENGINE": "ontology.postgres",
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or "") or text(password, ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or 5432),
    }


def _connecting(role: str, pool: int) -> dict[str, Any]:
    """How ROLE keeps its connections: one a thread, or, for requests alone, POOL of them shared; who waits for one gives up after CONNECT_SECONDS."""
    options: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS}
    if role != "app" or pool <= 0:
        return {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}
    shared = {"min_size": min(pool, 2), "max_size": pool, "timeout": CONNECT_SECONDS}
    return {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True, "OPTIONS": {**options, "pool": shared}}


def broker() -> str:
    """BROKER_URL, with BROKER_PASSWORD where it leaves the password out."""
    given, password = text("BROKER_URL"), text("BROKER_PASSWORD", "")
    url = urlsplit(given)
    if url.password or not password:
        return given
    return url._replace(netloc=f"{url.username or ''}:{quote(password, safe='')}@{url.netloc.rpartition('@')[2]}").geturl()


def database_host(role: str) -> str:
    """The host of the database of ROLE."""
    return database(role)["HOST"]


@dataclass(frozen=True, slots=True)
class Mail:
    """How e-mail leaves: Django's back end, and the server's address where there is one."""

    backend: str
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    starts_tls: bool = False
    is_tls: bool = False


def mail(name: str) -> Mail:
    """A mail server from a URL: smtp:// (STARTTLS when there is a user or port 587), smtps:// or console://, which prints instead of sending."""
    url = urlsplit(text(name, "console://"))
    if url.scheme == "console":
        return Mail("django.core.mail.backends.console.EmailBackend")
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise ImproperlyConfigured(f"{name} must look like smtp://user:password@host:587, smtps://… or console://.")
    is_tls = url.scheme == "smtps"
    port = url.port or (465 if is_tls else 25)
    starts_tls = not is_tls and (bool(url.username) or port == 587)
    backend = "django.core.mail.backends.smtp.EmailBackend"
    return Mail(backend, url.hostname, port, unquote(url.username or ""), unquote(url.password or ""), starts_tls, is_tls)
