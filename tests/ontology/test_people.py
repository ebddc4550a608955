"""People: each change of an account leaves an event and no secret."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group as Role
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from ontology.errors import FieldRefused
from ontology.models import Event, Group, Person
from ontology.services.actor import PLATFORM, Actor
from ontology.services.people import (
    RightsRefused,
    person_create,
    person_deactivate,
    person_password_set,
    person_sessions_end,
    person_update,
    username_for,
)
from tests.factories import PASSWORD, make_group, make_membership, make_person, make_staff, staff_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


def record() -> list[tuple[str, dict[str, Any]]]:
    """Type and metadata of the platform's events, the oldest first."""
    return [(event.type, event.metadata) for event in Event.objects.in_group(Group.objects.platform()).order_by("id")]


def test_create__leaves_an_event_without_the_password() -> None:
    by = make_staff()

    person = person_create(email=" New@EXAMPLE.org ", username="new", display_name=" New ", password=PASSWORD, actor=Actor(person=by))

    ((kind, metadata),) = record()
    assert (person.email, person.display_name, person.check_password(PASSWORD)) == ("New@example.org", "New", True)
    assert (kind, metadata["email"], metadata["displayName"], metadata["userId"]) == ("user_registered", "New@example.org", "New", str(person.pk))
    assert PASSWORD not in json.dumps(metadata)
    assert person.password not in json.dumps(metadata)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"email": "TAKEN@example.org"}, "email"),
        ({"username": "taken"}, "username"),
        ({"email": "no address"}, "email"),
        ({"username": "a b"}, "username"),
    ],
)
def test_create__refusals_name_their_field(given: dict[str, str], field: str) -> None:
    make_person(email="taken@example.org", username="taken")

    with pytest.raises(FieldRefused) as caught:
        person_create(**{"email": "new@example.org", "username": "new", "actor": PLATFORM, **given})  # type: ignore[arg-type]

    assert caught.value.field == field
    assert Person.objects.count() == 1
    assert record() == []


def test_update__profile_from_and_to() -> None:
    person = make_person(display_name="Ada", bio="old")

    person_update(person, {"display_name": "Ada L.", "bio": "old"}, actor=Actor(person=person))

    ((kind, metadata),) = record()
    assert kind == "profile_updated"
    assert (metadata["changes"], metadata["previousValues"], metadata["newValues"]) == (
        ["display_name"],
        {"display_name": "Ada"},
        {"display_name": "Ada L."},
    )


def test_update__nothing_differs_nothing_written() -> None:
    person = make_person(display_name="Ada")

    person_update(person, {"display_name": "Ada"}, actor=PLATFORM)

    assert record() == []


def test_update__rights_only_by_who_may_give_them() -> None:
    person, clerk, owner = make_person(), make_person(is_staff=True), make_staff()

    with pytest.raises(RightsRefused):
        person_update(person, {"is_superuser": True}, actor=Actor(person=clerk))
    with pytest.raises(RightsRefused):
        person_update(owner, {"email": "clerk@example.org"}, actor=Actor(person=clerk))
    with pytest.raises(RightsRefused):
        person_password_set(owner, PASSWORD, actor=Actor(person=clerk))
    role = Role.objects.create(name="Readers")
    person_update(person, {"is_staff": True, "roles": [role]}, actor=Actor(person=owner))

    ((kind, metadata),) = record()
    assert (kind, metadata["change"]) == ("settings_updated", "person_rights_changed")
    assert (metadata["from"], metadata["to"]) == ({"is_staff": False, "roles": []}, {"is_staff": True, "roles": ["Readers"]})


def test_deactivate__ends_sessions_and_says_so(client: Client) -> None:
    person = make_person()
    client.force_login(person)
    before = client.get(reverse("account:home")).status_code

    person_deactivate(person, actor=PLATFORM)

    assert (before, client.get(reverse("account:home")).status_code) == (200, 302)
    assert record()[0][1]["change"] == "person_deactivated"


def test_sessions_end__and_password_set__end_every_session(client: Client) -> None:
    person = make_person()
    client.force_login(person)
    person_sessions_end(person, actor=PLATFORM)
    after_end = client.get(reverse("account:home")).status_code
    client.force_login(Person.objects.get(pk=person.pk))
    signed_in_again = client.get(reverse("account:home")).status_code

    person_password_set(person, PASSWORD, actor=PLATFORM)

    assert (after_end, signed_in_again, client.get(reverse("account:home")).status_code) == (302, 200, 302)
    assert [metadata.get("change", kind) for kind, metadata in record()] == ["sessions_ended", "password_reset_completed"]
    assert PASSWORD not in json.dumps(record())


