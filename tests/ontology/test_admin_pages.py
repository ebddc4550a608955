"""What the front page, a group's page and the lists show."""

import pytest
from django.test import Client
from django.urls import reverse

from ontology.admin import listing
from ontology.admin.listing import CappedPaginator
from ontology.admin.parts import json_line, progress_bar
from ontology.ids import uuid7
from ontology.models import Connection, Event, Group, Knowledge, Person, Thing, ThingKnowledge
from tests.factories import make_connection, make_event, make_group, make_membership, make_person, make_run, make_staff, make_thing, staff_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture(autouse=True)
def staff(client: Client) -> Person:
    person = make_staff()
    staff_sign_in(client, person)
    return person


def test_front_page__six_dimensions_groups_and_runs(client: Client) -> None:
    parent = make_group(slug="a-parent", name="The parent")
    make_group(slug="b-child", name="The child", parent=parent)
    make_event(parent)
    make_run(group=parent, done=1500, total=3000)

    response = client.get(reverse("admin:index"))

    cards = {card.label: card.text for card in response.context["cards"]}
    groups, runs = (table for table in response.context["tables"] if table.title in {"Groups", "Latest runs"})
    assert list(cards) == ["Groups", "People", "Things", "Connections", "Events", "Knowledge"]
    assert cards["People"] == "1"
    assert [[cell.text for cell in row] for row in groups.rows[:2]] == [
        ["The parent", "Business", "–", "0", "0", "1", "2026-03-05 12:00:00"],  # noqa: RUF001
        ["The child", "Business", "The parent", "0", "0", "0", "–"],  # noqa: RUF001
    ]
    assert runs.rows[0][3].text == "1,500 of 3,000"


def test_group_page__counts_bars_members_and_subgroups(client: Client) -> None:
    group = make_group()
    make_membership(group, make_person(display_name="Grace"))
    make_group(name="Below", parent=group)
    make_connection(group)
    make_event(group, type="payment_event", metadata={"status": "processed", "amount": 1234.5, "currency": "USD"})

    response = client.get(reverse("admin:ontology_group_change", args=[group.pk]))

    page = response.context["page"]
    members, subgroups, runs = page.tables
    assert {figure.label: figure.text for figure in page.figures} == {
        "People": "1",
        "Things": "2",
        "Connections": "1",
        "Events": "1",
        "Knowledge": "0",
        "Revenue": "1,234.50",
    }
    assert [(bar.label, bar.percent) for bar in page.charts[0].bars] == [("creator", 100), ("product", 100)]
    assert members.rows[0][0].text == "Grace"
    assert subgroups.rows[0][0].text == "Below"
    assert runs.rows == []
    assert b'role="meter"' in response.content


def test_group_page__says_when_and_how_long(client: Client) -> None:
    group = make_group()

    response = client.get(reverse("admin:ontology_group_change", args=[group.pk]))

    assert "UTC in" in response.context["page"].computed


@pytest.mark.parametrize(("rows", "text", "counted"), [(0, "0", 0), (3, "3", 3), (4, "more than 3", 3)])
def test_capped_paginator__counts_no_further(monkeypatch: pytest.MonkeyPatch, rows: int, text: str, counted: int) -> None:
    monkeypatch.setattr(listing, "COUNTED_ROWS_MAX", 3)
    group = make_group()
    for _ in range(rows):
        make_thing(group)

    paginator = CappedPaginator(Thing.objects.order_by("-id"), 2)

    assert (paginator.count_text, paginator.count, paginator.is_capped) == (text, counted, rows > 3)


def test_capped_paginator__of_a_list() -> None:
    assert CappedPaginator([1, 2, 3], 2).count == 3


def test_list__says_that_there_is_more(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "COUNTED_ROWS_MAX", 1)
    group = make_group()
    make_thing(group)
    make_thing(group)

    response = client.get(reverse("admin:ontology_thing_changelist"))

    assert b"more than 1 things; filters and search reach the rest" in response.content


