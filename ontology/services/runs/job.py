"""What a kind of long work says to the driver: its chunks, one after the other."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ontology.models import Run


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a run that is committed whole with its place.

    `write` does the work, in a transaction of the driver's. `cursor` is where the next chunk begins, `done` how many records are done by then; a job
    that counts says so in `settle`, which changes `run.cursor`, `run.counts`, `run.done` and `run.reserved` right before they are saved.
    A chunk with `atomic` off makes its own transactions, and is safe to repeat: its place is saved after it.
    Chunks with `concurrent` on may be written side by side and in any order; a chunk without waits for all before it.
    `committed` is called once the chunk can no more be lost.
    """

    write: Callable[[], None]
    cursor: Mapping[str, Any] | None = None
    done: int | None = None
    step: str = ""
    settle: Callable[[Run], None] | None = None
    committed: Callable[[], None] | None = None
    atomic: bool = True
    concurrent: bool = False

    def settled(self, run: Run) -> None:
        """Writes into RUN, not yet saved, how far it is with this chunk."""
        if self.cursor is not None:
            run.cursor = dict(self.cursor)
        if self.done is not None:
            run.done = self.done
        if self.step:
            run.step = self.step
        if self.settle is not None:
            self.settle(run)


class StoppedWithin(Exception):
    """No error: the way out of a chunk that saw the wish to stop; nothing of the chunk is kept."""


class Job(ABC):
    """A kind of long work. One object drives one run once: what it must know later stands in the run's row."""

    writers: int = 1
    """Chunks that may be written side by side, where they say that they may."""

    def reaches_every_group(self, run: Run) -> bool:
        """Whether RUN may touch other groups than its own and those below: not, unless a kind of work says so."""
        return False

    @abstractmethod
    def chunks(self, run: Run) -> Iterator[Chunk]:
        """The chunks from `run.cursor` on. Between two of them the driver refreshes `run.batch_size`; whatever ends here ends the run."""

    def finish(self, run: Run) -> dict[str, Any]:
        """The result, in the transaction that ends the run well: the place for its event."""
        return {}

    def failed(self, run: Run) -> None:  # noqa: B027 -- most kinds keep nothing
        """What to keep of a run that failed, in the transaction that says so."""

    def told(self, run: Run) -> str:
        """What of the run is written, in a sentence, when it is paused, cancelled or cut short."""
        of = "" if run.total is None else f" of {run.total:,}"
        return f"{run.done:,}{of} records are done."
