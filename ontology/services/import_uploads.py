"""Imports of files that people hand over: looked at, tried, begun, and driven by a worker."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from ontology.choices import BulkMode, Door, OnConflict, RunState, ThingStatus
from ontology.errors import UploadRefused
from ontology.models import ApiToken, Group, Run
from ontology.records import Record, RecordFile
from ontology.services.actor import Actor
from ontology.services.import_job import WRITERS, ImportJob
from ontology.services.import_reading import Reading
from ontology.services.import_records import Target
from ontology.services.runs import Chunk, Job, NewRun, run_log, run_start
from ontology.services.runs.stopping import process_is_stopping
from ontology.services.survey import KINDS
from ontology.services.uploads import Upload, upload_forget, upload_path, uploads_abandoned

KIND, TASK, QUEUE = "import", "ontology.import_file", "imports"
PREVIEW_ROWS = 10


@dataclass(frozen=True, slots=True)
class ImportWish:
    """How a file is to be loaded. `kind` is for records that name none, `mapping` tells the fields of CSV columns."""

    mode: BulkMode = BulkMode.PARTIAL
    on_conflict: OnConflict = OnConflict.ERROR
    default_status: str = ThingStatus.ACTIVE
    kind: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of a file: its columns (none for NDJSON) and first records."""

    columns: list[str]
    records: list[Record]


def import_preview(key: str, kind: str | None = None, mapping: Mapping[str, str] | None = None) -> Preview:
    """The first PREVIEW_ROWS records of a kept file. Raises UnreadableFile."""
    with upload_path(key) as path:
        file = RecordFile(path)
        records = list(itertools.islice(file.records(kind=kind, mapping=mapping), PREVIEW_ROWS))
        return Preview(file.columns() if file.is_csv else [], records)


def import_begin(group: Group, upload: Upload, wish: ImportWish, *, actor: Actor) -> Run:
    """Begins to load UPLOAD into GROUP; a worker does it. Raises RunExclusive while the same file is being loaded there, UploadRefused, UnreadableFile.

    The file is kept for corrections until it is forgotten; one that is refused is forgotten at once.
    """
    try:
        if wish.kind is not None and wish.kind not in KINDS:
            raise UploadRefused(f"kind must be one of {', '.join(KINDS)}, not {wish.kind!r}.")
        import_preview(upload.key, wish.kind, wish.mapping)
        parameters: dict[str, Any] = {
            "file": upload.name,
            "upload": upload.key,
            "bytes": upload.size_bytes,
            "sha256": upload.sha256,
            "mode": wish.mode.value,
            "onConflict": wish.on_conflict.value,
            "kind": wish.kind,
            "defaultStatus": wish.default_status,
            "mapping": dict(wish.mapping),
            "dryRun": wish.dry_run,
            "withinGroup": is_within_group(actor),
        }
        exclusive = f"import:{group.pk}:{upload.sha256}:{wish.dry_run}"
        return run_start(NewRun(KIND, TASK, QUEUE, group, parameters, exclusive=exclusive), actor=actor)
    except Exception:
        upload_forget(upload.key)
        raise


def import_begin_after(dry: Run, *, actor: Actor) -> Run:
    """Begins in earnest what DRY tried, with the same file and wishes. Raises as import_begin."""
    parameters = {**dry.parameters, "dryRun": False, "triedBy": str(dry.pk), "withinGroup": is_within_group(actor)}
    exclusive = f"import:{dry.group_id}:{dry.parameters['sha256']}:False"
    return run_start(NewRun(KIND, TASK, QUEUE, dry.group, parameters, exclusive=exclusive), actor=actor)


@dataclass(slots=True)
class UploadImport(Job):
    """The import of a kept file, which is at hand while its chunks are written."""

    writers: int = WRITERS
    _job: ImportJob | None = None

    def reaches_every_group(self, run: Run) -> bool:
        """Whoever may load groups may load into any."""
        return "group" in run_target(run).kinds

    def chunks(self, run: Run) -> Iterator[Chunk]:
        """The chunks of the file. Raises UploadRefused when it is gone."""
        told = run.parameters
        with upload_path(told["upload"]) as path:
            reading = Reading(RecordFile(path), told["kind"], run.group.slug if run.group else None, mapping=told.get("mapping"))
            mode, dry_run = BulkMode(told["mode"]), told.get("dryRun", False)
            self._job = ImportJob(reading, run_target(run), mode, dry_run=dry_run, should_stop=process_is_stopping)
            yield from self._job.chunks(run)

    def finish(self, run: Run) -> dict[str, Any]:
        """The event of the import, and how many records it rejected."""
        assert self._job is not None  # its chunks have been written
        return self._job.finish(run)

    def failed(self, run: Run) -> None:
        """Keeps the rejects of what was taken back as a whole."""
        if self._job is not None:
            self._job.failed(run)

    def told(self, run: Run) -> str:
        """Which lines are written."""
        return self._job.told(run) if self._job is not None else Job.told(self, run)


def is_within_group(actor: Actor) -> bool:
    """Whether ACTOR came with a token that opens one group and those below it alone; one query or none."""
    return actor.token_id is not None and not ApiToken.objects.filter(pk=actor.token_id, group__isnull=True).exists()


def run_target(run: Run) -> Target:
    """Where and how RUN writes, by what was wished when it began.

    Whoever governs the platform loads files as its operators do: their events may tell who did what long ago. Those of others name who
    sent them, and bring neither groups nor members; so do those sent with a token of one group, whoever's it is.
    """
    told = run.parameters
    governs = Actor(run.person).governs and not told.get("withinGroup", False)
    actor = Actor(run.person, Door.TASK if governs else Door(run.door), f"run {run.pk}")
    kinds = frozenset(KINDS) - (frozenset() if governs else {"group", "membership"})
    return Target(run.group, OnConflict(told["onConflict"]), told["defaultStatus"], actor, kinds)


def uploads_forget(days: int) -> int:
    """Deletes the files of imports that ended more than DAYS ago, and those that no import ever took; how many."""
    long_ago = timezone.now() - timedelta(days=days)
    ended = Run.objects.filter(kind=KIND, finished_at__lt=long_ago, state__in=(RunState.SUCCEEDED, RunState.CANCELLED, RunState.FAILED))
    count = 0
    for run in ended.filter(parameters__has_key="upload").iterator(chunk_size=100):
        with transaction.atomic():
            kept = {name: value for name, value in run.parameters.items() if name not in {"upload", "corrections"}}
            Run.objects.filter(pk=run.pk).update(parameters=kept)
            run_log(run, "Its file was forgotten.")
        for key in _files(run):
            upload_forget(key)
        count += 1
    known = {key for run in Run.objects.filter(kind=KIND, parameters__has_key="upload").iterator(chunk_size=1000) for key in _files(run)}
    return count + uploads_abandoned(known, days)


def _files(run: Run) -> list[str]:
    """The keys of the file of RUN and of its corrections."""
    return [run.parameters["upload"], *(each["upload"] for each in run.parameters.get("corrections", []))]
