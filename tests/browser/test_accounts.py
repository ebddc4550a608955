"""Accounts in a real browser: signing in with a second factor, enrolling, confirming, one's own pages, on a desktop and a phone."""

import os
import re
from pathlib import Path

import pytest
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import expect

from ontology.models import ApiToken, Membership, Person
from ontology.services.tokens import token_is_well_formed
from tests.browser.conftest import Watched, sign_in
from tests.factories import PASSWORD, code_of, make_group, make_membership, make_person, make_second_factor, make_staff, make_token

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:No directory at")]
AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8").rstrip().removesuffix(";")
PICTURES = os.environ.get("PICTURES", "")


def picture(watched: Watched, name: str) -> None:
    """Keeps a picture where PICTURES says, for people to look at."""
    if PICTURES:
        watched.page.screenshot(path=f"{PICTURES}/{name}.png", full_page=True)


def fine(watched: Watched) -> bool:
    """Whether the page is no wider than the window, and every control has its name and every word its contrast."""
    return watched.overflow() <= 0 and watched.page.evaluate(AUDIT) == []


def member(email: str = "grace@example.org") -> Person:
    person = make_person(email=email, display_name="Grace")
    person.set_password(PASSWORD)
    person.save()
    make_membership(make_group(name="North"), person)
    return person


def enter(watched: Watched, email: str, password: str = PASSWORD, *, page: str = "/account/") -> None:
    watched.go(page)
    watched.page.fill("#id_username", email)
    watched.page.fill("#id_password", password)
    watched.page.press("#id_password", "Enter")
    watched.page.wait_for_load_state("networkidle")


def test_staff__enrol_and_keep_recovery_codes(visitor: Watched) -> None:
    staff = make_staff(email="ada@example.org")

    enter(visitor, staff.email, page="/admin/ontology/group/")
    expect(visitor.page.locator(".sextant-sign-in h1")).to_have_text("Set up your second factor")
    expect(visitor.page.locator(".sextant-qr svg")).to_be_visible()
    picture(visitor, "enrol")
    enrol_is_fine = fine(visitor)
    visitor.page.fill("#id_code", code_of(TOTPDevice.objects.get()))
    visitor.page.press("#id_code", "Enter")
    expect(visitor.page.locator(".sextant-codes li")).to_have_count(10)
    picture(visitor, "codes")
    codes_are_fine = fine(visitor)
    visitor.page.get_by_role("link", name="I have kept them").click()

    visitor.page.wait_for_url("**/admin/ontology/group/")
    assert (enrol_is_fine, codes_are_fine) == (True, True)


def test_staff__wrong_code_then_patience(phone_visitor: Watched) -> None:
    staff = make_staff(email="ada@example.org")
    device = make_second_factor(staff)

    enter(phone_visitor, staff.email, page="/admin/")
    phone_visitor.page.fill("#id_code", f"{(int(code_of(device)) + 7) % 1_000_000:06}")
    phone_visitor.page.press("#id_code", "Enter")
    expect(phone_visitor.page.get_by_role("alert")).to_contain_text("This code is wrong.")
    picture(phone_visitor, "verify-phone")

    assert fine(phone_visitor)


def test_confirming__by_keyboard_and_the_act_goes_on(visitor: Watched) -> None:
    staff = make_staff(email="ada@example.org")
    membership = make_membership(make_group())
    sign_in(visitor, staff.email)
    visitor.go("/admin/ontology/membership/")
    from django.contrib.sessions.models import Session

    session = Session.objects.get()
    kept = session.get_decoded()
    session.session_data = Session.get_session_store_class()().encode({**kept, "confirmed_at": kept["confirmed_at"] - 601})
    session.save()

    visitor.page.check(f"input[name=_selected_action][value='{membership.pk}']")
    visitor.page.select_option("select[name=action]", "remove")
    visitor.page.get_by_role("button", name=re.compile("Run|Go", re.IGNORECASE)).first.click()
    expect(visitor.page.locator(".sextant-sign-in h1")).to_have_text("Confirm that it is you")
    expect(visitor.page.locator("#id_confirming_password")).to_be_focused()
    picture(visitor, "confirm")
    is_fine = fine(visitor)
    visitor.page.locator("#id_confirming_password").focus()
    visitor.page.keyboard.type(PASSWORD)
    visitor.page.keyboard.press("Enter")

    expect(visitor.page.get_by_text("1 membership was removed.")).to_be_visible()
    assert is_fine
    assert not Membership.objects.filter(pk=membership.pk).exists()


