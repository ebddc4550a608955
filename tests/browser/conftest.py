"""The browser, and a page that is signed in and watched."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from ontology.models import Group, Person
from ontology.services.catalogue import catalogue_load
from tests.factories import make_staff, staff_sign_in

# Playwright's synchronous interface keeps an event loop in this thread, which Django takes for an asynchronous caller.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Watched:
    """A page, what its console complained of, and the addresses it asked that are not the server's."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Opens a path and waits until the network is quiet."""
        self.page.goto(f"{self.address}{path}")
        self.page.wait_for_load_state("networkidle")

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


@pytest.fixture(scope="session", autouse=True)
def connections_end_with_their_request() -> None:
    """The live server's threads keep no connection, which would keep the test database from being dropped."""
    connections.settings["default"]["CONN_MAX_AGE"] = 0


@pytest.fixture(autouse=True)
def events_may_be_flushed(transactional_db: None) -> Iterator[None]:
    """Tests with a live server end by truncating every table, which the table of events refuses without a recorded decision."""
    yield
    with connections["default"].cursor() as cursor:
        cursor.execute("SET sextant.event_decision = 'retention'")


@pytest.fixture(autouse=True)
def catalogue(events_may_be_flushed: None) -> None:
    """The shipped types and the platform's group, which the test before this one has flushed away."""
    with connections["default"].cursor() as cursor:
        cursor.execute("RESET sextant.event_decision")
    Group.objects.get_or_create(slug="platform", defaults={"name": "Platform"})
    catalogue_load()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield started
        started.close()


def _watch(browser: Browser, live_server: LiveServer, width: int, theme: str) -> Watched:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    watched = Watched(page, live_server.url)
    page.on("console", lambda message: watched.complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith((live_server.url, "data:")) else watched.foreign.append(asked.url))
    return watched


def sign_in(watched: Watched, email: str) -> None:
    """A session as it is after password and second factor, whose own pages have their own tests."""
    client = Client()
    staff_sign_in(client, Person.objects.get(email=email))
    watched.page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value, "url": watched.address}]
    )
    watched.go("/admin/")


@pytest.fixture
def visitor(browser: Browser, live_server: LiveServer) -> Iterator[Watched]:
    """A window in which nobody is signed in; nothing complained but the server's own refusals, which a browser calls errors."""
    yield from _unknown(browser, live_server, 1280, "light")


@pytest.fixture
def phone_visitor(browser: Browser, live_server: LiveServer) -> Iterator[Watched]:
    """The same, on a phone, in the dark."""
    yield from _unknown(browser, live_server, 390, "dark")


def _unknown(browser: Browser, live_server: LiveServer, width: int, theme: str) -> Iterator[Watched]:
    watched = _watch(browser, live_server, width, theme)
    yield watched
    watched.page.close()
    assert [said for said in watched.complaints if "the server responded with a status of" not in said] == []
    assert watched.foreign == []


@pytest.fixture
def desktop(browser: Browser, live_server: LiveServer) -> Iterator[Watched]:
    """A signed-in window 1440 pixels wide, in which nothing complained and nobody else was asked."""
    yield from _signed_in(browser, live_server, 1440, "light")


@pytest.fixture
def night(browser: Browser, live_server: LiveServer) -> Iterator[Watched]:
    """A signed-in window as narrow as a desktop's may be, and dark."""
    yield from _signed_in(browser, live_server, 1280, "dark")


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer) -> Iterator[Watched]:
    """The same, 390 pixels wide and dark."""
    yield from _signed_in(browser, live_server, 390, "dark")


def _signed_in(browser: Browser, live_server: LiveServer, width: int, theme: str) -> Iterator[Watched]:
    watched = _watch(browser, live_server, width, theme)
    sign_in(watched, make_staff(email="ada@example.org", display_name="Ada").email)
    yield watched
    watched.page.close()
    assert watched.complaints == []
    assert watched.foreign == []
