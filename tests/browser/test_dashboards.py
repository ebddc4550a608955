"""A group's dashboard and a thing's neighbourhood in a browser: readable at any width, and walked by the keyboard alone."""

from datetime import UTC, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from ontology.models import Group, Thing
from tests.browser.conftest import Watched
from tests.browser.test_access import AUDIT
from tests.factories import make_connection, make_custom_metric, make_event, make_group, make_membership, make_person, make_thing
from tests.ontology.planting import events_plant, habits_plant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]


def fill() -> tuple[Group, Thing]:
    group = make_group(name="North")
    make_membership(group, make_person())
    ann, bob = make_thing(group, type="creator", name="Ann"), make_thing(group, type="creator", name="Bob, whose name is rather a long one")
    for number in range(9):
        post = make_thing(group, type="blog_post", name=f"Post {number}")
        make_connection(group, post, ann, type="created_by")
        make_event(group, actor=ann, target=post, timestamp=timezone.now() - timedelta(days=number))
    make_connection(group, ann, bob, type="following")
    make_custom_metric(group, title="Posts")
    return group, ann


def test_neighbourhood__is_walked_by_keyboard(desktop: Watched) -> None:
    _, ann = fill()
    desktop.go(f"/admin/ontology/thing/{ann.pk}/change/")

    desktop.page.locator(".sextant-graph").focus()
    for key in ("ArrowLeft", "ArrowDown", "ArrowRight"):
        desktop.page.keyboard.press(key)
    expect(desktop.page.locator(".sextant-graph a:focus")).to_have_attribute("aria-label", "Bob, whose name is rather a long one, creator")
    desktop.page.keyboard.press("Enter")

    expect(desktop.page.locator("#id_name")).to_have_value("Bob, whose name is rather a long one")
    expect(desktop.page.locator(".sextant-graph a")).to_have_attribute("aria-label", "Ann, creator")


def test_chart__tells_its_numbers_in_a_table(desktop: Watched) -> None:
    group, _ = fill()
    desktop.go(f"/admin/ontology/group/{group.pk}/change/")

    desktop.page.get_by_text("The numbers").first.click()

    expect(desktop.page.get_by_role("region", name="Events a day, the numbers")).to_be_visible()


@pytest.mark.parametrize("window", ["desktop", "night", "phone"])
def test_dashboard__fits_and_is_readable(request: pytest.FixtureRequest, window: str) -> None:
    watched: Watched = request.getfixturevalue(window)
    group, _ = fill()

    watched.go(f"/admin/ontology/group/{group.pk}/change/")

    assert watched.overflow() <= 0
    assert watched.page.evaluate(AUDIT) == []


@pytest.mark.parametrize("window", ["desktop", "night", "phone"])
def test_outlook__fits_and_is_readable(request: pytest.FixtureRequest, window: str) -> None:
    watched: Watched = request.getfixturevalue(window)
    group, today = make_group(name="North"), timezone.now().astimezone(UTC).date()
    habits_plant(group, today, steady=30, leaving=30)
    days = [today - timedelta(days=n) for n in range(1, 300)]
    acts = [day for n, day in enumerate(days) for _ in range(60 - n // 6 + (20 if day.weekday() < 5 else 0))]
    events_plant(group, [(None, day) for day in acts])

    watched.go(f"/admin/ontology/group/{group.pk}/outlook/")

    expect(watched.page.locator(".sextant-chart-band")).to_be_visible()
    assert watched.overflow() <= 0
    assert watched.page.evaluate(AUDIT) == []
