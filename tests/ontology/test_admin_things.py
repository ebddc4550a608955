"""The pages of things: what a form writes, what it shows when the service refuses, and what lies around a thing."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ontology.models import Connection, Event, Group, Person, Thing
from tests.factories import make_connection, make_event, make_group, make_staff, make_thing, staff_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]

ADD, LIST = ("admin:ontology_thing_add", "admin:ontology_thing_changelist")


@pytest.fixture
def staff(client: Client) -> Person:
    person = make_staff(display_name="Ada")
    staff_sign_in(client, person)
    return person


def fields(tenant: Group, **changes: Any) -> dict[str, Any]:
    return {"group": tenant.pk, "type": "announcement", "name": "Compact disc", "status": "active", "external_id": "", "properties": "{}", **changes}


def change_fields(thing: Thing, **changes: Any) -> dict[str, Any]:
    return {"name": thing.name, "status": thing.status, "properties": "{}", "if_version": thing.version, **changes}


def page_of(thing: Thing) -> str:
    return reverse("admin:ontology_thing_change", args=[thing.pk])


def errors(response: Any) -> dict[str, list[str]]:
    form = response.context["adminform"].form
    return {name: list(messages) for name, messages in form.errors.items()}


def test_add__writes_by_the_service_and_tells_who(client: Client, staff: Person) -> None:
    group = make_group()

    response = client.post(reverse(ADD), fields(group, external_id="product:cd", properties='{"title": "CD"}'))

    thing = Thing.objects.get()
    event = Event.objects.get(group=group)
    assert response.status_code == 302
    assert (thing.group, thing.type, thing.name, thing.status, thing.external_id) == (group, "announcement", "Compact disc", "active", "product:cd")
    assert thing.properties == {"title": "CD"}
    assert (event.type, event.person, event.target) == ("thing_created", staff, thing)
    assert event.metadata["by"] == {"door": "admin", "requestId": response["X-Request-Id"]}


@pytest.mark.usefixtures("staff")
def test_add__every_refusal_stands_beside_its_field(client: Client) -> None:
    group = make_group()
    make_thing(group, external_id="taken")

    response = client.post(reverse(ADD), fields(group, type="creator", external_id="taken", properties='{"role": "king", "email": 7}'))

    found = errors(response)
    assert response.status_code == 200
    assert set(found) == {"external_id", "properties"}
    assert "taken" in found["external_id"][0]
    assert len(found["properties"]) == 2
    assert Thing.objects.count() == 1
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"name": ""}, "name", "required"),
        ({"group": ""}, "group", "required"),
        ({"type": "unicorn"}, "type", "Select a valid choice"),
        ({"properties": "{broken"}, "properties", "line 1, column 2"),
        ({"properties": "[]"}, "properties", "A JSON object is expected"),
        ({"status": "gone"}, "status", "Select a valid choice"),
    ],
)
@pytest.mark.usefixtures("staff")
def test_add__shape_is_checked_before_the_service(client: Client, given: dict[str, str], field: str, words: str) -> None:
    response = client.post(reverse(ADD), fields(make_group(), **given))

    assert words in errors(response)[field][0]
    assert not Thing.objects.exists()


@pytest.mark.usefixtures("staff")
def test_add__what_was_typed_stays(client: Client) -> None:
    response = client.post(reverse(ADD), fields(make_group(), properties="{broken"))

    assert b"{broken" in response.content


def test_change__writes_by_the_service(client: Client, staff: Person) -> None:
    thing = make_thing(make_group(), type="announcement", name="Old", properties={})

    response = client.post(page_of(thing), change_fields(thing, name="New", properties='{"title": "CD"}'))

    thing.refresh_from_db()
    event = Event.objects.get(type="thing_updated")
    assert response.status_code == 302
    assert (thing.name, thing.properties) == ("New", {"title": "CD"})
    assert event.person == staff
    assert sorted(event.metadata["changes"]) == ["name", "properties"]


@pytest.mark.usefixtures("staff")
def test_change__nothing_changed_writes_nothing(client: Client) -> None:
    thing = make_thing(make_group(), properties={})

    response = client.post(page_of(thing), change_fields(thing))

    assert response.status_code == 302
    assert Thing.objects.get().version == thing.version
    assert not Event.objects.exists()


@pytest.mark.usefixtures("staff")
def test_change__two_editors_cannot_overwrite_each_other(client: Client) -> None:
    thing = make_thing(make_group(), type="announcement", name="Old", properties={})
    client.post(page_of(thing), change_fields(thing, name="First"))

    response = client.post(page_of(thing), change_fields(thing, name="Second"))

    assert response.status_code == 200
    assert "This thing was changed meanwhile by Ada (2" in errors(response)["__all__"][0]
    assert Thing.objects.get().name == "First"
    assert Event.objects.filter(type="thing_updated").count() == 1


@pytest.mark.usefixtures("staff")
def test_change__meanwhile_by_a_program(client: Client) -> None:
    thing = make_thing(make_group(), properties={})
    Thing.objects.update(name="Changed by SQL")

    response = client.post(page_of(thing), change_fields(thing, name="Second"))

    assert "changed meanwhile by somebody else" in errors(response)["__all__"][0]


@pytest.mark.usefixtures("staff")
def test_change__group_type_and_external_id_cannot_be_posted(client: Client) -> None:
    group, other = make_group(), make_group()
    thing = make_thing(group, external_id="mine", properties={})

    client.post(page_of(thing), change_fields(thing, name="New", group=other.pk, type="creator", external_id="other"))

    thing.refresh_from_db()
    assert (thing.group, thing.type, thing.external_id, thing.name) == (group, "product", "mine", "New")


@pytest.mark.usefixtures("staff")
def test_change__a_deleted_thing_is_only_read(client: Client) -> None:
    thing = make_thing(make_group())
    client.post(reverse(LIST), {"action": "delete_softly", "_selected_action": [thing.pk]})
    thing.refresh_from_db()

    refused = client.post(page_of(thing), change_fields(thing, name="New"))

    assert refused.status_code == 403
    assert client.get(page_of(thing)).status_code == 200


def test_delete_softly_and_restore__with_its_connections(client: Client, staff: Person) -> None:
    link = make_connection(make_group())
    thing = link.to_thing

    client.post(reverse(LIST), {"action": "delete_softly", "_selected_action": [thing.pk]})
    deleted = Thing.objects.get(pk=thing.pk).deleted_at, Connection.objects.get().deleted_at
    client.post(f"{reverse(LIST)}?state=deleted", {"action": "restore", "_selected_action": [thing.pk]})

    assert None not in deleted
    assert Thing.objects.get(pk=thing.pk).deleted_at is None
    assert Connection.objects.get().deleted_at is None
    assert Event.objects.get(type="thing_deleted").person == staff


@pytest.mark.usefixtures("staff")
def test_restore__of_a_live_thing_is_refused_with_a_sentence(client: Client) -> None:
    thing = make_thing(make_group(), name="Alive")

    response = client.post(reverse(LIST), {"action": "restore", "_selected_action": [thing.pk]}, follow=True)

    assert [str(message) for message in response.context["messages"]] == ["Alive: Alive is not deleted."]
    assert not Event.objects.exists()


@pytest.mark.usefixtures("staff")
def test_page__connections_and_latest_events(client: Client) -> None:
    group = make_group()
    hub = make_thing(group, name="Hub")
    for number in range(11):
        make_connection(group, make_thing(group, name=f"From {number}"), hub)
    make_event(group, target=hub, metadata={"action": "opened"})

    response = client.get(page_of(hub))

    around = response.context["around"]
    outbound, inbound = around.tables
    assert outbound.rows == []
    assert len(inbound.rows) == 10
    assert inbound.more_url == f"{reverse('admin:ontology_connection_changelist')}?to_thing__id__exact={hub.pk}"
    assert [[moment.note for moment in day.moments] for day in around.timeline.days] == [['{"action": "opened"}']]
    assert client.get(inbound.more_url).context["cl"].result_count == 11


@pytest.mark.parametrize(
    ("term", "found"), [("disc", ["Compact disc"]), ("DISC", ["Compact disc"]), ("p:1", ["Compact disc"]), ("no", []), ("xyz", [])]
)
@pytest.mark.usefixtures("staff")
def test_list__search(client: Client, term: str, found: list[str]) -> None:
    group = make_group()
    make_thing(group, name="Compact disc", external_id="p:1")
    make_thing(group, name="Cassette")

    response = client.get(reverse(LIST), {"q": term})

    assert [thing.name for thing in response.context["cl"].result_list] == found


@pytest.mark.usefixtures("staff")
def test_list__search_by_id_and_state(client: Client) -> None:
    thing = make_thing(make_group())
    client.post(reverse(LIST), {"action": "delete_softly", "_selected_action": [thing.pk]})

    def listed(**query: str) -> int:
        return int(client.get(reverse(LIST), query).context["cl"].result_count)

    assert listed(q=str(thing.pk)) == 0
    assert listed(q=str(thing.pk), state="deleted") == 1
    assert listed(q=str(thing.pk), state="all") == 1


@pytest.mark.usefixtures("staff")
def test_autocomplete__things_of_the_chosen_group_only(client: Client) -> None:
    group, other = make_group(), make_group()
    mine = make_thing(group, name="Same name")
    make_thing(other, name="Same name")
    query = {"app_label": "ontology", "model_name": "connection", "field_name": "from_thing", "term": "same"}

    chosen = client.get(reverse("admin:autocomplete"), {**query, "group": str(group.pk)}).json()["results"]
    every = client.get(reverse("admin:autocomplete"), query).json()["results"]

    assert [row["id"] for row in chosen] == [str(mine.pk)]
    assert len(every) == 2
