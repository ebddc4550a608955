"""The API of archives, and of events wherever they are."""

from pathlib import Path

import pytest

from archival.models import ArchiveBatch
from archival.tasks import archive_events, restore_events
from ontology.models import Event, Group, Run
from tests.archival.world import archived, old_events
from tests.factories import make_event, make_group, make_membership, make_person
from tests.ontology.api.client import Api

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def group() -> Group:
    return make_group()


@pytest.fixture
def api(group: Group) -> Api:
    return Api(make_membership(group, make_person(), role="group_owner").person)


def test_archive__is_run_and_told(group: Group, api: Api) -> None:
    old_events(group, 12)
    before = api.get(f"groups/{group.slug}/archive/")
    begun = api.post(f"groups/{group.slug}/archive/run/")
    again = api.post(f"groups/{group.slug}/archive/run/")
    archive_events(begun.json()["run"])
    after = api.get(f"groups/{group.slug}/archive/")

    assert (before.json()["eligibleForArchival"], before.json()["alreadyArchived"]) == (12, 0)
    assert (begun.status_code, begun.json()["started"], again.json()["started"], again.json()["run"]) == (202, True, False, begun.json()["run"])
    assert (after.json()["eligibleForArchival"], after.json()["alreadyArchived"]) == (0, 12)
    assert set(after.json()["config"]) == {"AGE_THRESHOLD_DAYS", "BATCH_SIZE", "RETENTION_DAYS"}


def test_restore__is_told_first_then_run(group: Group, api: Api) -> None:
    old_events(group, 12)
    archived(group)
    path = f"groups/{group.slug}/archive/restore/"

    preview = api.post(path, {"from": "2024-05-01", "to": "2024-05-31", "dryRun": True})
    begun = api.post(path, {"from": "2024-05-01", "days": 2})
    restore_events(begun.json()["run"])

    assert (preview.status_code, preview.json()["rows"], preview.json()["run"]) == (200, 12, None)
    assert (begun.status_code, begun.json()["batches"]) == (202, 1)
    assert ArchiveBatch.objects.get().state == "restored"
    assert Event.objects.filter(group=group, type="events_restored").get().metadata["events"] == 12


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"from": "yesterday"}, 422, "from"),
        ({"days": 0}, 422, "days"),
        ({"days": True}, 422, "days"),
        ({"dryRun": "yes"}, 422, "dryRun"),
        ({"batch": 1}, 422, "batch"),
        ({"from": "2030-01-01"}, 404, None),
    ],
)
def test_restore__refuses_what_makes_no_sense(group: Group, api: Api, body: dict[str, object], status: int, field: str | None) -> None:
    old_events(group, 2)
    archived(group)

    answer = api.post(f"groups/{group.slug}/archive/restore/", body)

    assert answer.status_code == status
    assert [error["field"] for error in answer.json().get("errors", [])] == ([field] if field else [])
    assert Run.objects.filter(kind="restore").count() == 0


def test_report__tells_what_is_kept_where(group: Group, api: Api, archive: Path) -> None:
    old_events(group, 12)
    archived(group)

    told = api.get(f"groups/{group.slug}/archive/report/").json()

    assert told["ledger"]["gaps"] == []
    assert (told["ledger"]["cold"], told["kept"]["cold"]["events"]) == (12, 12)
    assert [(place["storage"], place["batches"]) for place in told["places"]] == [(archive.as_uri(), 1)]


def test_events__of_a_tier(group: Group, api: Api) -> None:
    old_events(group, 12)
    archived(group)
    make_event(group)

    found = {tier: api.get(f"groups/{group.slug}/events/?limit=100&tier={tier}").json()["items"] for tier in ("hot", "cold", "all")}

    assert {tier: len(items) for tier, items in found.items()} == {"hot": 1, "cold": 12, "all": 13}
    assert found["all"] == [*found["hot"], *found["cold"]]
    assert api.get(f"groups/{group.slug}/events/?tier=lukewarm").status_code == 400


def test_events__that_cannot_be_read_are_told_and_hot_ones_stay(group: Group, api: Api, archive: Path) -> None:
    old_events(group, 12)
    (batch,) = archived(group)
    (archive / batch.key).unlink()

    broken = api.get(f"groups/{group.slug}/events/?tier=all")

    assert (broken.status_code, broken.json()["code"], broken.headers["Retry-After"]) == (503, "object_missing", "30")
    assert api.get(f"groups/{group.slug}/events/").status_code == 200


def test_unknown_event__is_told_like_any_other(group: Group, api: Api) -> None:
    old_events(group, 2)
    archived(group)

    assert api.get(f"groups/{group.slug}/events/01990000-0000-7000-8000-000000000001/").status_code == 404
