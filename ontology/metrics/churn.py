"""Who is likely to stay away: for each live actor the chance of no event within the next 90 days, from its own days with events."""

import math
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from ontology.errors import FieldRefused
from ontology.metrics.cursors import cursor_id, cursor_parts, cursor_text, limit_checked
from ontology.metrics.fitting import chances
from ontology.metrics.forecasts import BETTER_BY
from ontology.models import Group, Membership, Person, Thing
from ontology.services.bulk import query

AHEAD_DAYS = 90
"""Who has no event for so long counts as gone."""
PAST_DAYS = 365
ACTORS_MAX = 20_000
ACTORS_MIN = 50
"""A risk is learned from so many actors at least, of whom OUTCOMES_MIN stayed and as many went."""
OUTCOMES_MIN = 10
ROWS_DEFAULT = 20


@dataclass(frozen=True, slots=True)
class History:
    """The days with an event that an actor had in the PAST_DAYS before a day, and whether it had one in the AHEAD_DAYS from then on."""

    actor: uuid.UUID
    cut: date
    days: int
    recent: int
    first: date
    last: date
    stayed: bool

    @property
    def traits(self) -> list[float]:
        """What the risk is learned from: how long it has been away, how often and how long it came, how often lately, and how late it is by its own pace."""
        away, known = (self.cut - self.last).days, (self.cut - self.first).days
        pace = (self.last - self.first).days / (self.days - 1) if self.days > 1 else PAST_DAYS
        return [math.log(away), math.log(self.days), math.log(known), math.log1p(self.recent), math.log(away / max(pace, 1.0))]


@dataclass(frozen=True, slots=True)
class ChurnAccuracy:
    """How well the risks of 90 days ago would have told who stayed away since: Brier scores (mean squares of what a chance was off), smaller is better.

    The naive guess gives everybody the share that stayed away in the 90 days before, `base_rate`. `auc` is the chance that of two actors, one gone and one
    not, the gone one had the higher risk: 0.5 is a coin. `actors` is how many were tested.
    """

    brier: float
    naive_brier: float
    base_rate: float
    auc: float
    actors: int

    @property
    def is_better(self) -> bool:
        """Whether the risks beat the guess."""
        return self.brier <= BETTER_BY * self.naive_brier and self.naive_brier > 0


@dataclass(frozen=True, slots=True)
class Risk:
    """An actor, the member that it stands for if any, the chance (0 to 1) that it stays away, its last day with an event and how many it had."""

    thing: Thing
    person: Person | None
    risk: float
    last_day: date
    days: int


@dataclass(frozen=True, slots=True)
class ChurnPage:
    """A page of risks, the highest first; empty unless they beat the naive guess. `actors` is how many have a risk; `is_sample`: the group may have more.

    `next_cursor` begins the next page, None on the last; `sentence` says what came of the test; `computation_time` is in ms.
    """

    items: Sequence[Risk]
    actors: int
    is_sample: bool
    has_more: bool
    next_cursor: str | None
    accuracy: ChurnAccuracy | None
    sentence: str
    last_computed: datetime
    computation_time: float


def group_churn(group: Group, *, limit: int = ROWS_DEFAULT, cursor: str | None = None, now: datetime | None = None) -> ChurnPage:
    """At most LIMIT (1 to 100) risks of GROUP from its whole days (UTC) before NOW. Raises FieldRefused for a bad limit or cursor.

    Three queries; cost follows the actors' events of a year and a half, whichever page is asked for. Of more than ACTORS_MAX actors a sample is looked at.
    """
    started, now, limit, after = time.perf_counter(), now or timezone.now(), limit_checked(limit), _place(cursor)
    today = now.astimezone(UTC).date()
    cuts = [today, today - timedelta(days=AHEAD_DAYS), today - timedelta(days=2 * AHEAD_DAYS)]
    rows = _histories(group, cuts)
    present, tested, learned = ([row for row in rows if row.cut == cut] for cut in cuts)
    accuracy = _accuracy(learned, tested)
    ranked = _ranked(tested, present) if accuracy is not None and accuracy.is_better else []
    rest = [row for row in ranked if after is None or (-row[0], row[1].actor) > after]
    page = rest[:limit]
    return ChurnPage(
        items=_inlined(group, page),
        actors=len(present),
        is_sample=len({row.actor for row in rows}) >= ACTORS_MAX,
        has_more=len(rest) > limit,
        next_cursor=cursor_text(repr(page[-1][0]), page[-1][1].actor) if len(rest) > limit else None,
        accuracy=accuracy,
        sentence=churn_sentence(accuracy),
        last_computed=now,
        computation_time=(time.perf_counter() - started) * 1000,
    )


