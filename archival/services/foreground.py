"""Runs driven by a command: with a bar of progress, stopped at a batch's edge."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from tqdm import tqdm

from ontology.errors import GroupUnknown
from ontology.models import Group, Run
from ontology.services.runs import Driver, Job


def driven(run: Run, job: Job, *, unit: str, to: Any) -> Run:
    """RUN, driven to its end or until Ctrl-C or SIGTERM, with its progress shown on the stream TO. Raises what the driver raises."""
    with _asked_to_stop() as asked, tqdm(unit=unit, unit_scale=True, file=to, mininterval=0.2 if sys.stderr.isatty() else 10) as bar:

        def shown(now: Run) -> None:
            bar.total = now.total
            bar.set_postfix_str(now.step, refresh=False)
            bar.update(now.done - bar.n)

        return Driver(job, should_stop=lambda: bool(asked), on_chunk=shown).drive(run.pk)


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """The signals that asked to stop, so far; the second one stops at once, as it always does."""
    asked: list[int] = []
    before: dict[signal.Signals, Any] = {}

    def ask(number: int, _: object) -> None:
        asked.append(number)
        signal.signal(number, before[signal.Signals(number)])

    try:
        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not the main thread: signals go elsewhere
        before = {}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def group_named(slug: str | None) -> Group | None:
    """The group with this SLUG; None for none. Raises GroupUnknown."""
    if slug is None:
        return None
    found = Group.objects.filter(slug=slug).first()
    if found is None:
        raise GroupUnknown(slug)
    return found


def printed(answer: dict[str, Any]) -> str:
    """An answer as a command prints it."""
    return orjson.dumps(answer, option=orjson.OPT_INDENT_2, default=str).decode()
