"""Rejected records: handed out in the format they came in, and taken back corrected, into the same run."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import partial
from itertools import batched
from typing import Any

import orjson
from django.db import transaction

from ontology.choices import RunState
from ontology.errors import RunStateRefused
from ontology.models import Run, RunReject
from ontology.records import Record, RecordFile, is_csv_name
from ontology.records.csv_cells import QUOTED_MARK, quoted
from ontology.records.parsing import json_parse
from ontology.services.actor import Actor
from ontology.services.import_job import rejects_keep
from ontology.services.import_reading import BATCH_RECORDS
from ontology.services.import_records import RecordWriter, Reject, Tally
from ontology.services.import_uploads import QUEUE, is_within_group, run_target
from ontology.services.record import platform_record
from ontology.services.run_writes import writes_keep
from ontology.services.runs import Chunk, Job, run_enqueue, run_log
from ontology.services.survey import record_kind
from ontology.services.uploads import Upload, upload_path

TASK = "ontology.correct_import"
LINE, PROBLEMS = "_line", "_problems"
LINE_DIGITS_MAX = 9
UNREAD_ROWS = {"wrong_width", "not_json"}
"""What keeps a row of CSV from being a record; its cells are kept as JSON all the same."""


def rejects_name(run: Run) -> str:
    """What the file of rejected records is called; its ending says its format."""
    return f"rejects-{run.pk}.{'csv' if _is_csv(run) else 'ndjson'}"


def _is_csv(run: Run) -> bool:
    return is_csv_name(str(run.parameters.get("file", "")))


def rejects_lines(run: Run) -> Iterator[bytes]:
    """The rejected records of RUN as a file to correct: NDJSON, or CSV where the run's file was one; remarks on each begin with _. One query a thousand."""
    rejects = run.rejects.order_by("line").iterator(chunk_size=1000)
    if _is_csv(run):
        return _csv_lines((row.line, bytes(row.text), row.problems) for row in rejects)
    return (reject_line(row.line, bytes(row.text), row.problems) for row in rejects)


def reject_line(line: int, text: bytes, problems: list[dict[str, str]]) -> bytes:
    """A rejected record as a line that can be corrected and loaded again: its remarks begin with _ and are passed over then."""
    remarks = {LINE: line, PROBLEMS: problems}
    as_text = {"_text": text.decode(errors="replace"), **remarks}
    try:
        value = orjson.loads(text)
        return orjson.dumps({**value, **remarks} if isinstance(value, dict) else as_text) + b"\n"
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # no JSON, or nested deeper than can be written
        return orjson.dumps(as_text) + b"\n"


def _csv_lines(rejects: Iterable[tuple[int, bytes, list[dict[str, str]]]]) -> Iterator[bytes]:
    columns: list[str] = []
    for line, text, problems in rejects:
        cells: dict[str, str] = orjson.loads(text)
        cells = {name: cell for name, cell in cells.items() if name not in {LINE, PROBLEMS, QUOTED_MARK}}
        if not columns:
            columns = [*cells, LINE, PROBLEMS, QUOTED_MARK]
            yield _csv_line(columns)
        told = "; ".join(problem["error"] for problem in problems)
        yield _csv_line([*(quoted(cells.get(name, "")) for name in columns[:-3]), str(line), quoted(told), "1"])


