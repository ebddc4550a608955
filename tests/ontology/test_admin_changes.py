"""Connections and knowledge changed, deleted and restored in the admin; the audit trail; links that only those see who may follow them."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from ontology.choices import Door
from ontology.models import Connection, Event, Knowledge, Person, Thing
from ontology.services.actor import Actor
from ontology.services.connection_changes import connection_delete, connection_update
from ontology.services.groups import group_archive
from ontology.services.knowledge_changes import knowledge_update
from ontology.services.single import thing_change
from tests.factories import make_connection, make_event, make_group, make_knowledge, make_person, make_staff, make_thing, make_token, staff_sign_in
from tests.ontology.test_admin_forms import errors

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
LISTS = {Connection: "admin:ontology_connection_changelist", Knowledge: "admin:ontology_knowledge_changelist"}


@pytest.fixture(autouse=True)
def staff(client: Client) -> Person:
    person = make_staff(display_name="Ada")
    staff_sign_in(client, person)
    return person


@pytest.fixture
def link() -> Connection:
    return make_connection(make_group(), metadata={"a": 1})


@pytest.fixture
def piece() -> Knowledge:
    group = make_group()
    return make_knowledge(group, text="old", source_thing=make_thing(group))


def address(row: Any) -> str:
    return reverse(f"admin:ontology_{row._meta.model_name}_change", args=[row.pk])


def connection_fields(row: Connection, **changes: Any) -> dict[str, Any]:
    moments = {f"{name}_{part}": "" for name in ("valid_from", "valid_to") for part in (0, 1)}
    seen = Connection.objects.get(pk=row.pk).updated_at.isoformat()
    return {**moments, "strength": "", "metadata": '{"a": 1}', "if_unmodified": seen, **changes}


def knowledge_fields(row: Knowledge, **changes: Any) -> dict[str, Any]:
    seen = Knowledge.objects.get(pk=row.pk).updated_at.isoformat()
    return {
        "text": row.text,
        "labels": "",
        "source_thing": row.source_thing_id,
        "source_field": "",
        "metadata": "{}",
        "if_unmodified": seen,
        **changes,
    }


def test_connection_change__by_the_service(client: Client, link: Connection, staff: Person) -> None:
    response = client.post(address(link), connection_fields(link, strength="0.5", valid_to_0="2026-05-01", valid_to_1="00:00"))

    row, event = Connection.objects.get(), Event.objects.get()
    assert response.status_code == 302
    assert (row.strength, f"{row.valid_to:%Y-%m-%d}", row.from_thing_id) == (0.5, "2026-05-01", link.from_thing_id)
    assert (event.type, event.person, event.metadata["changes"], event.metadata["by"]["door"]) == (
        "entity_updated",
        staff,
        ["strength", "validTo"],
        "admin",
    )


def test_connection_change__refusals_beside_their_fields(client: Client, link: Connection) -> None:
    dates = {"valid_from_0": "2026-05-01", "valid_from_1": "00:00", "valid_to_0": "2026-04-01", "valid_to_1": "00:00"}

    response = client.post(address(link), connection_fields(link, strength="7", **dates))

    assert set(errors(response)) == {"strength", "valid_to"}
    assert not Event.objects.exists()


def test_changes__lost_race_is_told(client: Client, link: Connection, piece: Knowledge) -> None:
    mine, text = connection_fields(link, strength="0.5"), knowledge_fields(piece, text="mine")
    connection_update(link, {"strength": 0.1})
    knowledge_update(piece, {"text": "theirs"})

    for row, given in ((link, mine), (piece, text)):
        assert "was changed meanwhile" in errors(client.post(address(row), given))["__all__"][0]
    assert (Connection.objects.get().strength, Knowledge.objects.get().text) == (0.1, "theirs")


def test_changes__archived_group_takes_none(client: Client, link: Connection) -> None:
    assert link.group is not None
    group_archive(link.group)

    response = client.post(address(link), connection_fields(link, strength="0.5"))
    client.post(reverse(LISTS[Connection]), {"action": "delete_softly", "_selected_action": [link.pk]})

    assert "is archived" in errors(response)["__all__"][0]
    assert Connection.objects.live().exists()


def test_knowledge_change__by_the_service(client: Client, piece: Knowledge) -> None:
    response = client.post(address(piece), knowledge_fields(piece, text="new", labels="a, b"))

    assert response.status_code == 302
    assert (Knowledge.objects.get().text, Knowledge.objects.get().labels) == ("new", ["a", "b"])
    assert Event.objects.get().metadata["changes"] == ["text", "labels"]
    assert set(errors(client.post(address(piece), knowledge_fields(piece, text="")))) == {"text"}


@pytest.mark.parametrize("kind", [Connection, Knowledge])
def test_list__deletes_and_restores(client: Client, link: Connection, piece: Knowledge, kind: Any) -> None:
    row = link if kind is Connection else piece
    chosen = {"_selected_action": [row.pk]}

    client.post(reverse(LISTS[kind]), {"action": "delete_softly", **chosen})
    gone = not kind.objects.live().exists()
    read_only = client.get(address(row))
    client.post(reverse(LISTS[kind]) + "?state=all", {"action": "restore", **chosen})

    assert gone
    assert b'name="_save"' not in read_only.content
    assert kind.objects.live().get() == row


def audit(thing: Thing) -> str:
    return reverse("admin:ontology_thing_audit", args=[thing.pk])


def test_audit__says_who_what_and_through_which_door(client: Client, staff: Person, link: Connection) -> None:
    token, thing = make_token(prefix="sxt_recognised"), link.from_thing
    thing_change(thing, {"name": "Renamed"}, actor=Actor(token.person, Door.API, "request-7", token.pk))
    connection_delete(link, actor=Actor(staff, Door.ADMIN))

    page = client.get(audit(thing)).content.decode()

    for words in (
        "API token sxt_recognised…",
        "request-7",
        token.person.email,
        "Admin session",
        "Ada",
        "Renamed",
        "Deleted connections",
        str(link.to_thing),
    ):
        assert words in page, words
    assert audit(thing) in client.get(address(thing)).content.decode()


def test_audit__pages(client: Client) -> None:
    thing = make_thing(make_group())
    for _ in range(60):
        make_event(thing.group, target=thing)

    seen, url = 0, audit(thing)
    while url:
        page = client.get(url).context["page"]
        seen += len(page.acts)
        url = page.older_url

    assert seen == 60
    assert client.get(audit(thing), {"events": "broken"}).status_code == 302
    assert client.get(audit(make_thing(make_group()))).status_code == 200


def clerk(client: Client, *models: str) -> Person:
    person = make_person(is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=[f"view_{model}" for model in models] + ["see_every_group"]))
    staff_sign_in(client, person)
    return person


def test_links__only_where_the_reader_may_go(client: Client, link: Connection) -> None:
    event = make_event(link.group, actor=link.from_thing, person=make_person())
    clerk(client, "connection", "event")

    for page in (address(link), address(event), reverse(LISTS[Connection]), reverse("admin:ontology_event_changelist")):
        response = client.get(page)
        assert response.status_code == 200
        for closed in ("thing", "group", "person"):
            assert f"/admin/ontology/{closed}/" not in response.content.decode(), (page, closed)


def test_audit__closed_to_those_who_may_not_see_events(client: Client) -> None:
    thing = make_thing(make_group())
    clerk(client, "thing", "connection")

    assert client.get(audit(thing)).status_code == 404
    assert audit(thing) not in client.get(address(thing)).content.decode()


def test_event_list__by_person_and_door(client: Client, staff: Person) -> None:
    group = make_group()
    mine = make_event(group, person=staff, metadata={"by": {"door": "api"}})
    make_event(group, person=make_person(), metadata={"by": {"door": "task"}})
    page = reverse("admin:ontology_event_changelist")

    by_person = client.get(page, {"person__id__exact": staff.pk}).context["cl"].result_list
    by_door = client.get(page, {"door": "api"}).context["cl"].result_list

    assert (list(by_person), list(by_door)) == ([mine], [mine])


def test_event_page__who_door_request_and_changes(client: Client) -> None:
    token = make_token(prefix="sxt_recognised")
    by = {"by": {"door": "api", "tokenId": str(token.pk), "requestId": "request-9"}}
    event = make_event(make_group(), person=token.person, metadata={**by, "old": {"name": "Before"}, "new": {"name": "After"}})

    page = client.get(address(event)).content.decode()

    for words in (token.person.email, "API token sxt_recognised…", "request-9", "Before", "After"):
        assert words in page
