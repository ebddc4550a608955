"""Columns of answers: which there are, which the client chose (`fields=`, `omit=`), and rows straight from the database into JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db.models import F, QuerySet, TextField
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from ontology.api.parameters import Parameter, parameters_refused
from ontology.validation.problems import shown

FIELDS = Parameter("fields", "Only these fields, separated by commas; the answer and the query get cheaper.")
OMIT = Parameter("omit", "All fields but these, separated by commas.")


class JsonText(Cast):
    """A JSON column as the database's own text, which goes into the answer unread: faster, and no number is rounded on the way."""

    function = "CAST"

    def __init__(self, column: str) -> None:
        super().__init__(F(column), TextField())


class VectorText(JsonText):
    """A vector as text, which is JSON already."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The fields of an answer by their names over HTTP; those in `on_request` come only when `fields` names them."""

    sources: Mapping[str, str | Combinable]
    on_request: frozenset[str] = frozenset()

    def chosen(self, parameters: Mapping[str, Any]) -> list[str]:
        """The names that the parameters `fields` and `omit` leave. Raises Refusal 400 for unknown ones, with the known."""
        wanted = [word for word in (parameters.get("fields") or "").split(",") if word]
        unwanted = {word for word in (parameters.get("omit") or "").split(",") if word}
        known = ", ".join(self.sources)
        told = [
            {"field": parameter, "code": "unknown_field", "error": f"{shown(word)} is no field here; known are {known}."}
            for parameter, words in (("fields", wanted), ("omit", sorted(unwanted)))
            for word in words
            if word not in self.sources
        ]
        if told:
            raise parameters_refused(told)
        names = [name for name in self.sources if name in wanted] if wanted else [name for name in self.sources if name not in self.on_request]
        return [name for name in names if name not in unwanted]

    def read(self, rows: QuerySet[Any], names: Sequence[str], keys: Sequence[str] = ()) -> tuple[list[dict[str, Any]], list[tuple[Any, ...]]]:
        """ROWS as dictionaries of NAMES, and beside them the values of the columns KEYS; one query."""
        sources = [self.sources[name] for name in names]
        found = list(rows.values_list(*sources, *keys))
        count, texts = len(names), [place for place, source in enumerate(sources) if isinstance(source, JsonText)]
        answers = []
        for row in found:
            told = dict(zip(names, row, strict=False))
            for place in texts:
                text = row[place]
                told[names[place]] = None if text is None else orjson.Fragment(text)
            answers.append(told)
        return answers, [row[count:] for row in found]
