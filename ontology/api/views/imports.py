"""groups/{slug}/imports/: files loaded as runs, watched, paused, corrected and taken back."""

from typing import Any, cast

import orjson
from django.db.models import BooleanField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.http import HttpResponse

from ontology.api.answers import answer
from ontology.api.bulk import DEFAULT_STATUS, DRY_RUN, MODE, ON_CONFLICT_OF_THINGS
from ontology.api.columns import Columns, JsonText
from ontology.api.endpoint import GroupEndpoint
from ontology.api.filters import RunFilters
from ontology.api.nouns import Noun
from ontology.api.operations import describes
from ontology.api.pages import Listing
from ontology.api.parameters import Parameter, parameters_refused
from ontology.api.refusals import Refusal, demand_known
from ontology.api.requests import object_of
from ontology.api.shapes import imports as shapes
from ontology.choices import BulkMode, OnConflict, Right
from ontology.models import Run
from ontology.services.import_uploads import ImportWish, import_begin
from ontology.services.runs import run_tune
from ontology.services.survey import KINDS
from ontology.services.undo import UNDOABLE

TAG = "imports"
LOG_LINES = 20
COLUMNS = Columns(
    {
        "id": "id",
        "kind": "kind",
        "state": "state",
        "step": "step",
        "file": KT("parameters__file"),
        "dryRun": Coalesce(Cast(KT("parameters__dryRun"), BooleanField()), Value(value=False)),
        "done": "done",
        "total": "total",
        "counts": JsonText("counts"),
        "result": JsonText("result"),
        "error": "error",
        "batchSize": "batch_size",
        "throttleMs": "throttle_ms",
        "parent": "parent_id",
        "person": "person_id",
        "createdAt": "created_at",
        "startedAt": "started_at",
        "heartbeatAt": "heartbeat_at",
        "finishedAt": "finished_at",
    }
)
IMPORTS = Noun("import", Listing("imports", COLUMNS), RunFilters, lambda: Run.objects.filter(kind__in=UNDOABLE), deletable=False)
NAME = Parameter(
    "name", "The file's name. Its ending says how it is read: .ndjson, .jsonl, .json or .csv, perhaps with .gz or .zst behind.", required=True
)
MAPPING = Parameter("mapping", "Of a CSV file: a JSON object that names the field of each column that is not called like one; blank: passed over.")
KIND = Parameter("kind", "The kind of records that name none, as in most CSV files.", choices=KINDS)
LINES = '{"kind": "thing", "type": "product", "name": "Lamp", "external_id": "sku-7"}\n'
SHOWN = {
    "id": "01a204c5-2f6a-7c31-9a53-6f1b1f6f3c10",
    "kind": "import",
    "state": "running",
    "step": "writing",
    "file": "customers.ndjson.gz",
    "dryRun": False,
    "done": 20_000,
    "total": 52_000,
    "counts": {"thing": {"created": 19_990, "updated": 0, "skipped": 0, "rejected": 10}},
    "result": {},
    "error": "",
    "batchSize": None,
    "throttleMs": 0,
    "parent": None,
    "person": "01a204c5-2f6a-7c31-9a53-6f1b1f6f3c11",
    "createdAt": "2026-11-22T20:50:14.123456Z",
    "startedAt": "2026-11-22T20:50:14.523456Z",
    "heartbeatAt": "2026-11-22T20:50:16.123456Z",
    "finishedAt": None,
}
SHOWN_IN_DETAIL = {**SHOWN, "perSecond": 10_400.0, "secondsLeft": 3.1, "rejected": 10, "log": ["Started by ada."]}


class ImportEndpoint(GroupEndpoint):
    """A view of one import."""

    def run(self) -> Run:
        """The run of the address. Raises Refusal 404."""
        found = Run.objects.filter(group=self.group, kind__in=UNDOABLE, pk=self.row_id).select_related("group", "person").first()
        if found is None:
            raise Refusal(404, "not_found", "There is no such import here.")
        return found

    def told(self, run: Run, status: int = 200, *, location: str = "") -> HttpResponse:
        """The answer with RUN as it is."""
        return answer(run_told(run), status, headers={"Location": location} if location else None)


