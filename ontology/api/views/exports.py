"""groups/{slug}/export/: what a group holds, as a file."""

from typing import Any

from django.http import StreamingHttpResponse

from ontology.api.endpoint import GroupEndpoint
from ontology.api.operations import describes
from ontology.api.parameters import Parameter, parameters_refused
from ontology.api.streams import file_streamed
from ontology.api.views.imports import LINES
from ontology.choices import ExportFormat, ExportKind, Right
from ontology.services.exports import group_export

KIND = Parameter(
    "kind", "What to export; `all` in the order of a load, as NDJSON only.", choices=tuple(ExportKind.values), default=ExportKind.ALL.value
)
FORMAT = Parameter("format", "The format of the file.", choices=tuple(ExportFormat.values), default=ExportFormat.NDJSON.value)


class Export(GroupEndpoint):
    """The live rows of a group as a file."""

    @describes(
        Right.HISTORY,
        "export",
        "Export a group",
        "Its live things, connections or events, streamed: a file that loads again and comes to the same. In CSV, cells that a spreadsheet would take for a "
        "formula begin with an apostrophe, and a column `_quoted` says so.",
        tag="imports",
        answers={200: str},
        parameters=(KIND, FORMAT),
        media_type="application/octet-stream",
        shown=LINES,
    )
    def get(self, request: Any) -> StreamingHttpResponse:
        """The file."""
        kind, form = ExportKind(self.parameters["kind"]), ExportFormat(self.parameters["format"])
        if kind is ExportKind.ALL and form is not ExportFormat.NDJSON:
            sentence = f"kind must be things, connections or events for {form.label}: a table holds rows of one kind."
            raise parameters_refused([{"field": "kind", "code": "parameter_refused", "error": sentence}])
        group = self.group
        return file_streamed(self.access.scope, lambda: group_export(group, kind, form), f"{group.slug}-{kind.value}.{form.value}")
