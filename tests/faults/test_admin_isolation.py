"""The admin keeps staff to the groups they are members of, by the ORM and, where that forgets, by the policies."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from ontology.admin import site
from ontology.models import Person
from ontology.services import access
from tests.factories import make_membership, make_person, make_run, staff_sign_in
from tests.faults.access_world import Place, make_place
from tests.roles import as_role

pytestmark = pytest.mark.django_db
KINDS = ("group", "membership", "thing", "connection", "event", "knowledge", "thingknowledge", "run", "apitoken", "person")
ROWS: dict[str, Callable[[Place], object]] = {
    "group": lambda p: p.group.pk,
    "thing": lambda p: p.thing.pk,
    "connection": lambda p: p.connection.pk,
    "event": lambda p: p.event.pk,
    "knowledge": lambda p: p.knowledge.pk,
    "person": lambda p: p.member.pk,
}


@pytest.fixture
def mine() -> Place:
    return make_place("mine", None)


@pytest.fixture
def theirs() -> Place:
    place = make_place("theirs", None)
    make_run(group=place.group, parameters={"mark": place.marks[0]})
    return place


def member_of_staff(client: Client, place: Place | None, *rights: str) -> Person:
    """Somebody of the staff with every right on rows, a member of PLACE alone."""
    person = make_person(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="ontology").exclude(codename="see_every_group"))
    person.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    if place is not None:
        make_membership(place.group, person, role="group_owner")
    staff_sign_in(client, person)
    return person


def pages(place: Place) -> dict[str, str]:
    """Every list, and the page of a row of PLACE of each kind; the front page."""
    lists = {f"{kind} list": reverse(f"admin:ontology_{kind}_changelist") for kind in KINDS}
    rows = {f"{kind} page": reverse(f"admin:ontology_{kind}_change", args=[row(place)]) for kind, row in ROWS.items()}
    searches = {f"{kind} search": reverse(f"admin:ontology_{kind}_changelist") + f"?q={place.marks[0]}" for kind in ("group", "thing")}
    return {"front": reverse("admin:index"), **lists, **rows, **searches}


def leaking(client: Client, hidden: Place) -> list[str]:
    """The pages on which something of HIDDEN can be read, save the words of the address itself."""
    found = []
    for name, path in pages(hidden).items():
        with as_role():
            answer = client.get(path, follow=True)
        text = answer.content.decode()
        told = [mark for mark in hidden.marks if mark in text and mark not in path]
        if answer.status_code >= 500 or told:
            found.append(name)
    return found


def test_admin__staff_see_their_groups_alone(client: Client, mine: Place, theirs: Place) -> None:
    member_of_staff(client, mine)

    assert leaking(client, theirs) == []
    assert {"thing list", "event list", "person list", "group page", "thing page", "group search", "thing search"} <= set(leaking(client, mine))


def test_admin__staff_without_a_membership_see_no_group(client: Client, mine: Place) -> None:
    member_of_staff(client, None)

    assert leaking(client, mine) == []


def test_admin__the_right_to_see_every_group_opens_all(client: Client, theirs: Place) -> None:
    member_of_staff(client, None, "see_every_group")

    assert {"group list", "thing list", "event list", "run list"} <= set(leaking(client, theirs))


def test_admin__policies_hold_where_its_pages_forget_the_scope(client: Client, mine: Place, theirs: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "rows_in_scope", lambda rows: rows)
    member_of_staff(client, mine)

    assert set(leaking(client, theirs)) <= {"person list", "person page"}, "people have no group, so no policy"


def test_admin__an_action_on_rows_of_others_does_nothing(client: Client, mine: Place, theirs: Place) -> None:
    member_of_staff(client, mine)
    with as_role():
        client.post(reverse("admin:ontology_thing_changelist"), {"action": "delete_softly", "_selected_action": [str(theirs.thing.pk)]})

    theirs.thing.refresh_from_db()
    assert theirs.thing.is_live


def test_admin__a_scope_given_to_all_would_be_found(client: Client, mine: Place, theirs: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(access.Person, "is_platform_owner", True)
    member_of_staff(client, mine)

    assert "thing list" in leaking(client, theirs)