def _csv_line(cells: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


def import_correct(run: Run, upload: Upload, *, actor: Actor) -> Run:
    """Takes the corrected rejects of RUN back into it. Raises RunStateRefused unless RUN has ended with rejects; four queries."""
    with transaction.atomic():
        locked: Run = Run.objects.select_for_update().get(pk=run.pk)
        if locked.kind != "import" or locked.state not in {RunState.SUCCEEDED, RunState.CANCELLED} or locked.parameters.get("dryRun"):
            raise RunStateRefused(f"The run is {locked.get_state_display().lower()}; corrections are taken by an import that has ended.")
        if not locked.rejects.exists():
            raise RunStateRefused("The run has no rejected records.")
        corrections = [*locked.parameters.get("corrections", []), {"upload": upload.key, "file": upload.name, "sha256": upload.sha256}]
        within = locked.parameters.get("withinGroup", False) or is_within_group(actor)
        locked.parameters = {**locked.parameters, "corrections": corrections, "withinGroup": within}
        locked.cursor = {**locked.cursor, "corrected": len(corrections) - 1, "correction": 0}
        locked.state, locked.task, locked.queue, locked.finished_at = RunState.NEW, TASK, QUEUE, None
        locked.save(update_fields=["parameters", "cursor", "state", "task", "queue", "finished_at"])
        run_log(locked, f"Corrections come from {upload.name}.")
    run_enqueue(locked)
    return locked


class CorrectionJob(Job):
    """Writes corrected records in the place of the rejects whose lines they name; a reject that was corrected before is passed over."""

    def reaches_every_group(self, run: Run) -> bool:
        """As the import that it corrects."""
        return "group" in run_target(run).kinds

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """Batches of the corrected file. Raises UploadRefused when it is gone."""
        told, begun = run.parameters, run.cursor.get("correction", 0)
        with upload_path(told["corrections"][run.cursor["corrected"]]["upload"]) as path:
            read = RecordFile(path).records(kind=told.get("kind"), mapping=told.get("mapping"))
            for batch in batched((record for record in read if record.line > begun), run.batch_size or BATCH_RECORDS):
                cursor = {**run.cursor, "correction": batch[-1].line}
                yield Chunk(write=partial(self._write, run, batch), cursor=cursor, step="correcting")

    def finish(self, run: Run) -> dict[str, Any]:
        """The event, and how many records are still rejected."""
        metadata = {"run": str(run.pk), "group": run.group.slug if run.group else None, "counts": run.counts, "change": "corrected"}
        platform_record("batch_import", actor=run_target(run).actor, metadata=metadata)
        return {"rejected": run.rejects.count(), "written": True}

    def _write(self, run: Run, batch: tuple[Record, ...]) -> None:
        lines = {record.line: _line_of(record) for record in batch}
        standing = {row.line: row for row in run.rejects.select_for_update().filter(line__in=[line for line in lines.values() if line is not None])}
        due = [
            Record(line, record.text, record.value, record.fault) for record in batch if (line := lines[record.line]) is not None and line in standing
        ]
        run.rejects.filter(line__in=[record.line for record in due]).delete()
        writer = RecordWriter(run_target(run))
        writer.write(due)
        writes_keep(run, writer.written, writer.update_events)
        rejects_keep(run, writer.rejects)
        _recount(run, [standing[record.line] for record in due], writer)


def _line_of(record: Record) -> int | None:
    """The line of the reject that RECORD corrects."""
    value = (record.value or {}).get(LINE)
    if isinstance(value, str) and value.isdecimal() and len(value) <= LINE_DIGITS_MAX:
        value = int(value)
    return value if isinstance(value, int) and 0 < value < 10**LINE_DIGITS_MAX else None


def _recount(run: Run, gone: list[RunReject], writer: RecordWriter) -> None:
    """Takes the rejects that are GONE out of the counts of RUN and what WRITER counted into them."""
    tallies = {kind: Tally(**tally) for kind, tally in run.counts.items()}
    for row in gone:
        tallies.setdefault(_kind_counted(run, row), Tally()).rejected -= 1
    for kind, tally in writer.tallies.items():
        tallies.setdefault(kind, Tally()).add(tally)
    run.counts = {kind: asdict(tally) for kind, tally in tallies.items() if any(asdict(tally).values())}


def _kind_counted(run: Run, reject: RunReject) -> str:
    """The kind under which REJECT was counted: blank where it could not be read as a record."""
    value, fault = json_parse(bytes(reject.text))
    if fault is not None or not isinstance(value, dict) or any(problem["code"] in UNREAD_ROWS for problem in reject.problems):
        return ""
    return record_kind(Record(reject.line, b"", {"kind": run.parameters.get("kind"), **value}, None))


def rejects_held(rejects: Iterable[Reject], *, is_csv: bool) -> Iterator[bytes]:
    """The rejects of what left no run, as a file to correct in the format of the file."""
    if is_csv:
        return _csv_lines((reject.record.line, reject.record.text, reject.problems) for reject in rejects)
    return (reject_line(reject.record.line, reject.record.text, reject.problems) for reject in rejects)
