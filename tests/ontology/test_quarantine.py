"""What staff decide about rows in quarantine and about things of several groups, by the services and in the admin."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from ontology.errors import QuarantineRefused
from ontology.migration.decisions import legacy_thing_assign, quarantine_discard, quarantine_release, things_to_review
from ontology.models import Connection, Event, Group, Knowledge, LegacyRow, QuarantinedRow, Run, Thing, ThingKnowledge
from ontology.services.actor import PLATFORM
from ontology.services.limits import limits_settle
from ontology.services.runs import run_pause, run_resume
from quotas.services.recount import usage_drift
from tests.factories import make_group, make_person, make_staff, staff_sign_in
from tests.ontology.legacy_exports import document, generated, load, write_export
from tests.ontology.test_migrate_ontology import migrate
from tests.roles import as_role

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
TABLES: dict[str, list[Any]] = {
    "groups": [document("g1", slug="shop", name="Shop"), document("g2", slug="club", name="Club")],
    "entities": [
        document("a", groupId="g1", type="creator", name="Ada", properties={}),
        document("b", groupId="g2", type="creator", name="Bob", properties={}),
        document("t", type="product", name="Torn", properties={}),
    ],
    "connections": [
        document("c1", fromEntityId="a", toEntityId="t", relationshipType="owns", metadata={"n": 1}),
        document("c2", fromEntityId="b", toEntityId="t", relationshipType="owns", metadata={}),
        document("c3", fromEntityId="a", toEntityId="gone", relationshipType="owns", metadata={}),
    ],
    "events": [
        document("e1", type="content_event", actorId="t", timestamp=1.7e12, metadata={}),
        document("e2", groupId="g1", type="content_event", actorId="a", targetId="t", timestamp=1.7e12, metadata={}),
    ],
    "knowledge": [document("k", knowledgeType="label", text="k", labels=[], sourceThingId="t")],
    "thingKnowledge": [document("w", thingId="t", knowledgeId="k", role="label")],
    "visits": [document("v", page="/")],
    "broken": ["{"],
}


@pytest.fixture
def migrated(tmp_path: Path) -> None:
    load(write_export(tmp_path / "export.zip", TABLES))
    report = migrate(tmp_path, "--no-backup")
    assert (report["things_group_ambiguous"], report["connections_quarantined"]) == (1, {"cross_group": 2, "orphaned": 1})


def kept(reason: str) -> QuarantinedRow:
    return QuarantinedRow.objects.filter(reason=reason).order_by("row_id").first()  # type: ignore[return-value]


@pytest.mark.usefixtures("migrated")
def test_release__a_repaired_connection_is_whole_again() -> None:
    row, ada = kept("orphaned"), Thing.objects.get(name="Ada")

    with pytest.raises(QuarantineRefused, match="to_thing_id: no thing has the id"):
        quarantine_release(row, row.document, actor=PLATFORM)
    with pytest.raises(QuarantineRefused, match="different groups"):
        quarantine_release(row, {**row.document, "to_thing_id": str(Thing.objects.get(name="Bob").pk)}, actor=PLATFORM)
    assert Connection.objects.count() == 0
    words = quarantine_release(row, {**row.document, "to_thing_id": str(ada.pk)}, actor=PLATFORM)

    made = Connection.objects.get()
    assert (made.pk, made.group, made.to_thing_id, made.type) == (row.row_id, ada.group, ada.pk, "owns")
    row.refresh_from_db()
    assert (row.state, row.decision) == ("released", words) == ("released", f"Released as connection {made.pk} of group shop.")
    limits_settle()
    assert usage_drift() == []
    with pytest.raises(QuarantineRefused, match="already"):
        quarantine_discard(row, "twice", actor=PLATFORM)
    told = Event.objects.get(type="settings_updated", metadata__change="quarantinedrow").metadata
    assert (told["from"], told["to"]["state"]) == ({"state": "open"}, "released")


@pytest.mark.usefixtures("migrated")
def test_release__a_document_becomes_a_legacy_row(tmp_path: Path) -> None:
    row = QuarantinedRow.objects.create(kind="entities", reason="no_id", document={"name": "Late", "type": "note", "groupId": "g1"})

    with pytest.raises(QuarantineRefused, match="no id"):
        quarantine_release(row, row.document, actor=PLATFORM)
    with pytest.raises(QuarantineRefused, match="has the id a"):
        quarantine_release(row, {**row.document, "_id": "a"}, actor=PLATFORM)
    quarantine_release(row, {**row.document, "_id": "late"}, actor=PLATFORM)

    assert migrate(tmp_path, "--no-backup")["things_migrated"] == 1
    assert Thing.objects.get(name="Late").group.slug == "shop"
    with pytest.raises(QuarantineRefused, match="Nothing here is made of a document of visits"):
        quarantine_release(QuarantinedRow.objects.get(kind="visits"), {}, actor=PLATFORM)


@pytest.mark.usefixtures("migrated")
def test_discard__with_a_reason_alone() -> None:
    row = kept("orphaned")

    with pytest.raises(QuarantineRefused, match="Say why"):
        quarantine_discard(row, " ", actor=PLATFORM)
    quarantine_discard(row, "Not ours", actor=PLATFORM)

    row.refresh_from_db()
    assert (row.state, row.decision, row.decided_at is not None) == ("discarded", "Not ours", True)


@pytest.mark.usefixtures("migrated")
def test_assign__what_hangs_on_a_thing_follows_it() -> None:
    shop, torn = Group.objects.get(slug="shop"), Thing.objects.get(name="Torn")
    (found,) = things_to_review(10)
    assert (found["name"], found["old_id"], sorted(slug for _, slug in found["groups"])) == ("Torn", "t", ["club", "shop"])

    with as_role("worker"):  # no owner of the tables
        followed = legacy_thing_assign(torn.pk, shop, actor=PLATFORM)

    wanted = {
        "connections_released": 1,
        "connections_quarantined": 0,
        "events": 1,
        "references": 1,
        "knowledge": 1,
        "links": 1,
        "links_quarantined": 0,
    }
    assert followed == wanted
    torn.refresh_from_db()
    assert torn.group == shop
    (link,) = Connection.objects.all()
    assert (link.group, link.metadata) == (shop, {"n": 1})
    assert {event.external_id: (event.group_id, event.actor_id, event.target_id) for event in Event.objects.filter(type="content_event")} == {
        "e1": (shop.pk, torn.pk, None),
        "e2": (shop.pk, Thing.objects.get(name="Ada").pk, torn.pk),
    }
    assert (Knowledge.objects.get().group, ThingKnowledge.objects.get().group) == (shop, shop)
    assert things_to_review(10) == []
    assert LegacyRow.objects.get(kind="thing", row_id=torn.pk).decision == "reviewed"
    assert usage_drift() == []
    with pytest.raises(QuarantineRefused, match="has its group"):
        legacy_thing_assign(torn.pk, Group.objects.get(slug="club"), actor=PLATFORM)


@pytest.mark.usefixtures("migrated")
def test_pages__are_read_decided_and_downloaded(client: Client) -> None:
    staff_sign_in(client, make_staff())
    row, place = kept("orphaned"), "/admin/ontology/quarantinedrow/"

    listed = client.get(f"{place}?state__exact=open&kind=connection&reason=orphaned").content.decode()
    page = client.get(f"{place}{row.pk}/change/").content.decode()
    broken = client.post(f"{place}{row.pk}/release/", {"document": "{"}).content.decode()
    refused = client.post(f"{place}{row.pk}/release/", {"document": json.dumps({**row.document, "note": "kept"})}).content.decode()
    client.post(f"{place}{row.pk}/discard/", {"reason": "Not ours"})
    lines = b"".join(client.get(f"{place}download/").streaming_content).splitlines()  # type: ignore[attr-defined]

    assert listed.count(str(row.row_id)) == 1
    assert "An end of it does not exist." in page
    assert "The repaired row cannot be read" in broken
    assert "no thing has the id" in refused
    assert "kept" in refused, "what was written stays in the form"
    row.refresh_from_db()
    assert (row.state, row.decision, row.decided_by is not None) == ("discarded", "Not ours", True)
    assert sorted({json.loads(line)["reason"] for line in lines}) == ["broken_json", "cross_group", "unknown_table"]


@pytest.mark.usefixtures("migrated")
def test_review_page__moves_a_thing(client: Client) -> None:
    staff_sign_in(client, make_staff())
    torn, shop = Thing.objects.get(name="Torn"), Group.objects.get(slug="shop")

    page = client.get("/admin/ontology/quarantinedrow/review/").content.decode()
    for nothing, words in {"": "Choose a group.", "nowhere": "There is no group nowhere."}.items():
        answer = client.post("/admin/ontology/quarantinedrow/assign/", {"thing": str(torn.pk), "group": nothing}, follow=True)
        assert words in answer.content.decode()
        assert Thing.objects.get(pk=torn.pk).group.slug == "legacy"  # type: ignore[union-attr]
    client.post("/admin/ontology/quarantinedrow/assign/", {"thing": str(torn.pk), "group": "shop"})

    assert "Move Torn to shop" in page
    assert Thing.objects.get(pk=torn.pk).group == shop


@pytest.mark.usefixtures("migrated")
def test_review_page__takes_a_group_that_is_not_offered(client: Client) -> None:
    staff_sign_in(client, make_staff())
    torn, other = Thing.objects.get(name="Torn"), make_group()

    client.post("/admin/ontology/quarantinedrow/assign/", {"thing": str(torn.pk), "group": f" {other.slug} "})

    assert Thing.objects.get(pk=torn.pk).group == other


@pytest.mark.usefixtures("migrated")
def test_pages__are_closed_to_staff_without_the_right(client: Client) -> None:
    staff_sign_in(client, make_person(is_staff=True))
    row = kept("orphaned")

    answers = [client.post(f"/admin/ontology/quarantinedrow/{path}") for path in (f"{row.pk}/release/", f"{row.pk}/discard/", "assign/")]

    assert [answer.status_code for answer in answers] == [404, 404, 403]
    row.refresh_from_db()
    assert row.state == "open"


def test_front_page__tells_of_legacy_rows_until_they_are_migrated(client: Client, tmp_path: Path) -> None:
    staff_sign_in(client, make_staff())
    load(write_export(tmp_path / "export.zip", TABLES))
    before = client.get("/admin/").content.decode()
    migrate(tmp_path, "--no-backup")

    assert "The migration is not finished" in before
    assert "The migration is not finished" not in client.get("/admin/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_migration__is_paused_and_resumed_while_its_command_waits(tmp_path: Path) -> None:
    load(write_export(tmp_path / "export.zip", generated(12)))
    report: list[Any] = []

    def migrates() -> None:
        try:
            report.append(migrate(tmp_path, "--no-backup", "--batch-size", "10"))
        finally:
            connection.close()

    thread = threading.Thread(target=migrates)
    thread.start()
    run = _until("running")
    run_pause(run)
    _until("paused")
    left = Thing.objects.filter(schema_version=0).count()
    run_resume(Run.objects.get(kind="migration"))
    thread.join(60)

    assert (left > 0, report[0]["things_migrated"], Run.objects.get(kind="migration").state) == (True, 120, "succeeded")


def _until(state: str) -> Run:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        run = Run.objects.filter(kind="migration", state=state).first()
        if run is not None and (state != "running" or run.done > 0):
            return run
        time.sleep(0.01)
    raise AssertionError(state)
