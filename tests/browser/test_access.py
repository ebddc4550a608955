"""Pages for everyone: names of controls, contrast, the keyboard, the sidebar, and staff who may only look."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from playwright.sync_api import expect

from ontology.models import Event, EventType, Group, Run, Thing
from tests.browser.conftest import Watched, sign_in
from tests.factories import (
    PASSWORD,
    make_connection,
    make_event,
    make_group,
    make_knowledge,
    make_link,
    make_membership,
    make_person,
    make_run,
    make_thing,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]

AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8").rstrip().removesuffix(";")
BADGES = """<p>{}</p>""".format(
    " ".join(f'<span class="sextant-badge sextant-{colour}">{colour}</span>' for colour in ("green", "blue", "orange", "red", "grey"))
)
LISTS = (
    *("group", "person", "membership", "thing", "connection", "event", "knowledge", "thingknowledge"),
    *("thingtype", "connectiontype", "eventtype", "run"),
)
FORMS = ("group", "person", "membership", "thing", "connection", "knowledge", "thingtype", "connectiontype", "eventtype")


def fill() -> list[str]:
    """A row of every kind, and the addresses of pages that show them."""
    group = make_group(slug="north", name="North")
    make_membership(group)
    link = make_connection(group, end=make_thing(group, name="Compact disc", status="published"))
    make_event(group, actor=link.from_thing, target=link.to_thing)
    make_knowledge(group)
    make_link(group)
    make_thing(group, name="Gone", deleted_at=group.created_at)
    for state in ("new", "running", "interrupted", "failed", "succeeded"):
        make_run(group=group, state=state)
    rows = [group, link.from_thing, link, Event.objects.all()[0], Run.objects.all()[0], EventType.objects.all()[0], Thing.objects.get(name="Gone")]
    pages = [f"/admin/ontology/{row._meta.model_name}/{row.pk}/change/" for row in rows]
    pages += [f"/admin/ontology/{name}/" for name in LISTS]
    return [*pages, "/admin/", "/admin/ontology/thing/?q=nothing", "/admin/django_celery_beat/periodictask/", "/admin/auth/group/"]


def faults(watched: Watched, pages: list[str]) -> dict[str, list[str]]:
    found = {}
    for path in pages:
        watched.go(path)
        if wrong := watched.page.evaluate(AUDIT):
            found[path] = wrong
    return found


def test_pages__every_control_has_a_name_and_every_word_its_contrast(desktop: Watched) -> None:
    pages = fill()
    forms = [f"/admin/ontology/{name}/add/" for name in FORMS]

    assert faults(desktop, [*pages, *forms, "/admin/django_celery_beat/periodictask/add/", "/admin/auth/group/add/", "/admin/password_change/"]) == {}


def test_pages__contrast_in_the_dark(night: Watched) -> None:
    assert faults(night, fill()) == {}


def test_badges__contrast_of_every_colour_in_light_and_dark(desktop: Watched) -> None:
    desktop.go("/admin/")

    for theme in ("light", "dark"):
        desktop.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        desktop.page.evaluate(
            "([theme, badges]) => { document.documentElement.className = theme; document.body.innerHTML = `<h1>x</h1>${badges}`; }", [theme, BADGES]
        )
        assert desktop.page.evaluate(AUDIT) == [], theme


def test_audit__finds_what_is_wrong(desktop: Watched) -> None:
    desktop.go("/admin/")
    desktop.page.evaluate("document.body.innerHTML = `<input><img src='data:,'><button></button><p id=a></p><p id=a style='color:#bbb'>pale</p>`")

    wrong = desktop.page.evaluate(AUDIT)

    assert [sentence.split(":")[0] for sentence in wrong] == [
        "has no name",
        "has no name",
        "has no alternative text",
        "id twice",
        "0 headings of the first order",
        "1.92",
    ]


@pytest.mark.parametrize("path", ["/admin/", "/admin/ontology/thing/", "/admin/ontology/thing/add/"])
def test_keyboard__skips_the_navigation_and_shows_where_it_is(desktop: Watched, path: str) -> None:
    fill()
    desktop.go(path)
    skip = desktop.page.get_by_role("link", name="Skip the navigation")
    if path.endswith("/add/"):  # its first field has the focus
        skip.focus()
    else:
        desktop.page.keyboard.press("Tab")

    expect(skip).to_be_focused()
    desktop.page.keyboard.press("Enter")
    unseen = []
    for _ in range(30):
        desktop.page.keyboard.press("Tab")
        unseen += desktop.page.evaluate(RINGLESS)

    assert unseen == []


RINGLESS = """() => {
    const chosen = document.activeElement;
    const isRinged = (element) => { const style = getComputedStyle(element); return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1; };
    const isShown = [chosen, chosen.parentElement, chosen.closest(".sextant-figure")].some((element) => element && isRinged(element));
    return chosen === document.body || isShown ? [] : [chosen.outerHTML.slice(0, 120)];
}"""


def test_sidebar__is_open_from_1280_pixels_on_and_stays_as_it_was_put(night: Watched) -> None:
    link = night.page.get_by_role("link", name="Memberships")
    expect(link).to_be_visible()

    night.page.get_by_role("button", name="Show or hide the navigation").click()
    expect(link).not_to_be_visible()
    night.go("/admin/ontology/thing/")
    expect(link).not_to_be_visible()
    night.page.get_by_role("button", name="Show or hide the navigation").click()
    night.page.set_viewport_size({"width": 1279, "height": 900})
    expect(link).not_to_be_visible()
    night.page.set_viewport_size({"width": 1280, "height": 900})
    expect(link).to_be_visible()


def test_viewer__opens_every_link_that_is_shown(desktop: Watched) -> None:
    pages = fill()
    viewer = make_person(email="grace@example.org", is_staff=True)
    viewer.set_password(PASSWORD)
    viewer.save()
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    desktop.page.context.clear_cookies()
    sign_in(desktop, viewer.email)

    links = set(pages)
    for path in pages:
        desktop.go(path)
        assert desktop.page.locator("button[name=_save], .addlink, [href$='/add/']").count() == 0, path
        links |= set(desktop.page.eval_on_selector_all("#main a[href^='/admin/']", "found => found.map(each => each.getAttribute('href'))"))
    failed = {path: status for path in links if (status := desktop.page.request.get(f"{desktop.address}{path}").status) != 200}

    assert failed == {}
    assert Group.objects.filter(slug="north").exists()