def churn_sentence(it: ChurnAccuracy | None) -> str:
    """What came of the test, with both numbers, as people read it."""
    if it is None:
        return (
            f"There is not enough history: a risk is learned from {ACTORS_MIN} actors at least, of whom {OUTCOMES_MIN} stayed and {OUTCOMES_MIN} "
            f"stayed away, {2 * AHEAD_DAYS} days ago and again {AHEAD_DAYS} days ago."
        )
    by_luck = f"No risks are shown: they do not beat the naive guess by {1 - BETTER_BY:.0%}, which luck alone might do."
    verdict = "They beat the naive guess." if it.is_better else by_luck
    return (
        f"Of {it.actors:,} actors, the risks of {AHEAD_DAYS} days ago would have been off by {it.brier:.4f} (Brier score), the guess that each stays away "
        f"with a chance of {it.base_rate:.0%} by {it.naive_brier:.4f}. {verdict} Of one who went and one who stayed, the one who went had the higher risk in {it.auc:.0%} of pairs."
    )


def _histories(group: Group, cuts: Sequence[date]) -> list[History]:
    bounds = {"first": cuts[-1] - timedelta(days=PAST_DAYS), "last": cuts[0], "past": PAST_DAYS, "recent": AHEAD_DAYS, "ahead": AHEAD_DAYS}
    return [History(*row) for row in query("actor_histories", {"group": group.pk, "cuts": list(cuts), "actors": ACTORS_MAX, **bounds})]


def _is_enough(rows: Sequence[History]) -> bool:
    stayed = sum(row.stayed for row in rows)
    return len(rows) >= ACTORS_MIN and min(stayed, len(rows) - stayed) >= OUTCOMES_MIN


def _accuracy(learned: Sequence[History], tested: Sequence[History]) -> ChurnAccuracy | None:
    if not (_is_enough(learned) and _is_enough(tested)):
        return None
    base = sum(not row.stayed for row in learned) / len(learned)
    gone = [not row.stayed for row in tested]
    risks = _risks(learned, tested)
    return ChurnAccuracy(brier(risks, gone), brier([base] * len(gone), gone), base, auc(risks, gone), len(gone))


def _risks(learned: Sequence[History], asked: Sequence[History]) -> list[float]:
    return chances([row.traits for row in learned], [not row.stayed for row in learned], [row.traits for row in asked])


def _ranked(learned: Sequence[History], asked: Sequence[History]) -> list[tuple[float, History]]:
    return sorted(zip(_risks(learned, asked), asked, strict=True), key=lambda row: (-row[0], row[1].actor)) if asked else []


def brier(risks: Sequence[float], outcomes: Sequence[bool]) -> float:
    """The mean square of what RISKS were off from OUTCOMES, of which there is one at least."""
    return math.fsum((risk - outcome) ** 2 for risk, outcome in zip(risks, outcomes, strict=True)) / len(risks)


def auc(risks: Sequence[float], outcomes: Sequence[bool]) -> float:
    """The share of pairs of one outcome of each kind in which the true one had the higher risk, a tie counting half; needs one of each."""
    ranks, place = dict[float, float](), 0
    for risk, same in sorted(Counter(risks).items()):
        ranks[risk], place = place + (same + 1) / 2, place + same
    true = sum(outcomes)
    total = math.fsum(ranks[risk] for risk, outcome in zip(risks, outcomes, strict=True) if outcome)
    return (total - true * (true + 1) / 2) / (true * (len(outcomes) - true))


def _place(cursor: str | None) -> tuple[float, uuid.UUID] | None:
    if cursor is None:
        return None
    risk, key = cursor_parts(cursor, 2)
    try:
        return -float(risk), cursor_id(key)
    except ValueError:
        raise FieldRefused("cursor", "The cursor cannot be read; leave it out to begin anew.") from None


def _inlined(group: Group, page: Sequence[tuple[float, History]]) -> list[Risk]:
    """The risks of a PAGE with their things and members; two queries, none for nothing."""
    if not page:
        return []
    keys = [row.actor for _, row in page]
    things = Thing.objects.filter(group=group).in_bulk(keys)
    people = {row.creator_id: row.person for row in Membership.objects.filter(group=group, creator__in=keys).select_related("person")}
    return [Risk(things[row.actor], people.get(row.actor), risk, row.last, row.days) for risk, row in page if row.actor in things]
