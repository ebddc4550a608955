"""Quarantine: what cannot come over is kept whole, with its reason and its place."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ontology.migration.export_file import Line
from ontology.models import QuarantinedRow, Run


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that cannot be a row, and why; without `document` its text is kept instead."""

    line: Line
    reason: str
    document: dict[str, Any] | None = None


def quarantine_keep(run: Run, refused: Sequence[Refused]) -> None:
    """Keeps documents, each once however often its export is loaded; one query or none."""
    QuarantinedRow.objects.bulk_create([_row(run, one) for one in refused], ignore_conflicts=True, batch_size=500)


def _row(run: Run, refused: Refused) -> QuarantinedRow:
    line = refused.line
    digest = hashlib.sha256(f"{line.place}\0{line.size}\0".encode() + line.text).digest()
    text = "" if refused.document is not None else line.text.decode(errors="backslashreplace").replace("\0", "\\x00")
    return QuarantinedRow(kind=line.table, reason=refused.reason, document=refused.document, text=text, place=line.place, digest=digest, run=run)
