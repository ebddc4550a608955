"""What a rehearsal found wrong with a release. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

STEPWISE = (
    "Do it in steps, each a migration of its own: add a constraint NOT VALID and validate it later, build an index concurrently, "
    "fill columns in batches outside of the transaction that changes the table."
)


READERS_WAIT = "AccessExclusiveLock"
"""The one lock that readers wait for; for the others that are looked at, only writers do."""


@dataclass(frozen=True, slots=True)
class Held:
    """A lock that people would have waited for: in the migration, on the table, for so many seconds."""

    migration: str
    table: str
    mode: str
    seconds: float

    @property
    def stops_readers(self) -> bool:
        """Whether reading waits too."""
        return self.mode == READERS_WAIT


@dataclass(frozen=True, slots=True)
class Fault:
    """A reason not to release: its kind, the migration or check it belongs to, the sentence, and what to do."""

    kind: str
    where: str
    sentence: str
    remedy: str


def locks_too_long(held: Sequence[Held], seconds: float) -> list[Fault]:
    """A fault for each lock held for longer than SECONDS."""
    return [
        Fault(
            "long_lock",
            lock.migration,
            f"{lock.migration} held {lock.mode} on {lock.table} for {lock.seconds:.2f} s: {'readers and writers' if lock.stops_readers else 'writers'} "
            f"of that table would have waited so long; {seconds:g} s is what people are asked to bear.",
            STEPWISE,
        )
        for lock in held
        if lock.seconds > seconds
    ]


def rows_lost(before: Mapping[str, int], after: Mapping[str, int]) -> list[Fault]:
    """A fault for each table that has fewer rows than before, or is gone with rows in it."""
    return [
        Fault(
            "rows_lost",
            table,
            f"{table} had {count:,} rows before the migrations and {f'has {after[table]:,}' if table in after else 'is gone'}.",
            "If the release means to delete them, say so in the change request; else find the migration that does.",
        )
        for table, count in before.items()
        if after.get(table, 0) < count
    ]
