"""The one driver of every run: claims it, writes its chunks, obeys those who watch, and ends it."""

import copy
import logging
import random
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from ontology.choices import LineLevel, RunState
from ontology.errors import DomainError, RunTaken
from ontology.isolation import PLATFORM_SCOPE, Scope, acting
from ontology.models import Group, Run
from ontology.services.limits import limits_told
from ontology.services.runs.control import run_enqueue
from ontology.services.runs.job import Chunk, Job, StoppedWithin
from ontology.services.runs.journal import Sampler, run_log
from ontology.services.runs.lease import advance, beating, claim, close, worker_name
from ontology.services.runs.notices import notice_of_end
from ontology.services.runs.stopping import process_is_stopping
from ontology.services.runs.writers import Writers

SLICE_SECONDS = 15 * 60
"""A task drives a run no longer and hands it to its queue again: messages stay young, other runs get their turn, releases need not wait for hours."""
_ATTEMPTS_A_CHUNK = 5
_PASSING = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, psycopg.errors.LockNotAvailable)
_log = logging.getLogger(__name__)


def run_drive(run_id: uuid.UUID | str, job: Job) -> Run | None:
    """Drives a run in a worker until it ends, is stopped, or its slice of time is over; None when there is nothing to do for this worker.

    What it met stands in the run's row and log, and is raised only where it was no refusal of the domain.
    """
    try:
        return Driver(job, slice_seconds=SLICE_SECONDS, should_stop=process_is_stopping).drive(run_id)
    except DomainError as refused:
        _log.info("%s", refused)
        return None


