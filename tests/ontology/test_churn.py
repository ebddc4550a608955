"""Who is likely to stay away: scores by hand, histories hot and cold, planted habits found, and silence where there is nothing to tell."""

import random
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ontology.errors import FieldRefused
from ontology.metrics import group_churn
from ontology.metrics.churn import ChurnAccuracy, History, auc, brier
from ontology.metrics.fitting import chances
from ontology.models import Thing
from ontology.services.bulk import query
from tests.cold import events_cool
from tests.factories import make_group, make_membership, make_thing
from tests.ontology.planting import events_plant, habits_plant
from tests.ontology.test_metrics_data import SHIPPED, loaded

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
TODAY = NOW.date()


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


def test_scores__by_hand() -> None:
    assert brier([0.9, 0.2, 0.5], [True, False, False]) == pytest.approx((0.01 + 0.04 + 0.25) / 3)
    assert auc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75
    assert auc([0.5, 0.5], [True, False]) == 0.5
    assert auc([0.5, 0.5, 0.9], [True, False, True]) == 0.75


def test_accuracy__beats_the_guess_by_five_percent_or_not() -> None:
    assert ChurnAccuracy(0.19, 0.2, 0.5, 0.7, 100).is_better
    assert not ChurnAccuracy(0.191, 0.2, 0.5, 0.7, 100).is_better
    assert not ChurnAccuracy(0.0, 0.0, 1.0, 0.5, 100).is_better


def test_chances__of_what_a_column_tells_apart_are_never_0_or_1() -> None:
    found = chances([[0.0]] * 30 + [[1.0]] * 30, [False] * 30 + [True] * 30, [[0.0], [1.0]])

    assert 0 < found[0] < 0.1
    assert 0.9 < found[1] < 1


def test_chances__of_what_lies_outside_are_those_of_the_edge() -> None:
    known, outcomes = [[n / 10] for n in range(40)], [n > 12 + n % 14 for n in range(40)]

    edge, outside = chances(known, outcomes, [[3.9], [390.0]])

    assert outside == edge < 1


def test_chances__with_nothing_to_learn_are_the_share() -> None:
    assert chances([[1.0]] * 10, [True] * 3 + [False] * 7, [[1.0]]) == pytest.approx([0.3], abs=1e-4)


def test_traits__by_hand() -> None:
    """Days 100, 60 and 20 before: 20 days away, 3 days, known for 100, 2 of them within 90, a pace of 40 days."""
    found = History(uuid.uuid4(), TODAY, 3, 2, back(100), back(20), stayed=True).traits

    assert found == pytest.approx([2.995732, 1.098612, 4.605170, 1.098612, -0.693147], abs=1e-6)


@pytest.mark.django_db
def test_histories__hot_and_cold() -> None:
    """One came 200, 100 and 20 days ago, twice on one day; one 500 days ago; one today, which is not over; one is deleted; one is another group's."""
    group = make_group()
    one, long_ago, new, gone = (make_thing(group, type="creator") for _ in range(4))
    Thing.objects.filter(pk=gone.pk).update(deleted_at=NOW)
    other = make_group()
    events_plant(other, [(make_thing(other).pk, back(20))])
    acts = [(one.pk, back(n)) for n in (200, 100, 100, 20)] + [(long_ago.pk, back(500)), (new.pk, back(0)), (gone.pk, back(20)), (None, back(20))]
    events_plant(group, acts)
    cuts = [back(0), back(90), back(180)]
    asked = {"group": group.pk, "cuts": cuts, "past": 365, "recent": 90, "ahead": 90, "first": back(545), "last": back(0), "actors": 10}
    expected = {
        (one.pk, back(0), 3, 1, back(200), back(20), False),
        (one.pk, back(90), 2, 1, back(200), back(100), True),
        (one.pk, back(180), 1, 1, back(200), back(200), True),
        (long_ago.pk, back(180), 1, 0, back(500), back(500), False),
    }

    hot = query("actor_histories", asked)
    events_cool(group, before=NOW - timedelta(days=95))
    cold = query("actor_histories", asked)

    assert set(hot) == expected
    assert cold == hot
    assert len({row[0] for row in query("actor_histories", {**asked, "actors": 1})}) == 1


