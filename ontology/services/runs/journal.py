"""A run's log and the samples of its rate."""

import time

from ontology.choices import LineLevel
from ontology.models import Run, RunLine, RunSample

SAMPLES_A_DOUBLING = 200
SAMPLE_SECONDS_MIN = 1.0


def run_log(run: Run, text: str, level: LineLevel = LineLevel.INFO) -> None:
    """Writes a line into the log of RUN, in the caller's transaction; one query."""
    RunLine.objects.create(run=run, text=text, level=level)


class Sampler:
    """Writes down how far a run is: at first every second, later the less often the longer it takes, so that a chart of it stays small."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()

    def sample(self, run: Run) -> None:
        """Writes a sample when it is time for one, in the caller's transaction; one query or none."""
        now = time.monotonic()
        if now - self._last >= max(SAMPLE_SECONDS_MIN, (now - self._began) / SAMPLES_A_DOUBLING):
            self._last = now
            RunSample.objects.create(run=run, done=run.done)
