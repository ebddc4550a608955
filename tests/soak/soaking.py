"""A page in a real browser, renewed by its own timer from a real server: memory and sessions before and after, and what that says of leaks.

What leaks does so with every renewal, so their number counts and not the hours: the timer of the page may run faster here than for people.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, CDPSession, Page, Response

from config.parts import WEB
from tests.addresses import address
from tests.factories import make_staff, staff_sign_in
from tests.serving import serving

PAGE = "/admin/monitoring/databasesample/now/"
_QUIET = ("--access-logfile", os.devnull)
SOUND = [*WEB.command[1:], *_QUIET]
LEAKING = ["tests.soak.leaking:application", *WEB.command[2:], *_QUIET]
"""The web as `make demo` starts it, though it tells no requests, and the same with a leak planted."""
SESSIONS_MOST = 8
"""Two processes of four threads, each of which keeps one session at most."""
SERVER_BYTES, HEAP_BYTES = 4_000_000, 1_000_000
NODES_PERCENT = 10
PATIENCE_SECONDS = 150.0
"""More than two of the longest periods: a renewal is left out while the one before is under way."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The state after so many renewals: memory that the web has made, its sessions, and the page's heap, nodes and listeners after a collection."""

    renewals: int
    server_bytes: int
    sessions: int
    heap_bytes: int
    nodes: int
    listeners: int

    def __str__(self) -> str:
        return (
            f"{self.renewals:6,} renewals: server {self.server_bytes / 1e6:7.1f} MB, {self.sessions} sessions;"
            f" page {self.heap_bytes / 1e6:5.2f} MB, {self.nodes:,} nodes, {self.listeners} listeners"
        )


def leaks(before: Reading, after: Reading) -> list[str]:
    """What grew between two readings by more than chance, in words; nothing of a sound page."""
    found = []
    if after.server_bytes - before.server_bytes > SERVER_BYTES:
        found.append(f"the server's memory grew by {(after.server_bytes - before.server_bytes) / 1e6:.1f} MB")
    if after.sessions > SESSIONS_MOST:
        found.append(f"{after.sessions} sessions are open")
    if after.heap_bytes - before.heap_bytes > HEAP_BYTES:
        found.append(f"the page's heap grew by {(after.heap_bytes - before.heap_bytes) / 1e6:.1f} MB")
    for name in ("nodes", "listeners"):
        one, other = getattr(before, name), getattr(after, name)
        if other > one * (1 + NODES_PERCENT / 100) + 10:
            found.append(f"{other:,} {name}, from {one:,}")
    return found


@dataclass(slots=True)
class Soak:
    """A signed-in page of a server under watch."""

    page: Page
    devtools: CDPSession
    server: psutil.Process
    renewals: int = 0
    refused: int = 0

    def until(self, renewals: int, *, meanwhile: Callable[[], None] = lambda: None) -> Reading:
        """Lets the page renew itself until it did so RENEWALS times in all; MEANWHILE is done after each. Raises AssertionError where none comes."""
        seen, since = self.renewals, time.monotonic()
        while self.renewals < renewals:
            self.page.wait_for_timeout(50)
            if self.renewals != seen:
                seen, since = self.renewals, time.monotonic()
                meanwhile()
            assert time.monotonic() - since < PATIENCE_SECONDS, f"no renewal after {self.renewals}"
        return self.reading()

    def reading(self) -> Reading:
        """How things stand now."""
        for _ in range(2):
            self.devtools.send("HeapProfiler.collectGarbage")
        told = {it["name"]: it["value"] for it in self.devtools.send("Performance.getMetrics")["metrics"]}
        own = [self.server, *self.server.children(recursive=True)]
        return Reading(
            renewals=self.renewals,
            server_bytes=sum(_memory(process.pid) for process in own),
            sessions=_sessions(),
            heap_bytes=int(told["JSHeapUsedSize"]),
            nodes=int(told["Nodes"]),
            listeners=int(told["JSEventListeners"]),
        )

    def leak(self) -> None:
        """From here on the page keeps all that was renewed: what a soak must tell."""
        self.page.evaluate(
            "window.kept = []; new MutationObserver((list) => list.forEach((it) => kept.push(...it.removedNodes)))"
            ".observe(document.querySelector('[data-refresh]').parentNode, {childList: true})"
        )

    def count(self, answer: Response) -> None:
        """Counts an answer that renews the page."""
        if answer.request.headers.get("x-requested-with") == "refresh":
            self.renewals += 1
            self.refused += answer.status != 200


def _memory(pid: int) -> int:
    """Bytes that a process has made, by its share of what it has in common with those it forked; no libraries, which other programs map too."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss_Anon:"))


def _sessions() -> int:
    """Sessions of the role of requests in the database of the test."""
    with psycopg.connect(address("owner"), autocommit=True) as session:
        role, name = settings.DATABASE_ROLES["app"], session.info.dbname
        found = session.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND datname = %s", [role, name]).fetchone()
    assert found is not None
    return int(found[0])


@contextmanager
def soaking(browser: Browser, *, every_seconds: float, arguments: list[str] | None = None) -> Iterator[Soak]:
    """A fresh server and a page of it, opened as staff, whose minute takes EVERY_SECONDS."""
    mine = psutil.Process(os.getpid())
    known = {child.pid for child in mine.children()}
    with serving(arguments or SOUND) as place:
        (server,) = [child for child in mine.children() if child.pid not in known and "gunicorn" in child.cmdline()]
        client = Client()
        staff_sign_in(client, make_staff())
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(f"const real = window.setInterval; window.setInterval = (act, ms) => real(act, ms * {every_seconds} / 60)")
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": place}])
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable")
        soak = Soak(page, devtools, server)
        page.on("response", lambda answer: soak.count(answer))
        page.goto(f"{place}{PAGE}")
        assert page.locator("[data-refresh]").count() == 1, "the page does not renew itself"
        try:
            yield soak
        finally:
            page.close()
