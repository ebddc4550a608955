"""groups/{slug}/imports/{id}/…: an import paused, resumed, cancelled, begun in earnest, corrected, taken back, watched."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse

from ontology.api.operations import describes
from ontology.api.refusals import Refusal
from ontology.api.shapes import imports as shapes
from ontology.api.streams import file_streamed, watched
from ontology.api.views.imports import NAME, SHOWN_IN_DETAIL, TAG, ImportEndpoint, run_told
from ontology.choices import Right
from ontology.services.import_corrections import import_correct, rejects_lines, rejects_name
from ontology.services.import_uploads import import_begin_after
from ontology.services.runs import run_cancel, run_pause, run_resume
from ontology.services.undo import run_undo

REJECTED = (
    '{"kind": "thing", "type": "product", "name": "", "_line": 7, "_problems": [{"field": "name", "code": "blank", "error": "name is blank."}]}\n'
)
CORRECTED = '{"kind": "thing", "type": "product", "name": "Lamp", "_line": 7}\n'


class ImportPause(ImportEndpoint):
    """An import that should rest."""

    @describes(
        Right.WRITE,
        "imports_pause",
        "Pause an import",
        "It stops within one chunk and keeps its place.",
        tag=TAG,
        answers={200: shapes.ImportInDetail},
        shown=SHOWN_IN_DETAIL,
    )
    def post(self, request: Any) -> HttpResponse:
        """Pauses it."""
        return self.told(run_pause(self.run(), actor=self.actor))


class ImportResume(ImportEndpoint):
    """An import that should go on."""

    @describes(
        Right.WRITE,
        "imports_resume",
        "Resume an import",
        "A paused, interrupted or failed import goes on at its place.",
        tag=TAG,
        answers={200: shapes.ImportInDetail},
        shown=SHOWN_IN_DETAIL,
    )
    def post(self, request: Any) -> HttpResponse:
        """Resumes it."""
        return self.told(run_resume(self.run(), actor=self.actor))


class ImportCancel(ImportEndpoint):
    """An import that should end."""

    @describes(
        Right.WRITE,
        "imports_cancel",
        "Cancel an import",
        "It ends within one chunk, for good. What is written stays, in whole chunks, and its log says which; `undo/` takes it back.",
        tag=TAG,
        answers={200: shapes.ImportInDetail},
        shown=SHOWN_IN_DETAIL,
    )
    def post(self, request: Any) -> HttpResponse:
        """Cancels it."""
        return self.told(run_cancel(self.run(), actor=self.actor))


class ImportStart(ImportEndpoint):
    """A dry run that convinced."""

    @describes(
        Right.WRITE,
        "imports_start",
        "Load the file of a dry run",
        "Begins in earnest what a dry run has tried, with the same file and wishes.",
        tag=TAG,
        answers={202: shapes.ImportInDetail},
        shown=SHOWN_IN_DETAIL,
        refusals=frozenset({409}),
    )
    def post(self, request: Any) -> HttpResponse:
        """Begins."""
        run = self.run()
        if not run.parameters.get("dryRun") or not run.has_ended or "upload" not in run.parameters:
            raise Refusal(409, "run_state", "Only a dry run that has ended, and whose file is still there, can be started in earnest.")
        made = import_begin_after(run, actor=self.actor)
        return self.told(made, 202, location=f"{request.path.removesuffix(f'{run.pk}/start/')}{made.pk}/")


class ImportRejects(ImportEndpoint):
    """Records that an import could not take."""

    @describes(
        Right.HISTORY,
        "imports_rejects",
        "Download the rejected records",
        "In the format of the file (NDJSON or CSV), each with `_line` and `_problems`. Correct them, keep `_line`, and send the file back.",
        tag=TAG,
        answers={200: str},
        media_type="application/octet-stream",
        shown=REJECTED,
    )
    def get(self, request: Any) -> StreamingHttpResponse:
        """The file."""
        run = self.run()
        return file_streamed(self.access.scope, lambda: rejects_lines(run), rejects_name(run))

    @describes(
        Right.WRITE,
        "imports_correct",
        "Send corrected records",
        "The body is the file of rejects, corrected; its records go into the same import. A record that was corrected before is passed over.",
        tag=TAG,
        answers={202: shapes.ImportInDetail},
        parameters=(NAME,),
        upload=True,
        repeatable=False,
        sent=CORRECTED,
        shown=SHOWN_IN_DETAIL,
    )
    def post(self, request: Any) -> HttpResponse:
        """Takes them."""
        assert self.upload is not None  # the operation takes one
        return self.told(import_correct(self.run(), self.upload, actor=self.actor), 202)


class ImportUndo(ImportEndpoint):
    """An import to be taken back."""

    @describes(
        Right.WRITE,
        "imports_undo",
        "Undo an import",
        "Begins a run that removes what the import created and puts back what it changed. Rows edited since stay, and are its rejects. It can be undone too.",
        tag=TAG,
        answers={202: shapes.ImportInDetail},
        shown={**SHOWN_IN_DETAIL, "kind": "undo"},
    )
    def post(self, request: Any) -> HttpResponse:
        """Begins it."""
        run = self.run()
        made = run_undo(run, actor=self.actor)
        return self.told(made, 202, location=f"{request.path.removesuffix(f'{run.pk}/undo/')}{made.pk}/")


class ImportProgress(ImportEndpoint):
    """An import as it goes."""

    @describes(
        Right.HISTORY,
        "imports_progress",
        "Watch an import",
        "Server-sent events: `progress` with the import each time it has changed, `end` when it has ended. The stream closes after 55 seconds; "
        "browsers ask again by themselves.",
        tag=TAG,
        answers={200: shapes.ProgressEvent},
        media_type="text/event-stream",
        shown={"event": "progress", "data": '{"state": "running", "done": 20000, "total": 52000}'},
    )
    def get(self, request: Any) -> StreamingHttpResponse:
        """The stream."""
        run = self.run()

        def look() -> tuple[dict[str, Any], bool]:
            told = run_told(run)
            return told, run.has_ended or run.state == "paused"

        return watched(self.access.scope, look)