@dataclass(slots=True)
class Driver:
    """Drives one run by JOB. `should_stop` is asked between chunks, `on_chunk` hears of each, once its place is saved."""

    job: Job
    should_stop: Callable[[], bool] = lambda: False
    on_chunk: Callable[[Run], None] = lambda run: None
    slice_seconds: float | None = None
    worker: str = field(default_factory=worker_name)
    _settling: threading.Lock = field(default_factory=threading.Lock)
    _sampler: Sampler = field(default_factory=Sampler)
    _until: float = float("inf")
    _outcome_lost: bool = False

    def drive(self, run_id: uuid.UUID | str) -> Run:
        """The run as it is left: succeeded, paused, cancelled, interrupted by `should_stop`, or `new` again when the slice is over.

        Raises RunTaken and RunNotResumable before anything is done, and what a chunk met, after it is written down.
        """
        run = claim(run_id, self.worker)
        self._until = time.monotonic() + (self.slice_seconds or float("inf"))
        with acting(self._scope(run)), beating(run, self.worker), self._ends_kept(run):
            self._end(run, self._chunks_written(run))
        if run.state == RunState.NEW:
            run_enqueue(run)
        return run

    def _scope(self, run: Run) -> Scope:
        """The groups that RUN may touch: its own and all below, every one for a run of the platform or of its operators. Two queries or none."""
        if run.group is None:
            return PLATFORM_SCOPE
        with acting(PLATFORM_SCOPE):
            if self.job.reaches_every_group(run):
                return PLATFORM_SCOPE
            return Scope(frozenset(Group.objects.within(run.group).values_list("pk", flat=True)), person_id=run.person_id)

    def _chunks_written(self, run: Run) -> RunState:
        """Writes chunk by chunk, at least one unless somebody wishes otherwise; the state in which that ends."""
        stop = self._wish(run)
        if stop is not None:
            return stop
        writers = 1 if connection.in_atomic_block else self.job.writers
        with Writers(writers) as writing, closing(self._source(run)) as source, suppress(StoppedWithin):
            for chunk in source:
                writing.write(partial(self._write, run, chunk), alone=not chunk.concurrent)
                stop = self._stop(run)
                if stop is not None:
                    break
                self._rest(run)
            writing.settle()
            return stop or RunState.SUCCEEDED
        return self._stop(run) or RunState.INTERRUPTED

    def _source(self, run: Run) -> Generator[Chunk]:
        yield from self.job.chunks(run)

    def _write(self, run: Run, chunk: Chunk) -> None:
        """Writes CHUNK and its place; what passes by itself, such as a deadlock, is tried again."""
        for attempt in range(1, _ATTEMPTS_A_CHUNK + 1):
            try:
                if not chunk.atomic:
                    chunk.write()
                self._save(run, chunk)
                break
            except OperationalError as error:
                if attempt == _ATTEMPTS_A_CHUNK or not isinstance(error.__cause__, _PASSING) or connection.in_atomic_block:
                    raise
                time.sleep(random.uniform(0.05, 0.2) * attempt)  # noqa: S311 -- jitter
        self.on_chunk(run)

    def _save(self, run: Run, chunk: Chunk) -> None:
        """One transaction of the chunk and its place. From its place on until it is committed or taken back no other chunk saves its own: what is
        rolled back must not stand in the cursor of the next.
        """
        with ExitStack() as held:
            with limits_told(), transaction.atomic():
                if chunk.atomic:
                    chunk.write()
                held.enter_context(self._settling)
                self._demand_known_outcomes()
                held.enter_context(self._outcome_known())
                held.enter_context(_unless_committed(run))
                chunk.settled(run)
                advance(run, self.worker)
                self._sampler.sample(run)
            if chunk.committed is not None:
                chunk.committed()

    def _demand_known_outcomes(self) -> None:
        """Raises OperationalError once the answer to a chunk's COMMIT was lost: that chunk may stand in the row's cursor, which no other may then
        overwrite. Whoever goes on with the run reads there which it was.
        """
        if self._outcome_lost:
            raise OperationalError("The session that committed another chunk was lost.")

    @contextmanager
    def _outcome_known(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            self._outcome_lost = not isinstance(error.__cause__, _PASSING)
            raise

    def _stop(self, run: Run) -> RunState | None:
        """The state to stop in, when somebody wishes that, the process ends or its time is over."""
        wish = self._wish(run)
        if wish is not None:
            return wish
        if self.should_stop():
            return RunState.INTERRUPTED
        return RunState.NEW if time.monotonic() > self._until else None

    def _wish(self, run: Run) -> RunState | None:
        return {RunState.CANCELLING: RunState.CANCELLED, RunState.PAUSING: RunState.PAUSED}.get(RunState(run.state))

    def _rest(self, run: Run) -> None:
        if run.throttle_ms:
            time.sleep(run.throttle_ms / 1000)

    def _end(self, run: Run, state: RunState) -> None:
        with limits_told(), transaction.atomic():
            result = self.job.finish(run) if state is RunState.SUCCEEDED else {}
            close(run, self.worker, state, result=result)
            if state is not RunState.NEW:
                run_log(run, f"{state.label}. {self.job.told(run)}")
                notice_of_end(run)

    @contextmanager
    def _ends_kept(self, run: Run) -> Iterator[None]:
        """Writes down what ended a run that did not end itself, and passes it on."""
        try:
            yield
        except RunTaken as taken:
            _log.warning("%s; this one stops", taken)
            raise
        except DomainError as refused:
            self._keep(run, RunState.FAILED, str(refused))
            raise
        except (OperationalError, InterfaceError, KeyboardInterrupt, SystemExit) as ended:
            words = str(ended).strip().split("\n")[0] if str(ended) else "Stopped."
            self._keep(run, RunState.INTERRUPTED, words)
            raise
        except BaseException as error:
            self._keep(run, RunState.FAILED, f"{type(error).__name__}: {error}")
            raise

    def _keep(self, run: Run, state: RunState, sentence: str) -> None:
        """As far as the database answers, by a new session where the old one is broken: it may be what ended the run, and then the sweep finds the
        run by its silence.
        """
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        with suppress(DatabaseError, InterfaceError, RunTaken), acting(PLATFORM_SCOPE), transaction.atomic():
            close(run, self.worker, state, error=sentence)
            run_log(run, sentence, LineLevel.ERROR if state is RunState.FAILED else LineLevel.WARNING)
            if state is RunState.FAILED:
                self.job.failed(run)
                notice_of_end(run)


@contextmanager
def _unless_committed(run: Run) -> Iterator[None]:
    """Gives RUN its place back when the transaction that was to save a new one fails."""
    before = {name: copy.deepcopy(getattr(run, name)) for name in ("cursor", "counts", "reserved", "done", "total", "step")}
    try:
        yield
    except BaseException:
        for name, value in before.items():
            setattr(run, name, value)
        raise
