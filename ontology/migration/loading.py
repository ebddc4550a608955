"""Loading an old export: documents become v0 rows, groups become groups, and what can be neither goes to quarantine; loading twice adds nothing."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import orjson
from django.db import transaction

from ontology.choices import Door, LegacyKind
from ontology.errors import UnreadableFile
from ontology.migration.documents import LegacyDocument, document_read
from ontology.migration.export_file import ExportFile, Line
from ontology.migration.groups_loading import groups_load
from ontology.migration.quarantine import Refused, quarantine_keep
from ontology.migration.rows_loading import EXCLUSIVE, rows_load
from ontology.models import Run
from ontology.records.parsing import json_parse
from ontology.services.actor import Actor
from ontology.services.bulk import TakenBack, query
from ontology.services.runs import Chunk, Driver, Job, NewRun, run_start

KIND = "legacy_import"
CHUNK_DOCUMENTS, CHUNK_BYTES = 5_000, 32 << 20
DEPTH_SURE = 200
"""JSON with no more brackets is surely not too deep; orjson writes 254 levels."""
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""The character NUL as JSON writes it; after an even number of backslashes `u0000` is plain text."""
TABLES = {
    "groups": LegacyKind.GROUP,
    "entities": LegacyKind.THING,
    "connections": LegacyKind.CONNECTION,
    "events": LegacyKind.EVENT,
    "knowledge": LegacyKind.KNOWLEDGE,
    "thingKnowledge": LegacyKind.LINK,
}


@dataclass(slots=True)
class Loaded:
    """What became of documents: by table, how many were read, loaded, there already and quarantined."""

    run: Run
    ignored: list[str]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """{table: {read, loaded, known, quarantined}}."""
        return {table: dict(of) for table, of in self.run.counts.items()}


@dataclass(slots=True)
class LoadJob(Job):
    """Reads the export chunk by chunk; the cursor is the member of the ZIP and the line in it."""

    file: ExportFile

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """Chunks of documents of one table, at most CHUNK_DOCUMENTS and about CHUNK_BYTES of them."""
        done, now = run.done, run.created_at
        for member, lines in self._pieces(run):
            counts: Counter[str] = Counter()
            done += len(lines)
            yield Chunk(
                write=partial(self._write, run, lines, counts, now),
                cursor={"member": member, "line": lines[-1].number},
                done=done,
                step=lines[0].table,
                settle=partial(_counted, lines[0].table, counts),
            )

    def finish(self, run: Run) -> dict[str, Any]:
        """The counts, and what of the ZIP was no document."""
        query("tables_analyze", {})
        return {"tables": run.counts, "ignored": self.file.ignored[:100]}

    def _pieces(self, run: Run) -> Iterator[tuple[int, list[Line]]]:
        piece: list[Line] = []
        before, size, most = 0, 0, min(run.batch_size or CHUNK_DOCUMENTS, CHUNK_DOCUMENTS)
        for member, line in self.file.lines(member=run.cursor.get("member", 0), after=run.cursor.get("line", 0)):
            if piece and (member != before or len(piece) >= most or size > CHUNK_BYTES):
                yield before, piece
                piece, size = [], 0
            piece.append(line)
            before, size = member, size + len(line.text)
        if piece:
            yield before, piece

    def _write(self, run: Run, lines: Sequence[Line], counts: Counter[str], now: datetime) -> None:
        counts.clear()
        kind = TABLES.get(lines[0].table)
        good: list[tuple[Line, LegacyDocument]] = []
        refused: list[Refused] = []
        for line in lines:
            read = line_read(kind, line, now)
            if isinstance(read, Refused):
                refused.append(read)
            else:
                good.append((line, read))
        actor = Actor(run.person, Door(run.door), f"run {run.pk}")
        loaded, repeated = groups_load(good, actor) if kind is LegacyKind.GROUP else rows_load(good)
        refused += repeated
        quarantine_keep(run, refused)
        counts |= Counter(read=len(lines), loaded=loaded, quarantined=len(refused), known=len(lines) - loaded - len(refused))


def _counted(table: str, counts: Counter[str], run: Run) -> None:
    run.counts[table] = dict(Counter(run.counts.get(table, {})) + counts)


def _is_too_deep(line: Line, document: dict[str, Any]) -> bool:
    """Whether values lie in one another more deeply than can be written, a few levels aside for what a row adds."""
    if line.text.count(b"{") + line.text.count(b"[") <= DEPTH_SURE:
        return False
    try:
        orjson.dumps([[[[document]]]])
    except TypeError:
        return True
    return False


def line_read(kind: LegacyKind | None, line: Line, now: datetime) -> LegacyDocument | Refused:
    """The document of LINE, or why it cannot be a row."""
    if not line.is_whole:
        return Refused(line, "too_large")
    document, fault = json_parse(line.text, large_as_text=True)
    if fault is not None:
        return Refused(line, "broken_json")
    if not isinstance(document, dict):
        return Refused(line, "not_an_object")
    if b"\\u0000" in line.text and _NUL.search(line.text):
        return Refused(line, "null_character")
    if _is_too_deep(line, document):
        return Refused(line, "too_deep")
    if kind is None:
        return Refused(line, "unknown_table", document)
    if not isinstance(document.get("_id"), str) or not document["_id"].strip():
        return Refused(line, "no_id", document)
    return document_read(kind, document, now)


def legacy_load(file: ExportFile, *, actor: Actor, dry_run: bool = False, resume: Run | None = None) -> Loaded:
    """Loads FILE in the foreground, as a run. Raises UnreadableFile before anything is written, RunExclusive while another migration is under way.

    With DRY_RUN the whole is one transaction that is taken back; the answer is the same.
    """
    counted = file.survey()
    if resume is not None and resume.kind != KIND:
        raise UnreadableFile(f"The run {resume.pk} loads no export.")
    loaded: Loaded | None = None
    try:
        with transaction.atomic() if dry_run else nullcontext():
            new = NewRun(KIND, exclusive=EXCLUSIVE, total=sum(counted.values()), parameters={"file": file.path.name, "tables": counted})
            run = resume or run_start(new, actor=actor)
            loaded = Loaded(Driver(LoadJob(file)).drive(run.pk), file.ignored)
            if dry_run:
                raise TakenBack
    except TakenBack:
        pass
    assert loaded is not None
    return loaded
