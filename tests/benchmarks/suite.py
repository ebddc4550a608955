"""One run of the chosen subjects in a database of its own."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from tests.benchmarks import alternatives, api, changes, connections, events, file_load, isolation, tenant_keys, things
from tests.benchmarks.database import scratch_database
from tests.benchmarks.machine import machine_described
from tests.benchmarks.report import Section, document, section_text


@dataclass(frozen=True, slots=True)
class Suite:
    """ROUNDS of the short measurements, a file of RECORDS for the long one."""

    rounds: int
    records: int

    def run(self, subjects: Sequence[str], path: Path | None) -> None:
        """Measures SUBJECTS, tells each as it is done, and writes the document to PATH."""
        with scratch_database() as url:
            machine = machine_described()
            sections: list[Section] = []
            for subject in subjects:
                section = self._measured(subject, url)
                sections.append(section)
                sys.stdout.write(section_text(section))
                sys.stdout.flush()
            if path is not None:
                path.parent.mkdir(exist_ok=True)
                path.write_text(document(sections, machine, timezone.now().date(), self.rounds), encoding="utf-8")
                sys.stdout.write(f"\nWritten: docs/{path.name}\n")

    def _measured(self, subject: str, url: str) -> Section:
        if subject == "file_load":
            return file_load.measure(self.records, url)
        short = {
            "things": things.measure,
            "alternatives": alternatives.measure,
            "connections": connections.measure,
            "changes": changes.measure,
            "events": events.measure,
            "tenant_keys": tenant_keys.measure,
            "isolation": isolation.measure,
            "api": api.measure,
        }
        return short[subject](self.rounds)
