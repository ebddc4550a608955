"""Runs: driven in chunks, paused, resumed, cancelled, tuned, taken over, and never driven by two."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from ontology.choices import RunState
from ontology.errors import DomainError, FieldRefused, RunExclusive, RunNotResumable, RunStateRefused, RunTaken
from ontology.models import Notice, Run, RunLine, Thing
from ontology.services.actor import Actor
from ontology.services.runs import Chunk, Driver, Job, NewRun, run_cancel, run_drive, run_pause, run_resume, run_start, run_tune, runs_sweep
from ontology.services.runs.lease import LEASE_SECONDS, is_gone, worker_name
from ontology.services.runs.sweep import ATTEMPTS_MAX
from tests.factories import make_group, make_person, make_run, make_thing

pytestmark = pytest.mark.django_db


@dataclass(slots=True)
class Counting(Job):
    """Writes things one to `last`, a thing a chunk, named by their number; `at` is called in the chunk of its number."""

    group: Any
    last: int = 5
    at: dict[int, Callable[[], None]] = field(default_factory=dict)

    def chunks(self, run: Run) -> Iterator[Chunk]:
        run.total = self.last
        for number in range(run.cursor.get("next", 1), self.last + 1):
            yield Chunk(write=lambda number=number: self._write(number), cursor={"next": number + 1}, done=number, step="counting")

    def _write(self, number: int) -> None:
        make_thing(self.group, name=f"{number}")
        self.at.get(number, lambda: None)()

    def finish(self, run: Run) -> dict[str, Any]:
        return {"last": run.done}


def names(group: Any) -> list[str]:
    return sorted(Thing.objects.in_group(group).values_list("name", flat=True))


def test_driver__writes_all_chunks_and_the_result() -> None:
    group, person = make_group(), make_person()
    run = run_start(NewRun("count", group=group), actor=Actor(person))

    Driver(Counting(group)).drive(run.pk)

    run.refresh_from_db()
    assert (run.state, run.done, run.total, run.step, run.cursor, run.result) == ("succeeded", 5, 5, "counting", {"next": 6}, {"last": 5})
    assert names(group) == ["1", "2", "3", "4", "5"]
    assert (run.worker, run.finished_at is not None) == ("", True)
    assert [line.text for line in run.lines.all()] == [f"Started by {person}.", "Succeeded. 5 of 5 records are done."]
    assert Notice.objects.get().text == "Count succeeded: 5 records."


def test_driver__pauses_within_one_chunk_and_resumes_at_the_cursor() -> None:
    group = make_group()
    run = run_start(NewRun("count", group=group))
    job = Counting(group, at={2: lambda: run_pause(run) and None})

    Driver(job).drive(run.pk)

    run.refresh_from_db()
    assert (run.state, run.done, run.cursor) == ("paused", 2, {"next": 3})
    assert names(group) == ["1", "2"]
    with pytest.raises(RunNotResumable, match="is paused"):
        Driver(Counting(group)).drive(run.pk)
    run_resume(run)
    Driver(Counting(group)).drive(run.pk)
    assert names(group) == ["1", "2", "3", "4", "5"]


def test_driver__cancels_with_whole_chunks_and_says_which() -> None:
    group = make_group()
    run = run_start(NewRun("count", group=group, reserved={"entities_total": 5}))
    job = Counting(group, at={3: lambda: run_cancel(run) and None})

    Driver(job).drive(run.pk)

    run.refresh_from_db()
    assert (run.state, run.done, run.reserved) == ("cancelled", 3, {})
    assert names(group) == ["1", "2", "3"]
    assert "Cancelled. 3 of 5 records are done." in {line.text for line in run.lines.all()}
    with pytest.raises(RunStateRefused, match="is cancelled; it cannot be resumed"):
        run_resume(run)


def test_driver__refusal_fails_the_run_and_a_resume_goes_on() -> None:
    group, person = make_group(), make_person()

    def refuse() -> None:
        raise FieldRefused("name", "Three is refused.")

    run = run_start(NewRun("count", group=group), actor=Actor(person))

    with pytest.raises(FieldRefused):
        Driver(Counting(group, at={3: refuse})).drive(run.pk)

    run.refresh_from_db()
    assert (run.state, run.error, run.done) == ("failed", "Three is refused.", 2)
    assert names(group) == ["1", "2"]
    assert Notice.objects.get().text == "Count failed: 2 records. Three is refused."
    run_resume(run)
    Driver(Counting(group)).drive(run.pk)
    assert names(group) == ["1", "2", "3", "4", "5"]


def test_driver__worker_that_lost_the_run_writes_nothing_more() -> None:
    group = make_group()
    run = run_start(NewRun("count", group=group))

    def lose() -> None:
        Run.objects.filter(pk=run.pk).update(worker="another")

    with pytest.raises(RunTaken):
        Driver(Counting(group, at={2: lose})).drive(run.pk)

    run.refresh_from_db()
    assert (names(group), run.done, run.state) == (["1"], 1, "running")  # the chunk of the loss is taken back, with the loss itself here


def test_driver__held_run_is_refused_until_its_lease_is_over() -> None:
    group = make_group()
    run = make_run(kind="count", state="running", group=group, worker="elsewhere:1:2:3", heartbeat_at=timezone.now(), done=0, total=None)

    with pytest.raises(RunTaken):
        Driver(Counting(group)).drive(run.pk)
    assert run_drive(run.pk, Counting(group)) is None

    Run.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(seconds=LEASE_SECONDS + 1))
    assert Driver(Counting(group)).drive(run.pk).state == "succeeded"


def test_driver__worker_gone_from_this_machine_is_replaced_at_once() -> None:
    group, name = make_group(), worker_name()
    here, _, rest = name.rpartition(":")
    gone = f"{here.rpartition(':')[0]}:4194399:{rest}"
    run = make_run(kind="count", state="running", group=group, worker=gone, heartbeat_at=timezone.now(), done=0, total=None)

    assert (is_gone(gone), is_gone(name), is_gone("elsewhere:1:2:3")) == (True, False, False)
    assert Driver(Counting(group)).drive(run.pk).state == "succeeded"


def test_driver__slice_of_time_hands_the_run_back() -> None:
    group = make_group()
    run = run_start(NewRun("count", group=group))

    left = Driver(Counting(group), slice_seconds=0.0001).drive(run.pk)

    assert (left.state, left.done, names(group)) == ("new", 1, ["1"])


def test_driver__tuning_is_heard_between_chunks() -> None:
    group, heard = make_group(), []
    run = run_start(NewRun("count", group=group))
    job = Counting(group, at={2: lambda: run_tune(run, batch_size=7, throttle_ms=1)})

    Driver(job, on_chunk=lambda run: heard.append((run.batch_size, run.throttle_ms))).drive(run.pk)

    assert heard == [(None, 0), (7, 1), (7, 1), (7, 1), (7, 1)]


@pytest.mark.parametrize(("batch_size", "throttle_ms"), [(0, 0), (10_001, 0), (5, -1), (5, 60_001)])
def test_run_tune__out_of_bounds(batch_size: int, throttle_ms: int) -> None:
    run = make_run()

    with pytest.raises(RunStateRefused):
        run_tune(run, batch_size=batch_size, throttle_ms=throttle_ms)

    run.refresh_from_db()
    assert (run.batch_size, run.throttle_ms) == (None, 0)


MOVES = {
    run_pause: {"new": "paused", "interrupted": "paused", "running": "pausing"},
    run_resume: {"paused": "new", "interrupted": "new", "failed": "new", "pausing": "running"},
    run_cancel: {
        **dict.fromkeys(("new", "paused", "interrupted", "failed"), "cancelled"),
        **dict.fromkeys(("running", "pausing"), "cancelling"),
    },
}


@pytest.mark.parametrize("state", RunState.values)
@pytest.mark.parametrize("wish", MOVES, ids=lambda wish: wish.__name__)
def test_wishes__every_state(wish: Callable[[Run], Run], state: str) -> None:
    run = make_run(state=state)
    expected = MOVES[wish].get(state)

    if expected is None:
        with pytest.raises(RunStateRefused):
            wish(run)
    else:
        wish(run)

    run.refresh_from_db()
    assert run.state == (expected or state)
    assert RunLine.objects.filter(run=run).count() == (1 if expected else 0)


def test_run_start__exclusive() -> None:
    first = run_start(NewRun("count", exclusive="count:all"))

    with pytest.raises(RunExclusive) as refused:
        run_start(NewRun("count", exclusive="count:all"))

    assert refused.value.run_id == first.pk
    run_cancel(first)
    assert run_start(NewRun("count", exclusive="count:all")).state == "new"


@pytest.mark.parametrize(
    ("state", "task", "after"),
    [
        ("running", "some.task", "interrupted"),
        ("running", "", "interrupted"),
        ("pausing", "some.task", "paused"),
        ("cancelling", "some.task", "cancelled"),
        ("paused", "some.task", "paused"),
        ("succeeded", "some.task", "succeeded"),
    ],
)
def test_runs_sweep__silent_runs(state: str, task: str, after: str) -> None:
    silent = timezone.now() - timedelta(seconds=LEASE_SECONDS + 5)
    run = make_run(state=state, task=task, heartbeat_at=silent, queued_at=timezone.now(), queue="nobody")

    runs_sweep()

    run.refresh_from_db()
    assert run.state == after


def test_runs_sweep__runs_with_a_pulse_are_left_alone() -> None:
    run = make_run(state="running", task="some.task", heartbeat_at=timezone.now(), worker="elsewhere:1:2:3")

    assert runs_sweep() == 0

    run.refresh_from_db()
    assert (run.state, run.worker) == ("running", "elsewhere:1:2:3")


def test_runs_sweep__killer_of_workers_is_called_failed() -> None:
    silent = timezone.now() - timedelta(seconds=LEASE_SECONDS + 5)
    run = make_run(state="running", task="some.task", heartbeat_at=silent, attempts=ATTEMPTS_MAX)

    runs_sweep()

    run.refresh_from_db()
    assert (run.state, run.error.startswith("Its worker ended 10 times at the same place")) == ("failed", True)


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("run_ended_reserves_nothing", {"state": "succeeded", "reserved": {"entities_total": 1}}),
        ("run_reserved_is_object", {"state": "new", "reserved": []}),
        ("run_state_is_known", {"state": "asleep"}),
    ],
)
def test_rules__kept_by_the_database(rule: str, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        make_run(**fields)

    assert not connection.needs_rollback


def test_errors__are_of_the_domain() -> None:
    assert all(issubclass(error, DomainError) for error in (RunTaken, RunExclusive, RunStateRefused))