def run_told(run: Run) -> dict[str, Any]:
    """RUN with its rate, its rejects and the end of its log; three queries."""
    (told,), _ = COLUMNS.read(Run.objects.filter(pk=run.pk), COLUMNS.chosen({}))
    run.refresh_from_db()
    left = run.time_left
    lines = [line.text for line in run.lines.order_by("-id")[:LOG_LINES]][::-1]
    rate = round(run.done / run.seconds, 1) if run.seconds else 0.0
    return told | {"perSecond": rate, "secondsLeft": round(left.total_seconds(), 1) if left else None, "rejected": run.rejects.count(), "log": lines}


class Imports(GroupEndpoint):
    """The imports of a group."""

    @describes(
        Right.HISTORY,
        "imports_list",
        "List imports",
        "Files loaded into the group, bulk calls, and what took them back; the latest first, by pages.",
        tag=TAG,
        answers={200: shapes.ImportPage},
        parameters=IMPORTS.list_parameters,
        shown={"items": [SHOWN], "next": None, "hasMore": False},
    )
    def get(self, request: Any) -> HttpResponse:
        """A page."""
        return IMPORTS.page(self.group, request, self.parameters)

    @describes(
        Right.WRITE,
        "imports_begin",
        "Load a file",
        "The body is the file itself, as a stream of any size up to 5 GB: NDJSON (a record a line) or CSV, plain or packed. A worker loads it; the answer "
        "says where to watch. The same file is not loaded twice at once.",
        tag=TAG,
        answers={202: shapes.ImportInDetail},
        parameters=(NAME, MODE, ON_CONFLICT_OF_THINGS, DEFAULT_STATUS.but(default="active"), KIND, MAPPING, DRY_RUN),
        upload=True,
        repeatable=False,
        sent=LINES,
        shown=SHOWN_IN_DETAIL,
    )
    def post(self, request: Any) -> HttpResponse:
        """Begins one."""
        chosen, upload = self.parameters, self.upload
        assert upload is not None  # the operation takes one
        wish = ImportWish(
            BulkMode(chosen["mode"]), OnConflict(chosen["onConflict"]), chosen["defaultStatus"], chosen["kind"], _mapping(chosen), chosen["dryRun"]
        )
        run = import_begin(self.group, upload, wish, actor=self.actor)
        return answer(run_told(run), 202, headers={"Location": f"{request.path}{run.pk}/"})


def _mapping(chosen: Any) -> dict[str, str]:
    if not chosen["mapping"]:
        return {}
    try:
        value = orjson.loads(chosen["mapping"])
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict) or not all(isinstance(field, str) for field in value.values()):
        sentence = 'mapping must be a JSON object of texts, such as {"E-Mail": "properties.email"}.'
        raise parameters_refused([{"field": "mapping", "code": "parameter_refused", "error": sentence}])
    return value


class OneImport(ImportEndpoint):
    """One import."""

    @describes(
        Right.HISTORY,
        "imports_read",
        "Read an import",
        "How far it is, at what rate, and the end of its log. Ask as often as once a second, or watch `progress/`.",
        tag=TAG,
        answers={200: shapes.ImportInDetail},
        shown=SHOWN_IN_DETAIL,
    )
    def get(self, request: Any) -> HttpResponse:
        """The run."""
        return self.told(self.run())

    @describes(
        Right.WRITE,
        "imports_tune",
        "Tune an import",
        "Changes the size of its chunks and the rest after each, from the next chunk on.",
        tag=TAG,
        answers={200: shapes.ImportInDetail},
        body=shapes.Tuning,
        sent={"batchSize": 1_000, "throttleMs": 200},
        shown=SHOWN_IN_DETAIL,
    )
    def patch(self, request: Any) -> HttpResponse:
        """Tunes it."""
        item, run = object_of(self.body), self.run()
        demand_known(item, frozenset({"batchSize", "throttleMs"}))
        for name in item:
            if (not isinstance(item[name], int) and not (name == "batchSize" and item[name] is None)) or isinstance(item[name], bool):
                sentence = f"{name} must be a whole number."
                raise Refusal(422, "not_number", sentence, errors=[{"field": name, "code": "not_number", "error": sentence}])
        batch_size, throttle_ms = item.get("batchSize", run.batch_size), item.get("throttleMs", run.throttle_ms)
        run_tune(run, batch_size=cast(int | None, batch_size), throttle_ms=cast(int, throttle_ms), actor=self.actor)
        return self.told(run)
