"""The page of the database renews itself an hour's worth of times and keeps nothing; one that leaks is told, on the server as in the page."""

import pytest
from playwright.sync_api import Browser

from monitoring.database.tasks import sample_database
from tests.monitoring.database.plenty import history_plant
from tests.soak.soaking import LEAKING, leaks, soaking

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]
EVERY_SECONDS = 0.1
WARM_UP, HOUR, FEW = 20, 60, 12


def test_page__of_an_hour_leaks_nothing_and_a_leak_is_told(browser: Browser) -> None:
    history_plant()
    sample_database()
    with soaking(browser, every_seconds=EVERY_SECONDS) as soak:
        before = soak.until(WARM_UP)
        after = soak.until(WARM_UP + HOUR)
        if leaks(before, after):  # what grows once is a thread at its first request, or a renewal under way; a leak grows again
            before, after = after, soak.until(after.renewals + HOUR)
        assert leaks(before, after) == [], (str(before), str(after))
        assert soak.refused == 0

        soak.leak()
        told = " ".join(leaks(after, soak.until(after.renewals + FEW)))
    assert "nodes" in told
    assert "server" not in told


def test_server__that_leaks_is_told(browser: Browser) -> None:
    history_plant()
    sample_database()
    with soaking(browser, every_seconds=EVERY_SECONDS, arguments=LEAKING) as soak:
        before = soak.until(5)
        told = " ".join(leaks(before, soak.until(5 + FEW)))
    assert "the server's memory grew" in told
    assert "sessions are open" in told
    assert "nodes" not in told