@pytest.mark.django_db
def test_group_churn__finds_who_has_stopped() -> None:
    group = make_group()
    left = habits_plant(group, TODAY, steady=60, leaving=60)
    member = make_membership(group, creator=Thing.objects.get(pk=next(iter(left))))

    found = group_churn(group, limit=100, now=NOW)
    further = group_churn(group, limit=100, cursor=found.next_cursor, now=NOW)

    assert found.accuracy is not None
    assert (found.accuracy.is_better, found.accuracy.actors) == (True, 120)
    assert found.accuracy.auc > 0.85
    risks = {row.thing.pk: row.risk for row in (*found.items, *further.items)}
    assert [row.risk for row in (*found.items, *further.items)] == sorted(risks.values(), reverse=True)
    assert (found.actors, len(risks), found.has_more, further.has_more, further.next_cursor) == (120, 120, True, False, None)
    assert min(risks[actor] for actor, day in left.items() if day < back(60)) > 0.8
    assert max(risk for actor, risk in risks.items() if actor not in left) < 0.3
    shown = {row.thing.pk: row for row in (*found.items, *further.items)}
    assert {row.person for row in shown.values()} == {None, member.person}
    assert shown[member.creator_id].last_day == left[member.creator_id]


@pytest.mark.django_db
def test_group_churn__of_chance_alone_names_nobody() -> None:
    group, chance = make_group(), random.Random(5)
    for _ in range(150):
        actor = make_thing(group, type="creator").pk
        events_plant(group, [(actor, back(90 * n + chance.randint(1, 90))) for n in range(6) if chance.random() < 0.5])

    found = group_churn(group, now=NOW)

    assert found.accuracy is not None
    assert not found.accuracy.is_better
    assert (found.items, found.next_cursor) == ([], None)
    assert f"{found.accuracy.brier:.4f}" in found.sentence
    assert f"{found.accuracy.naive_brier:.4f}" in found.sentence


@pytest.mark.django_db
def test_group_churn__of_a_few_has_not_enough_history() -> None:
    group = make_group()
    habits_plant(group, TODAY, steady=3, leaving=3)

    found = group_churn(group, now=NOW)

    assert (found.accuracy, found.items, found.actors) == (None, [], 6)
    assert found.sentence.startswith("There is not enough history")


@pytest.mark.django_db
def test_group_churn__asks_as_many_queries_of_few_as_of_many() -> None:
    counts = []
    for actors in (40, 80):
        group = make_group()
        habits_plant(group, TODAY, steady=actors, leaving=actors)
        with CaptureQueriesContext(connection) as queries:
            assert len(group_churn(group, now=NOW).items) == 20
        counts.append(len(queries))

    assert counts == [3, 3]


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["x", "WyJub3QgYSBudW1iZXIiLCAieCJd"])
def test_group_churn__refuses_a_cursor_of_nobody(cursor: str) -> None:
    with pytest.raises(FieldRefused):
        group_churn(make_group(), cursor=cursor, now=NOW)


@pytest.mark.django_db
def test_group_churn__of_the_shop() -> None:
    """In March 1998 risks tell more of 2,357 customers than the share of 83 % who stayed away in the 90 days before; at the end of June too."""
    group = loaded(SHIPPED["shop"])
    events_cool(group, before=datetime(1997, 9, 1, tzinfo=UTC))

    found = group_churn(group, now=datetime(1998, 3, 22, 1, tzinfo=UTC))

    assert found.accuracy is not None
    assert (found.accuracy.actors, found.accuracy.is_better, found.actors) == (2357, True, 1011)
    assert (found.accuracy.brier, found.accuracy.naive_brier) == pytest.approx((0.1017, 0.1323), abs=0.0001)
    assert found.accuracy.base_rate == pytest.approx(0.83, abs=0.005)
    at_the_end = group_churn(group, now=datetime(1998, 6, 30, 1, tzinfo=UTC))
    assert at_the_end.accuracy is not None
    assert (at_the_end.actors, at_the_end.accuracy.actors, at_the_end.accuracy.is_better) == (817, 934, True)
