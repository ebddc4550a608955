"""groups/{slug}/metrics/forecast/ and churn/, through real requests."""

from datetime import UTC

import pytest
from django.utils import timezone

from ontology.models import Group, Membership, Thing
from tests.ontology.api.client import Api
from tests.ontology.planting import habits_plant

pytestmark = pytest.mark.django_db


def at(group: Group, path: str) -> str:
    return f"groups/{group.slug}/metrics/{path}"


def test_forecast__of_an_empty_group_says_what_is_missing(api: Api, group: Group) -> None:
    found = api.get(at(group, "forecast/")).json()

    assert [it["name"] for it in found["items"]] == ["events", "things", "storage"]
    assert found["items"][0] == {
        "name": "events",
        "title": "Events",
        "unit": "events a day",
        "beatsNaiveGuess": False,
        "explanation": "There are 0 days of history so far; a forecast needs 146.",
        "error": None,
        "naiveError": None,
        "naiveGuess": None,
        "covered": None,
        "widened": None,
        "days": [],
    }


def test_forecast__and_both_errors(api: Api, group: Group) -> None:
    habits_plant(group, timezone.now().astimezone(UTC).date(), steady=1, leaving=30)

    events = api.get(at(group, "forecast/")).json()["items"][0]

    assert events["error"] > 0
    assert events["naiveError"] > 0
    assert len(events["days"]) == (30 if events["beatsNaiveGuess"] else 0)
    assert events["beatsNaiveGuess"] == (events["error"] <= 0.95 * events["naiveError"])
    assert f"{events['naiveError']:,.4g}" in events["explanation"]


def test_churn__page_by_page(api: Api, group: Group) -> None:
    left = habits_plant(group, timezone.now().astimezone(UTC).date(), steady=30, leaving=30)
    member = Membership.objects.filter(group=group).latest("id")
    Membership.objects.filter(pk=member.pk).update(creator=Thing.objects.get(pk=next(iter(left))))

    first = api.get(at(group, "churn/?limit=40")).json()
    second = api.get(at(group, f"churn/?limit=40&cursor={first['next']}")).json()

    rows = [*first["items"], *second["items"]]
    assert (first["beatsNaiveGuess"], first["actors"], first["hasMore"], second["hasMore"], second["next"]) == (True, 60, True, False, None)
    assert len({row["thing"]["id"] for row in rows}) == len(rows) == 60
    assert {row["person"] for row in rows} == {None, str(member.person_id)}
    assert [row["risk"] for row in rows] == sorted((row["risk"] for row in rows), reverse=True)
    assert first["brier"] < first["naiveBrier"]


def test_churn__of_an_empty_group_names_nobody(api: Api, group: Group) -> None:
    found = api.get(at(group, "churn/")).json()

    assert (found["items"], found["brier"], found["beatsNaiveGuess"], found["actors"]) == ([], None, False, 0)
    assert found["explanation"].startswith("There is not enough history")


def test_churn__refuses_a_cursor_of_nobody(api: Api, group: Group) -> None:
    assert api.get(at(group, "churn/?cursor=x")).status_code == 400
