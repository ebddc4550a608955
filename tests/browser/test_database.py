"""The pages of the database in a browser: with nothing, with little, with very much; readable by everyone, and never wider than the window."""

import pytest

from monitoring.database.tasks import database_daily, database_monthly, sample_database
from monitoring.models import DatabaseReport, SlowStatement, Statement
from tests.browser.conftest import Watched
from tests.browser.test_access import AUDIT
from tests.monitoring.database.plenty import history_plant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]
BASE = "/admin/monitoring"
PAGES = [f"{BASE}/databasesample/now/", f"{BASE}/databasesample/indexes/"]
LISTS = [f"{BASE}/{name}/" for name in ("slowstatement", "statement", "maintenance")]


def own_pages() -> list[str]:
    """A page of each thing that was kept."""
    first = [(model, model.objects.order_by("pk").first()) for model in (SlowStatement, Statement)]
    found = [f"{BASE}/{model._meta.model_name}/{row.pk}/change/" for model, row in first if row]
    return found + [f"{BASE}/databasereport/{kept.pk}/change/" for kept in DatabaseReport.objects.filter(kind="optimisation")]


@pytest.mark.parametrize(("window", "rows"), [("desktop", 0), ("phone", 20_000)])
def test_pages__fit_and_are_readable(request: pytest.FixtureRequest, window: str, rows: int) -> None:
    if rows:
        history_plant(slow=rows, samples=rows)
        sample_database()
        database_daily()
        database_monthly()
    watched: Watched = request.getfixturevalue(window)
    for address in [*PAGES, *(LISTS if rows else ()), *own_pages()]:
        watched.go(address)
        assert watched.overflow() <= 0, address
        assert watched.page.evaluate(AUDIT) == [], address


def test_statement__is_reached_from_the_page_by_keyboard_and_tells_its_plan_and_days(night: Watched) -> None:
    history_plant()
    sample_database()
    night.go(PAGES[0])
    link = night.page.get_by_role("link", name="SELECT").first
    link.focus()
    night.page.keyboard.press("Enter")
    night.page.wait_for_url("**/statement/**")
    assert night.page.get_by_role("region", name="Plan, values unknown").inner_text().startswith("Plan, values unknown\nLimit")
    night.page.get_by_text("The numbers").first.click()
    assert night.page.get_by_role("columnheader", name="Mean ms").is_visible()
    assert night.page.evaluate(AUDIT) == []
