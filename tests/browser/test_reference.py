"""The API's reference page in a browser: it renders, its console is clean, and it asks nobody else."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import Watched, _watch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def nobody(browser: Browser, live_server: LiveServer) -> Iterator[Watched]:
    """A window that is not signed in."""
    watched = _watch(browser, live_server, 1440, "light")
    yield watched
    watched.page.close()
    assert watched.complaints == []
    assert watched.foreign == []


def test_reference__shows_every_tag_and_operation(nobody: Watched) -> None:
    nobody.go("/api/docs/")

    expect(nobody.page.get_by_role("heading", name="Sextant")).to_be_visible()
    nobody.page.locator("#operations-tag-things").click()
    nobody.page.get_by_text("Insert many things").click()
    expect(nobody.page.get_by_text("1 to 10,000 items").first).to_be_visible()
