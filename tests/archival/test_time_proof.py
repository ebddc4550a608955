"""The rule time-proof on real data: archiving and restoring change no metric, no audit answer and no page of events."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from archival.models import ArchiveBatch
from archival.reading import around_elsewhere
from archival.services.restoring import batch_restore
from archival.services.verifying import gaps, ledger
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.metrics import group_counts, thing_audit
from ontology.models import Event, Group, Thing
from ontology.services.actor import PLATFORM
from ontology.services.demo import GROUPS, demo_group_ensure, demo_group_load
from tests.archival.world import run_archive
from tests.factories import make_membership, make_person
from tests.ontology.api.client import Api

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
RECORDS = {"archival_completed", "events_restored"}
"""What archival writes about its own acts: new events, which belong to no answer of before."""
QUESTIONS = (
    "limit=100",
    "limit=100&order=timestamp&fields=id,type,timestamp",
    "limit=100&type=payment_event&before=1997-06-01T00:00:00Z",
    "limit=100&after=1998-06-01T00:00:00Z&omit=metadata",
)


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Group]:
    """The shipped shop, loaded once, in a transaction around the tests here."""
    with django_db_blocker.unblock(), transaction.atomic(), acting(PLATFORM_SCOPE):
        group = demo_group_ensure(GROUPS[0], actor=PLATFORM)
        demo_group_load(GROUPS[0], group, actor=PLATFORM)
        yield group
        transaction.set_rollback(True)


@pytest.fixture
def api(shop: Group) -> Api:
    return Api(make_membership(shop, make_person(), role="group_owner").person)


def pages(api: Api, shop: Group, question: str, *, at_most: int = 3) -> list[dict[str, Any]]:
    """The items that the list gives, page by page."""
    items, cursor = [], ""
    for _ in range(at_most):
        answer = api.get(f"groups/{shop.slug}/events/?tier=all&{question}{cursor}").json()
        items += answer["items"]
        if not answer["hasMore"]:
            break
        cursor = f"&cursor={answer['next']}"
    return [item for item in items if item.get("type") not in RECORDS]


def metrics(shop: Group) -> tuple[Any, ...]:
    """What is computed of the group, save events about archival itself."""
    counts = group_counts(shop)
    own = Event.objects.filter(group=shop, type__in=RECORDS).count()
    return counts.events - own, counts.revenue, counts.things, counts.connections, counts.people


def audits(shop: Group) -> list[Any]:
    """The trails of some things, their first pages."""
    told = []
    for thing in Thing.objects.filter(group=shop).order_by("id")[:4]:
        cursor = None
        for _ in range(4):
            trail = thing_audit(thing, limit=20, cursor=cursor, elsewhere=around_elsewhere)
            told += [
                (thing.pk, entry.event.pk, entry.event.timestamp, entry.event.metadata, str(entry.event.actor), entry.who) for entry in trail.entries
            ]
            cursor = trail.events.next_cursor
            if cursor is None:
                break
    return told


def test_shop__answers_the_same_hot_cold_and_restored(shop: Group, api: Api) -> None:
    def everything() -> tuple[Any, ...]:
        return metrics(shop), audits(shop), [pages(api, shop, question)[:290] for question in QUESTIONS]

    before, hot = everything(), [str(key) for key in Event.objects.filter(group=shop).order_by("timestamp", "id").values_list("id", flat=True)]
    run = run_archive(shop, size=2_000)
    cold = everything()
    walked = [item["id"] for item in pages(api, shop, "limit=100&order=timestamp&fields=id,type", at_most=80)]
    left = list(Event.objects.filter(group=shop, timestamp__lt=timezone.now() - timedelta(days=365)))
    batch = ArchiveBatch.objects.filter(group=shop, state="archived").order_by("month").first()
    assert batch is not None
    batch_restore(batch)
    restored = everything()

    assert (run.result["totalArchived"], left) == (6_919, [])
    assert cold[0] == before[0]
    assert cold[1] == before[1]
    assert cold[2] == before[2]
    assert walked == hot
    assert restored == before
    assert gaps(ledger(shop)) == []


def test_events_list__counts_both_tiers(shop: Group, api: Api) -> None:
    run_archive(shop, size=2_000)

    counts = {tier: api.get(f"groups/{shop.slug}/events/?tier={tier}&count=true&limit=1").json()["count"] for tier in ("hot", "cold", "all")}
    narrowed = api.get(f"groups/{shop.slug}/events/?tier=cold&count=true&limit=1&type=payment_event").json()["count"]

    assert counts["cold"] == 6_919
    assert counts["all"] == counts["hot"] + counts["cold"]
    assert narrowed == 6_919


def test_event__is_read_by_its_id_wherever_it_is(shop: Group, api: Api) -> None:
    event = Event.objects.filter(group=shop, timestamp__year=1997).order_by("id")[10]
    path = f"groups/{shop.slug}/events/{event.pk}/"
    hot = api.get(path)
    run_archive(shop, size=2_000)

    cold = api.get(path)
    again = api.get(path, If_None_Match=cold.headers["ETag"])

    assert (cold.status_code, cold.json(), cold.headers["ETag"]) == (200, hot.json(), hot.headers["ETag"])
    assert again.status_code == 304