@pytest.mark.parametrize("device", ["visitor", "phone_visitor"])
def test_account__pages_are_fine(request: pytest.FixtureRequest, device: str) -> None:
    watched: Watched = request.getfixturevalue(device)
    person = member()
    make_token(person=person, name="nightly")
    make_token(person=person, name="gone", revoked_at=person.created_at)
    open_pages = ["/account/sign-in/", "/account/password/forgotten/", "/account/invitation/a/b/"]

    wrong = []
    for page in open_pages:
        watched.go(page)
        picture(watched, f"{device}-{page.split('/')[2]}")
        wrong += [] if fine(watched) else [(page, watched.page.evaluate(AUDIT))]
    enter(watched, person.email)
    for page in ("/account/", "/account/tokens/new/", "/account/password/"):
        watched.go(page)
        picture(watched, f"{device}-{page.strip('/').replace('/', '-')}")
        wrong += [] if fine(watched) else [(page, watched.page.evaluate(AUDIT), watched.overflow())]

    assert wrong == []


def test_account__token_is_made_copied_and_revoked(visitor: Watched) -> None:
    person = member()
    enter(visitor, person.email)
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    visitor.page.get_by_role("link", name="New token").click()
    visitor.page.fill("#id_name", "nightly")
    visitor.page.get_by_label("Read", exact=True).check()
    visitor.page.get_by_role("button", name="Make the token").click()
    text = visitor.page.locator("#secret").inner_text()
    visitor.page.get_by_role("button", name="Copy").click()
    expect(visitor.page.get_by_text("Copied.")).to_be_visible()
    picture(visitor, "token-made")
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    made_is_fine = fine(visitor)
    visitor.page.get_by_role("link", name="Done").click()
    visitor.page.get_by_role("button", name="Revoke nightly").click()
    expect(visitor.page.get_by_text("The token nightly is revoked")).to_be_visible()

    assert copied == text
    assert token_is_well_formed(text)
    assert made_is_fine
    assert ApiToken.objects.get().revoked_at is not None


def test_sign_in__blocked_page_is_fine(visitor: Watched) -> None:
    for _ in range(5):
        enter(visitor, "nobody@example.org", "wrong")

    expect(visitor.page.locator("h1")).to_have_text("Too many wrong passwords")
    picture(visitor, "blocked")
    assert fine(visitor)


def test_admin__token_and_invitation_pages_are_fine(desktop: Watched) -> None:
    group = make_group(name="North")
    ada = Person.objects.get()

    desktop.go(f"/admin/ontology/membership/invite?group={group.pk}")
    picture(desktop, "invite")
    found = {"invite": fine(desktop)}
    desktop.go("/admin/ontology/apitoken/add/")
    picture(desktop, "token-add")
    found["add"] = fine(desktop)
    desktop.page.fill("#id_name", "nightly")
    desktop.page.get_by_label("Read", exact=True).check()
    desktop.page.click("button[name=_save]")
    expect(desktop.page.locator("#secret")).to_contain_text("sxt_")
    picture(desktop, "admin-token-made")
    found["made"] = fine(desktop)
    for name, page in {
        "tokens": "/admin/ontology/apitoken/",
        "person": f"/admin/ontology/person/{ada.pk}/change/",
        "own": "/admin/second-factor/own/",
    }.items():
        desktop.go(page)
        picture(desktop, name)
        found[name] = fine(desktop)

    assert found == dict.fromkeys(found, True)
