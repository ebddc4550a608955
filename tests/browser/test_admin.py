"""The admin in a browser: signing in, a group's page, making things, searching, a phone, the keyboard alone."""

import pytest
from playwright.sync_api import expect

from ontology.models import Connection, Group, Thing
from tests.browser.conftest import Watched
from tests.factories import make_connection, make_event, make_group, make_membership, make_run, make_thing

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]


def fill_group() -> Group:
    group = make_group(slug="north", name="North")
    make_membership(group)
    link = make_connection(group, end=make_thing(group, name="Compact disc"))
    make_event(group, actor=link.from_thing, target=link.to_thing, metadata={"action": "a" * 200})
    make_run(group=group, done=1500, total=3000, state="running")
    return group


def choose(watched: Watched, field: str, words: str, answer: str) -> None:
    """Finds WORDS in a field that searches as one types, and takes the ANSWER."""
    watched.page.click(f"[aria-labelledby~='select2-id_{field}-container']")
    watched.page.fill(".select2-search__field", words)
    watched.page.click(f".select2-results__option:has-text('{answer}')")


def test_sign_in__leads_to_the_front_page(desktop: Watched) -> None:
    expect(desktop.page.get_by_role("heading", name="Overview").first).to_be_visible()
    expect(desktop.page.get_by_role("link", name="Memberships")).to_be_visible()


def test_sign_in__wrong_password_is_told(desktop: Watched) -> None:
    desktop.page.context.clear_cookies()
    desktop.go("/admin/")
    desktop.page.fill("#id_username", "ada@example.org")
    desktop.page.fill("#id_password", "wrong")
    desktop.page.press("#id_password", "Enter")

    expect(desktop.page.get_by_text("Please enter the correct email and password")).to_be_visible()


def test_group_page__counts_and_bars(desktop: Watched) -> None:
    group = fill_group()

    desktop.go(f"/admin/ontology/group/{group.pk}/change/")

    expect(desktop.page.get_by_role("meter", name="product")).to_be_visible()
    expect(desktop.page.get_by_text("1,500 of 3,000")).to_be_visible()
    desktop.page.get_by_role("link", name="Events").last.click()
    expect(desktop.page.locator("#result_list")).to_contain_text("content_event")


def test_thing__refused_then_made(desktop: Watched) -> None:
    make_group(name="North")

    desktop.go("/admin/ontology/thing/add/")
    choose(desktop, "group", "nor", "North")
    desktop.page.select_option("#id_type", "creator")
    desktop.page.fill("#id_name", "Ada")
    desktop.page.click("button[name=_save]")
    refusal = desktop.page.locator(".field-properties, .form-row:has(#id_properties)").first
    expect(refusal).to_contain_text("role")
    desktop.page.fill("#id_properties", '{"role": "group_user"}')
    desktop.page.click("button[name=_save]")
    desktop.page.wait_for_url("**/admin/ontology/thing/")

    thing = Thing.objects.get()
    assert (thing.name, thing.properties) == ("Ada", {"role": "group_user"})


def test_connection__ends_are_offered_from_the_chosen_group_only(desktop: Watched) -> None:
    north, south = make_group(name="North"), make_group(name="South")
    make_thing(north, name="Disc of the north")
    make_thing(south, name="Disc of the south")
    start = make_thing(north, name="Grace", type="creator")

    desktop.go("/admin/ontology/connection/add/")
    choose(desktop, "group", "nor", "North")
    choose(desktop, "from_thing", "grace", "Grace")
    desktop.page.select_option("#id_type", "purchased")
    desktop.page.click("[aria-labelledby~='select2-id_to_thing-container']")
    desktop.page.fill(".select2-search__field", "disc")
    expect(desktop.page.locator(".select2-results__option:has-text('Disc of the')")).to_have_text(["Disc of the north"])
    desktop.page.click(".select2-results__option:has-text('Disc of the north')")
    desktop.page.click("button[name=_save]")
    desktop.page.wait_for_url("**/admin/ontology/connection/")

    assert Connection.objects.get().from_thing == start


def test_search__by_part_of_a_name(desktop: Watched) -> None:
    group = make_group()
    make_thing(group, name="Compact disc")
    make_thing(group, name="Cassette")

    desktop.go("/admin/ontology/thing/")
    desktop.page.fill("#searchbar", "disc")
    desktop.page.press("#searchbar", "Enter")
    desktop.page.wait_for_url("**q=disc**")

    expect(desktop.page.locator("#result_list tbody tr.group, #result_list .data-row, #result_list tbody tr").first).to_contain_text("Compact disc")
    expect(desktop.page.locator("#result_list")).not_to_contain_text("Cassette")


def test_phone__no_page_is_wider_than_the_screen(phone: Watched) -> None:
    group = fill_group()
    thing = Thing.objects.get(name="Compact disc")
    lists = ["group", "person", "membership", "thing", "connection", "event", "knowledge", "thingtype", "connectiontype", "eventtype", "run"]
    pages = [f"/admin/ontology/{name}/" for name in lists]
    pages += ["/admin/", f"/admin/ontology/group/{group.pk}/change/", f"/admin/ontology/thing/{thing.pk}/change/"]
    pages += [f"/admin/ontology/{name}/add/" for name in ("group", "person", "membership", "thing", "connection", "knowledge", "thingtype")]
    pages += ["/admin/django_celery_beat/periodictask/", "/admin/django_celery_beat/periodictask/add/"]

    too_wide = []
    for path in pages:
        phone.go(path)
        if phone.overflow() > 0:
            too_wide.append(path)

    assert too_wide == []
    phone.go("/admin/ontology/group/add/")
    phone.page.evaluate("i => { i = document.querySelector('#id_metadata'); i.form.noValidate = true; i.value = 'x'.repeat(900) }")
    phone.page.locator("[name=_save]").last.click()
    expect(phone.page.locator(".errornote, [role=alert]").first).to_be_visible()
    assert phone.overflow() == 0


def test_phone__the_navigation_opens(phone: Watched) -> None:
    phone.page.get_by_role("button", name="Show or hide the navigation").click()

    expect(phone.page.get_by_role("link", name="Memberships")).to_be_visible()


def test_keyboard__reaches_the_filters_and_the_account_menu(desktop: Watched) -> None:
    desktop.go("/admin/ontology/thing/")

    desktop.page.locator(".filter-open-button").focus()
    desktop.page.keyboard.press("Enter")
    filters = desktop.page.get_by_text("By status")
    expect(filters).to_be_visible()
    for _ in range(20):  # one that is pressed while the panel is still opening is not heard; a person presses again
        desktop.page.keyboard.press("Escape")
        desktop.page.wait_for_timeout(100)
        if filters.is_hidden():
            break
    expect(filters).to_be_hidden()
    desktop.page.get_by_role("button", name="Ada").focus()
    desktop.page.keyboard.press("Enter")
    expect(desktop.page.get_by_text("Log out")).to_be_visible()
