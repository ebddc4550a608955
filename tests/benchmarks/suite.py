"""One run of the chosen subjects in a database of its own."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from tests.benchmarks import (
    alternatives,
    api,
    archive,
    archive_depth,
    changes,
    checks,
    connections,
    events,
    file_load,
    isolation,
    metrics,
    migration,
    observation,
    quotas,
    tenant_keys,
    things,
)
from tests.benchmarks.database import scratch_database
from tests.benchmarks.machine import machine_described
from tests.benchmarks.report import Section, document, document_with, section_text

SHORT: Mapping[str, Callable[[int], Section]] = {
    "things": things.measure,
    "alternatives": alternatives.measure,
    "connections": connections.measure,
    "changes": changes.measure,
    "events": events.measure,
    "tenant_keys": tenant_keys.measure,
    "isolation": isolation.measure,
    "api": api.measure,
    "archive": archive.measure,
    "archive_depth": archive_depth.measure,
    "observation": observation.measure,
    "quotas": quotas.measure,
    "metrics": metrics.measure,
    "checks": checks.measure,
}
"""Subjects measured in rounds."""


@dataclass(frozen=True, slots=True)
class Suite:
    """ROUNDS of the short measurements, a file of RECORDS for the long one, THINGS that are migrated."""

    rounds: int
    records: int
    things: int

    def run(self, subjects: Sequence[str], path: Path | None, *, whole: bool) -> None:
        """Measures SUBJECTS, tells each as it is done, and writes the WHOLE document to PATH, or each section into its place there."""
        with scratch_database() as url:
            machine, day = machine_described(), timezone.now().date()
            sections: list[Section] = []
            for subject in subjects:
                section = self._measured(subject, url)
                sections.append(section)
                sys.stdout.write(section_text(section))
                sys.stdout.flush()
                if path is not None and not whole:
                    path.write_text(document_with(path.read_text(encoding="utf-8"), section, day, self.rounds), encoding="utf-8")
            if path is not None and whole:
                path.write_text(document(sections, machine, day, self.rounds), encoding="utf-8")
            if path is not None:
                sys.stdout.write(f"\nWritten: docs/{path.name}\n")

    def _measured(self, subject: str, url: str) -> Section:
        if subject == "migration":
            return migration.measure(self.things)
        return file_load.measure(self.records, url) if subject == "file_load" else SHORT[subject](self.rounds)
