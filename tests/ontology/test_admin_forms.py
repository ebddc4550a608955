"""The other pages that write: groups, memberships, connections, knowledge, types, people."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ontology.models import Connection, Event, Group, Knowledge, Membership, Person, ThingType
from tests.factories import (
    PASSWORD,
    code_of,
    make_connection,
    make_group,
    make_membership,
    make_person,
    make_second_factor,
    make_staff,
    make_thing,
    staff_sign_in,
)

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture(autouse=True)
def staff(client: Client) -> Person:
    person = make_staff()
    staff_sign_in(client, person)
    return person


def errors(response: Any) -> dict[str, list[str]]:
    form = response.context["adminform"].form
    return {name: list(messages) for name, messages in form.errors.items()}


def group_fields(**changes: Any) -> dict[str, Any]:
    return {
        "name": "North",
        "slug": "north",
        "type": "business",
        "parent": "",
        "description": "",
        "visibility": "private",
        "join_policy": "invite_only",
        "status": "active",
        "metadata": "{}",
        **changes,
    }


def test_group_add__writes_one_event(client: Client, staff: Person) -> None:
    response = client.post(reverse("admin:ontology_group_add"), group_fields())

    assert Group.objects.filter(slug="north").exists()
    assert response.status_code == 302
    assert Event.objects.get(type="group_created").person == staff


def test_group_add__taken_slug_is_told_beside_it(client: Client) -> None:
    make_group(slug="north")

    response = client.post(reverse("admin:ontology_group_add"), group_fields(name="Another"))

    assert errors(response) == {"slug": ["Another group has the slug 'north'; choose a different one."]}
    assert not Group.objects.filter(name="Another").exists()
    assert not Event.objects.exists()


def test_group_change__below_itself_is_told_beside_the_parent(client: Client) -> None:
    top = make_group(slug="north", name="North")
    below = make_group(slug="below", parent=top)

    response = client.post(reverse("admin:ontology_group_change", args=[top.pk]), group_fields(parent=below.pk))

    assert errors(response) == {"parent": ["north cannot lie below below: below is north itself or lies below it."]}
    assert Group.objects.get(pk=top.pk).parent is None


def test_group_change__only_what_differs(client: Client) -> None:
    group = make_group(slug="north", name="Old")

    client.post(reverse("admin:ontology_group_change", args=[group.pk]), group_fields(name="North"))

    assert Event.objects.get().metadata["changes"] == ["name"]


def test_membership_add__and_remove(client: Client) -> None:
    group, person = make_group(), make_person()
    given = {"group": group.pk, "person": person.pk, "role": "group_owner", "creator": "", "permissions": '["export"]'}

    client.post(reverse("admin:ontology_membership_add"), given)
    membership = Membership.objects.get()
    client.post(reverse("admin:ontology_membership_changelist"), {"action": "remove", "_selected_action": [membership.pk]})

    assert (membership.role, membership.permissions) == ("group_owner", ["export"])
    assert not Membership.objects.exists()
    assert set(Event.objects.values_list("type", flat=True)) == {"user_joined_group", "group_updated", "user_removed_from_group"}


def test_membership_change__foreign_creator(client: Client) -> None:
    membership, foreign = make_membership(make_group()), make_thing(make_group(), name="Foreign")
    given = {"role": "customer", "creator": foreign.pk, "permissions": "[]"}

    response = client.post(reverse("admin:ontology_membership_change", args=[membership.pk]), given)

    assert "'Foreign' is not of group" in errors(response)["creator"][0]
    assert Membership.objects.get().role == "group_user"


def connection_fields(group: Group, start: Any, end: Any, **changes: Any) -> dict[str, Any]:
    ends = {"group": group.pk, "from_thing": start.pk, "to_thing": end.pk, "type": "purchased"}
    moments = {f"{name}_{part}": "" for name in ("valid_from", "valid_to") for part in (0, 1)}
    return {**ends, **moments, "strength": "", "metadata": "{}", **changes}


def test_connection_add__writes(client: Client) -> None:
    group = make_group()
    start, end = make_thing(group, type="creator"), make_thing(group)

    client.post(
        reverse("admin:ontology_connection_add"),
        connection_fields(group, start, end, strength="0.5", valid_from_0="2026-01-01", valid_from_1="10:00"),
    )

    row = Connection.objects.get()
    assert (row.from_thing, row.to_thing, row.strength) == (start, end, 0.5)
    assert f"{row.valid_from:%Y-%m-%d %H:%M %Z}" == "2026-01-01 10:00 UTC"


def test_connection_add__refusals_beside_their_ends(client: Client) -> None:
    group, other = make_group(), make_group()
    start, end = make_thing(group, type="product"), make_thing(other)

    response = client.post(reverse("admin:ontology_connection_add"), connection_fields(group, start, end, strength="7"))

    assert set(errors(response)) == {"from_thing", "to_thing", "strength"}
    assert not Connection.objects.exists()


def test_knowledge_add__labels_and_source(client: Client) -> None:
    group = make_group()
    thing = make_thing(group)
    given = {"group": group.pk, "type": "label", "text": "music", "source_thing": thing.pk, "source_field": "", "labels": "a, b", "external_id": ""}

    client.post(reverse("admin:ontology_knowledge_add"), {**given, "metadata": "{}"})

    row = Knowledge.objects.get()
    assert (row.text, row.labels, row.source_thing) == ("music", ["a", "b"], thing)


def test_knowledge_add__foreign_source(client: Client) -> None:
    group, foreign = make_group(), make_thing(make_group())
    given = {"group": group.pk, "type": "label", "text": "music", "source_thing": foreign.pk, "source_field": "", "labels": "", "external_id": ""}

    response = client.post(reverse("admin:ontology_knowledge_add"), {**given, "metadata": "{}"})

    assert set(errors(response)) == {"source_thing"}
    assert not Knowledge.objects.exists()


def type_fields(**changes: Any) -> dict[str, Any]:
    return {"category": "test", "feature": "core", "active": "on", "description": "", "schema": "{}", **changes}


STRICT = '{"type": "object", "required": ["price"]}'


def test_type_change__that_breaks_rows_lists_them_and_asks(client: Client) -> None:
    kind = ThingType.objects.create(name="a_kind", category="test")
    thing = make_thing(make_group(), type="a_kind")
    page = reverse("admin:ontology_thingtype_change", args=[kind.pk])

    refused = client.post(page, type_fields(schema=STRICT))
    schema_after_refusal = ThingType.objects.get(name="a_kind").schema
    confirmed = client.post(page, type_fields(schema=STRICT, confirm="on"))

    assert set(errors(refused)) == {"confirm", "__all__"}
    assert reverse("admin:ontology_thing_change", args=[thing.pk]).encode() in refused.content
    assert b'name="confirm"' in refused.content
    assert schema_after_refusal == {}
    assert confirmed.status_code == 302
    assert ThingType.objects.get(name="a_kind").schema["required"] == ["price"]


def test_type_add__bad_schema_and_name(client: Client) -> None:
    response = client.post(reverse("admin:ontology_thingtype_add"), type_fields(name="Bad Name", schema='{"type": "nonsense"}'))

    assert set(errors(response)) == {"name", "schema"}
    assert not ThingType.objects.filter(category="test").exists()


def test_connection_type_change__unknown_end(client: Client) -> None:
    kind = make_connection(make_group()).type
    page = reverse("admin:ontology_connectiontype_changelist")
    pk = client.get(page, {"q": kind}).context["cl"].result_list[0].pk

    response = client.post(reverse("admin:ontology_connectiontype_change", args=[pk]), type_fields(from_types="unicorn", to_types=""))

    assert errors(response)["from_types"] == ["There is no type of things 'unicorn'."]


def test_event_type_add__revenue_rule(client: Client) -> None:
    given = type_fields(name="sale", revenue_key="amount", revenue_when='{"status": "paid"}')

    response = client.post(reverse("admin:ontology_eventtype_add"), given)

    assert response.status_code == 302
    assert client.get(reverse("admin:ontology_eventtype_changelist"), {"q": "sale"}).context["cl"].result_list[0].revenue_key == "amount"


def test_person_add__and_set_password(client: Client) -> None:
    account = {"email": "new@example.org", "username": "new", "display_name": "", "usable_password": "true"}

    client.post(reverse("admin:ontology_person_add"), {**account, "password1": PASSWORD, "password2": PASSWORD})
    person = Person.objects.get(email="new@example.org")
    page = reverse("admin:auth_user_password_change", args=[person.pk])
    client.post(page, {"password1": f"{PASSWORD}!", "password2": f"{PASSWORD}!", "usable_password": "true", "set-password": "1"})

    before = person.check_password(PASSWORD)
    person.refresh_from_db()
    assert before
    assert person.check_password(f"{PASSWORD}!")


def test_person_change__staff_without_every_right_cannot_give_rights(client: Client) -> None:
    from django.contrib.auth.models import Permission

    clerk, person, group = make_person(is_staff=True), make_person(), make_group()
    make_membership(group, clerk)
    make_membership(group, person)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["change_person", "view_person"]))
    staff_sign_in(client, clerk)
    page = reverse("admin:ontology_person_change", args=[person.pk])

    client.post(
        page, {"email": person.email, "username": person.username, "bio": "changed", "is_active": "on", "is_superuser": "on", "is_staff": "on"}
    )

    person.refresh_from_db()
    assert (person.bio, person.is_superuser, person.is_staff) == ("changed", False, False)


def test_login__with_an_email_and_a_code_leads_to_the_front_page(client: Client) -> None:
    client.logout()
    person = make_staff()
    device = make_second_factor(person)

    asked = client.post(reverse("admin:login"), {"username": person.email.upper(), "password": PASSWORD}, follow=True)
    response = client.post(asked.request["PATH_INFO"], {"code": code_of(device), "next": reverse("admin:index")}, follow=True)

    assert asked.request["PATH_INFO"] == reverse("second-factor:verify")
    assert response.request["PATH_INFO"] == reverse("admin:index")