def test_username_for__an_address_that_is_taken() -> None:
    make_person(username="ada")

    assert username_for("grace@example.org") == "grace"
    assert username_for("ada@example.org").startswith("ada-")
    assert username_for("'@example.org") == "person"


def person_fields(person: Person, **changes: Any) -> dict[str, Any]:
    kept = {"email": person.email, "username": person.username, "display_name": person.display_name, "bio": "", "avatar": ""}
    return {**kept, "platform_role": "", "is_active": "on", **changes}


def test_admin__change_of_a_person_is_recorded(client: Client) -> None:
    staff, person = make_staff(), make_person(display_name="Ada")
    staff_sign_in(client, staff)
    role = Role.objects.create(name="Readers")
    page = reverse("admin:ontology_person_change", args=[person.pk])

    response = client.post(page, person_fields(person, display_name="Ada L.", is_staff="on", groups=[role.pk]))

    person.refresh_from_db()
    assert response.status_code == 302
    assert (person.display_name, person.is_staff, list(person.groups.all())) == ("Ada L.", True, [role])
    assert [kind for kind, _ in record()] == ["profile_updated", "settings_updated"]
    assert record()[1][1]["by"] == {"door": "admin", "requestId": response["X-Request-Id"]}


def test_admin__taken_address_is_told_beside_it(client: Client) -> None:
    staff_sign_in(client, make_staff())
    make_person(email="taken@example.org")
    person = make_person()

    response = client.post(reverse("admin:ontology_person_change", args=[person.pk]), person_fields(person, email="taken@example.org"))

    assert "email" in response.context["adminform"].form.errors
    assert record() == []


def test_admin__password_of_a_person_is_recorded(client: Client) -> None:
    staff_sign_in(client, make_staff())
    person = make_person()
    page = reverse("admin:auth_user_password_change", args=[person.pk])

    client.post(page, {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true", "set-password": "1"})

    assert Person.objects.get(pk=person.pk).check_password(PASSWORD)
    assert [kind for kind, _ in record()] == ["password_reset_completed"]


def test_admin__clerk_cannot_set_the_password_of_an_owner(client: Client) -> None:
    clerk, owner, group = make_person(is_staff=True), make_staff(), make_group()
    make_membership(group, clerk)
    make_membership(group, owner)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["change_person", "view_person"]))
    staff_sign_in(client, clerk)
    given = {"password1": f"{PASSWORD}!", "password2": f"{PASSWORD}!", "usable_password": "true", "set-password": "1"}

    response = client.post(reverse("admin:auth_user_password_change", args=[owner.pk]), given)

    assert response.status_code == 403
    assert Person.objects.get(pk=owner.pk).check_password(PASSWORD)


def test_admin__person_page_shows_events_sessions_tokens_and_second_factor(client: Client) -> None:
    staff = make_staff()
    staff_sign_in(client, staff)
    client.post(reverse("admin:ontology_apitoken_add"), {"person": staff.pk, "name": "script", "scopes": ["read"], "group": "", "days": "30"})

    response = client.get(reverse("admin:ontology_person_change", args=[staff.pk]))

    events, sessions, tokens = response.context["tables"]
    facts = {fact.label: fact.cell.text for fact in response.context["facts"]}
    assert [(row[1].text, row[3].text) for row in events.rows] == [("settings_updated", "Admin")]
    assert len(sessions.rows) == 1
    assert [row[0].text for row in tokens.rows] == ["script"]
    assert facts["Second factor"].startswith("On since ")
    assert client.get(events.more_url).context["cl"].result_count == 1


def test_admin__role_and_schedule_leave_from_and_to(client: Client) -> None:
    staff_sign_in(client, make_staff())
    right = Permission.objects.get(codename="view_thing")
    every = IntervalSchedule.objects.create(every=5, period="hours")
    task = PeriodicTask.objects.create(name="a task", task="ontology.make_partitions", interval=every)

    client.post(reverse("admin:auth_group_add"), {"name": "Readers", "permissions": [right.pk]})
    client.post(reverse("admin:django_celery_beat_periodictask_changelist"), {"action": "disable_tasks", "_selected_action": [task.pk]})
    client.post(reverse("admin:django_celery_beat_intervalschedule_change", args=[every.pk]), {"every": "6", "period": "hours"})

    role, switched, step = (metadata for _, metadata in record())
    assert (role["change"], role["name"], role["from"], role["to"]["permissions"]) == ("group", "Readers", {}, [str(right)])
    assert (switched["change"], switched["from"], switched["to"]) == ("periodictask", {"enabled": True}, {"enabled": False})
    assert (step["from"], step["to"]) == ({"every": 5}, {"every": 6})