def test_events__by_external_id_once_a_group_is_chosen(client: Client) -> None:
    group = make_group()
    event = make_event(group, external_id="e:1")
    page = reverse("admin:ontology_event_changelist")

    def found(**query: str) -> list[Event]:
        return list(client.get(page, query).context["cl"].result_list)

    assert found(q="e:1") == []
    assert found(q="e:1", group__id__exact=str(group.pk)) == [event]
    assert found(q=str(event.pk)) == [event]


@pytest.mark.parametrize("model", ["thing", "group"])
def test_history__is_the_events(client: Client, model: str) -> None:
    group = make_group()
    row: Thing | Group = make_thing(group) if model == "thing" else group

    response = client.get(reverse(f"admin:ontology_{model}_history", args=[row.pk]), follow=True)

    assert response.status_code == 200
    assert response.request["PATH_INFO"] == reverse("admin:ontology_event_changelist")


def test_event_page__metadata_is_pretty_and_escaped(client: Client) -> None:
    event = make_event(make_group(), metadata={"text": "<script>ü"})

    response = client.get(reverse("admin:ontology_event_change", args=[event.pk]))

    assert "&quot;text&quot;: &quot;&lt;script&gt;ü&quot;" in response.content.decode()


def test_people__found_by_address_and_in_references_by_its_beginning(client: Client) -> None:
    make_person(email="grace@example.org")
    page = reverse("admin:ontology_person_changelist")
    reference = {"app_label": "ontology", "model_name": "membership", "field_name": "person", "term": "gra"}

    listed = client.get(page, {"q": "GRACE@example.org"}).context["cl"].result_count
    offered = client.get(reverse("admin:autocomplete"), reference).json()["results"]

    assert listed == 1
    assert len(offered) == 1


def test_pages__name_only_our_own_host(client: Client) -> None:
    content = client.get(reverse("admin:index")).content.decode()

    assert 'src="http' not in content
    assert 'href="http' not in content


def test_progress_bar__with_and_without_a_total() -> None:
    assert 'aria-valuenow="5"' in progress_bar("Load", 5, 10)
    assert "50 %" in progress_bar("Load", 5, 10)
    assert "progressbar" not in progress_bar("Load", 1500, None)


def test_json_line__is_cut() -> None:
    assert json_line({"a": "b" * 100}, letters=10) == '{"a": "bbb…'


def test_login_page__for_strangers(client: Client) -> None:
    client.logout()

    response = client.get(reverse("admin:index"))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize("model", ["thing", "connection", "event", "knowledge", "thingknowledge"])
def test_lists__leave_legacy_rows_to_the_migration(client: Client, model: str) -> None:
    Thing.objects.create(group=None, type="", name="", schema_version=0, properties=[])
    Connection.objects.create(group=None, type="", from_thing_id=uuid7(), to_thing_id=uuid7())
    Knowledge.objects.create(group=None, type="label", text="")
    ThingKnowledge.objects.create(group=None, thing_id=uuid7(), knowledge_id=uuid7(), role="label")
    make_event(None, metadata=[])

    response = client.get(reverse(f"admin:ontology_{model}_changelist"), {"state": "all"} if model in {"thing", "connection", "knowledge"} else {})

    assert response.context["cl"].result_count == 0


def test_event_page__names_a_thing_that_is_gone_by_its_id(client: Client) -> None:
    group = make_group()
    thing = make_thing(group)
    event = make_event(group, actor=thing)
    Thing.objects.filter(pk=thing.pk).delete()

    response = client.get(reverse("admin:ontology_event_change", args=[event.pk]))

    assert str(thing.pk) in response.content.decode()
    assert reverse("admin:ontology_thing_change", args=[thing.pk]) not in response.content.decode()


def test_restoration__tells_what_stayed_away(client: Client) -> None:
    group = make_group()
    link = make_connection(group)
    page = reverse("admin:ontology_thing_changelist")
    client.post(page, {"action": "delete_softly", "_selected_action": [link.to_thing_id]})
    client.post(page, {"action": "delete_softly", "_selected_action": [link.from_thing_id]})

    response = client.post(f"{page}?state=deleted", {"action": "restore", "_selected_action": [link.to_thing_id]}, follow=True)

    told = [str(message) for message in response.context["messages"]]
    assert any(f"{link.from_thing} is deleted" in sentence for sentence in told)
    assert told[-1] == "1 thing was restored."
