"""groups/{slug}/metrics/, things/{id}/stats/ and summary/, through real requests."""

from datetime import UTC, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from ontology.metrics.definitions import CREATOR, GROUP, THING
from ontology.models import Group, Thing
from tests.cold import events_cool
from tests.factories import make_connection, make_custom_metric, make_event, make_group, make_knowledge, make_link, make_thing
from tests.ontology.api.client import Api

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def at(group: Group, path: str) -> str:
    return f"groups/{group.slug}/{path}"


@pytest.fixture
def creator(group: Group) -> Thing:
    """Who published two posts, is followed by one, and was paid 10.10 today and 0.20 ten days ago."""
    made = make_thing(group, type="creator")
    for _ in range(2):
        make_connection(group, make_thing(group, type="blog_post"), made, type="created_by")
    make_connection(group, make_thing(group, type="creator"), made, type="following")
    for days, amount in ((0, 10.1), (10, 0.2)):
        paid = {"status": "processed", "amount": amount}
        make_event(group, type="payment_event", actor=made, metadata=paid, timestamp=timezone.now() - days * DAY)
    return made


def names(metrics: Any) -> set[str]:
    return {it.name for it in metrics}


def test_thing_stats__every_metric_hot_and_cold(api: Api, group: Group, creator: Thing) -> None:
    hot = api.get(at(group, f"things/{creator.pk}/stats/")).json()
    events_cool(group, before=timezone.now() - DAY)
    cold = api.get(at(group, f"things/{creator.pk}/stats/")).json()

    assert set(hot) == names(CREATOR) | {"lastComputed", "computationTime"}
    assert {key: value for key, value in hot.items() if key not in {"lastComputed", "computationTime", "lastActive"}} == {
        "totalRevenue": 10.3,
        "totalFollowers": 1,
        "contentCount": 2,
        "averageEngagement": 0.5,
        "totalEvents": 2,
        "eventsByType": {"payment_event": 2},
        "isActive": True,
        "accountAge": 0,
        "revenuePerContent": 5.15,
        "currentStreakDays": 1,
    }
    assert {**cold, "lastComputed": "", "computationTime": 0} == {**hot, "lastComputed": "", "computationTime": 0}
    assert hot["computationTime"] > 0


def test_thing_stats__of_another_group_are_not_there(api: Api, group: Group) -> None:
    assert api.get(at(group, f"things/{make_thing(make_group()).pk}/stats/")).status_code == 404


def test_metrics__every_metric(api: Api, group: Group, creator: Thing) -> None:
    found = api.get(at(group, "metrics/")).json()

    assert set(found) == names(GROUP) | {"lastComputed", "computationTime"}
    assert (found["userCount"], found["totalEntities"], found["activeUsers"]) == (1, 4, 1)
    assert found["storageUsedMB"] == found["storageUsed"] / 1_000_000
    assert [it["connections"] for it in found["topContentByEngagement"]] == [1, 1]
    assert found["averageEngagementPerContent"] == 1


def test_metrics__an_older_answer_only_for_those_who_take_it(api: Api, group: Group, creator: Thing) -> None:
    cache.clear()
    kept = api.get(at(group, "metrics/?maxAge=60"))
    make_event(group, actor=creator, timestamp=timezone.now())

    again, anew = api.get(at(group, "metrics/?maxAge=60")), api.get(at(group, "metrics/"))

    assert again.content == kept.content
    assert (kept.headers["Age"], anew.headers["Age"]) == ("0", "0")
    assert anew.json()["eventsThisWeek"] == kept.json()["eventsThisWeek"] + 1
    assert api.get(at(group, "metrics/?maxAge=61")).status_code == 400


def test_metrics__what_is_kept_is_of_one_group(api: Api, group: Group, creator: Thing) -> None:
    cache.clear()
    child = make_group(parent=group)
    api.get(at(group, "metrics/?maxAge=60"))

    assert api.get(at(child, "metrics/?maxAge=60")).json()["totalEntities"] == 0


def test_metrics_days__today_the_last(api: Api, group: Group, creator: Thing) -> None:
    today = timezone.now().astimezone(UTC).date()

    found = api.get(at(group, "metrics/days/?days=11")).json()["items"]

    assert [it["day"] for it in found] == [str(today - n * DAY) for n in range(10, -1, -1)]
    assert (found[0]["events"], found[0]["revenue"], found[-1]["events"], found[-1]["revenue"]) == (1, 0.2, 1, 10.1)


def test_metrics_custom__value_days_and_what_is_missing(api: Api, group: Group, creator: Thing) -> None:
    events_cool(group, before=timezone.now() - DAY)
    make_custom_metric(group, name="amounts", event_type="payment_event", aggregate="sum", sum_key="amount", unit="USD")
    make_custom_metric(group, name="off", active=False)

    (found,) = api.get(at(group, "metrics/custom/")).json()["items"]

    assert (found["name"], found["value"], found["unit"], found["coldEventsMissing"]) == ("amounts", 10.1, "USD", 1)
    assert (len(found["days"]), found["days"][-1]["value"]) == (30, 10.1)


def test_thing_summary__both_directions_and_knowledge(api: Api, group: Group, creator: Thing) -> None:
    piece = make_knowledge(group)
    make_link(group, thing=creator, knowledge=piece)

    bare = api.get(at(group, f"things/{creator.pk}/summary/")).json()
    full = api.get(at(group, f"things/{creator.pk}/summary/?knowledge=true")).json()

    assert set(bare) == names(THING) | {"computationTime"}
    assert (bare["inboundCount"], bare["outboundCount"], bare["totalConnections"], bare["knowledge"]) == (3, 0, 3, None)
    assert bare["connectionTypes"] == {"inbound": ["created_by", "following"], "outbound": []}
    assert [it["thing"]["type"] for it in bare["inbound"]] == ["blog_post", "blog_post", "creator"]
    assert [it["id"] for it in full["knowledge"]] == [str(piece.pk)]
