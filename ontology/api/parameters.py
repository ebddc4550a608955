"""Query parameters: declared once per operation, for the OpenAPI document and for reading them."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter

from ontology.api.refusals import Refusal, Told
from ontology.validation.problems import shown, words
from ontology.validation.values import moment

ALIASES = {"on_conflict": "onConflict", "dry_run": "dryRun", "as_of": "asOf"}
"""Spellings of api.md's table, taken for the canonical ones."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query string: its JSON type, what it means, and its bounds; `filtering` ones are read by a filter set."""

    name: str
    about: str
    kind: str = "string"
    choices: tuple[str, ...] = ()
    default: Any = None
    minimum: int | None = None
    maximum: int | None = None
    filtering: bool = False
    required: bool = False

    def but(self, **changes: Any) -> "Parameter":
        """The parameter with CHANGES, for another operation."""
        return replace(self, **changes)

    def documented(self) -> OpenApiParameter:
        """The parameter as the OpenAPI document has it."""
        schema: dict[str, Any] = {"type": "string", "format": self.kind} if self.kind in {"date-time", "uuid"} else {"type": self.kind}
        bounds = {"minimum": self.minimum, "maximum": self.maximum, "default": self.default}
        schema |= {key: value for key, value in bounds.items() if value is not None}
        if self.choices:
            schema["enum"] = list(self.choices)
        return OpenApiParameter(self.name, schema, OpenApiParameter.QUERY, description=self.about, required=self.required)

    def read(self, text: str) -> Any:
        """The value of TEXT. Raises ValueError with a sentence."""
        if "\0" in text:
            raise ValueError(f"{self.name} holds the character NUL.")
        value = _READERS[self.kind](self.name, text)
        if self.choices and value not in self.choices:
            raise ValueError(f"{self.name} must be {words(self.choices)}, not {shown(text)}.")
        if (self.minimum is not None and value < self.minimum) or (self.maximum is not None and value > self.maximum):
            raise ValueError(f"{self.name} must be from {self.minimum} to {self.maximum:,}, not {shown(text)}.")
        return value


def _boolean(name: str, text: str) -> bool:
    if text not in {"true", "false", "1", "0"}:
        raise ValueError(f"{name} must be true or false, not {shown(text)}.")
    return text in {"true", "1"}


def _integer(name: str, text: str) -> int:
    if not text.removeprefix("-").isdecimal() or len(text) > 18:
        raise ValueError(f"{name} must be a whole number, not {shown(text)}.")
    return int(text)


def moment_of(name: str, text: str) -> datetime:
    """TEXT as a moment. Raises ValueError with a sentence."""
    found, faults = moment(name, text.replace(" ", "+"))
    if found is None:
        raise ValueError(faults[0][2])
    return found


def _uuid(name: str, text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise ValueError(f"{name} must be a UUID, not {shown(text)}.") from None


_READERS: dict[str, Callable[[str, str], Any]] = {
    "string": lambda name, text: text,
    "boolean": _boolean,
    "integer": _integer,
    "date-time": moment_of,
    "uuid": _uuid,
}


def parameters_read(query: QueryDict, known: Sequence[Parameter]) -> dict[str, Any]:
    """The values of KNOWN parameters in QUERY, defaults included. Raises Refusal 400 that names everything wrong, unknown names first."""
    given = {ALIASES.get(name, name): values for name, values in query.lists()}
    by_name = {parameter.name: parameter for parameter in known}
    told: list[Told] = [_unknown(name, by_name) for name in given if name not in by_name]
    values: dict[str, Any] = {parameter.name: parameter.default for parameter in known if not parameter.filtering}
    for name, texts in given.items():
        parameter = by_name.get(name)
        if parameter is None:
            continue
        if len(texts) > 1:
            told.append({"field": name, "code": "given_twice", "error": f"{name} is given {len(texts)} times."})
        if parameter.filtering:
            continue
        try:
            values[name] = parameter.read(texts[-1])
        except ValueError as wrong:
            told.append({"field": name, "code": "parameter_refused", "error": str(wrong)})
    told += [
        {"field": parameter.name, "code": "missing", "error": f"{parameter.name} is missing."}
        for parameter in known
        if parameter.required and parameter.name not in given
    ]
    if told:
        raise parameters_refused(told)
    return values


def parameters_refused(told: Iterable[Told]) -> Refusal:
    """400 with what is wrong with the query string."""
    listed = list(told)
    code = "unknown_parameter" if any(entry["code"] == "unknown_parameter" for entry in listed) else "parameter_refused"
    return Refusal(400, code, " ".join(entry["error"] for entry in listed[:5]), errors=listed)


def _unknown(name: str, known: Mapping[str, Parameter]) -> Told:
    names = ", ".join(sorted(known)) or "none"
    return {"field": name[:60], "code": "unknown_parameter", "error": f"{shown(name)} is no parameter here; known are {names}."}
