"""What things, connections, events and knowledge have in common at this door: their rows, lists, filters and entity tags."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from ontology.api.answers import answer, moment_tag, not_modified, version_tag
from ontology.api.filters import Filters
from ontology.api.pages import Listing
from ontology.api.parameters import Parameter
from ontology.api.refusals import Refusal, not_found
from ontology.models import Group

DELETED = Parameter("deleted", "`any` also shows a softly deleted row.", choices=("false", "any"), default="false")


@dataclass(frozen=True, slots=True)
class Found:
    """A row as it is answered, the value its entity tag is made of (its version, or when it was last changed), and that tag."""

    row: dict[str, Any]
    state: Any
    etag: str

    def demand(self, request: HttpRequest) -> Any:
        """The row's state when If-Match names it, None when the request has no If-Match. Raises Refusal 412 when it names another."""
        wanted = request.headers.get("If-Match")
        if wanted is None:
            return None
        if wanted.strip() != "*" and self.etag not in _tags(wanted):
            sentence = f"The row is at {self.etag}, not {wanted[:100]}: somebody changed it. Read it again and decide whether your change stands."
            raise Refusal(412, "changed_meanwhile", sentence, headers={"ETag": self.etag})
        return self.state


def _tags(header: str) -> list[str]:
    return [tag.strip() for tag in header.split(",")]


@dataclass(frozen=True, slots=True)
class Noun:
    """A kind of rows of a group. `live` narrows rows to those not deleted, None where rows are never deleted."""

    name: str
    listing: Listing
    filters: type[Filters]
    rows: Callable[[], QuerySet[Any]]
    state: str = "updated_at"
    deletable: bool = True

    def of(self, group: Group) -> QuerySet[Any]:
        """The rows of GROUP."""
        return self.rows().filter(group=group)

    def find(self, group: Group, row_id: uuid.UUID, parameters: Mapping[str, Any] | None = None, *, deleted: bool = False) -> Found:
        """The row of GROUP, with the fields that the PARAMETERS choose. Raises Refusal 404; one query."""
        chosen = self.listing.columns.chosen(parameters or {})
        rows = self.of(group).filter(pk=row_id)
        if self.deletable and not deleted and (parameters or {}).get("deleted") != "any":
            rows = rows.filter(deleted_at__isnull=True)
        found, states = self.listing.columns.read(rows, chosen, [self.state])
        if not found:
            raise not_found(self.name)
        ((state,),) = states
        return Found(found[0], state, version_tag(state) if self.state == "version" else moment_tag(state))

    def page(self, group: Group, request: HttpRequest, parameters: Mapping[str, Any]) -> HttpResponse:
        """A page of the rows of GROUP that the request's filters let through."""
        return answer(self.listing.page(self.filters.applied(request.GET, self.of(group), group), parameters))

    def shown(self, group: Group, row_id: uuid.UUID, request: HttpRequest, parameters: Mapping[str, Any]) -> HttpResponse:
        """The row, or 304 when the client has it."""
        return self.answered(self.find(group, row_id, parameters), request)

    def answered(self, found: Found, request: HttpRequest) -> HttpResponse:
        """The row FOUND, or 304 when the client has it."""
        known = request.headers.get("If-None-Match")
        tags = [tag.removeprefix("W/") for tag in _tags(known)] if known else []
        if found.etag in tags or "*" in tags:
            return not_modified(found.etag)
        return answer(found.row, headers={"ETag": found.etag})

    def written(self, group: Group, row_id: uuid.UUID | str, *, location: str = "") -> HttpResponse:
        """The row after a write: 201 with its LOCATION when it is new."""
        found = self.find(group, uuid.UUID(str(row_id)), deleted=True)
        headers = {"ETag": found.etag} | ({"Location": location} if location else {})
        return answer(found.row, 201 if location else 200, headers=headers)

    @property
    def list_parameters(self) -> tuple[Parameter, ...]:
        """Of a list's operation."""
        return (*self.filters.parameters(), *self.listing.parameters)
