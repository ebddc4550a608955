"""Filters of lists: what may be asked for, and the condition it becomes."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict

from ontology.api.parameters import ALIASES, Parameter, moment_of, parameters_refused
from ontology.choices import GroupStatus, GroupType, KnowledgeType, RunState, ThingStatus
from ontology.models import Group
from ontology.validation.problems import shown, words

type Rows = QuerySet[Any]


class MomentField(forms.CharField):
    """A moment with its offset: RFC 3339."""

    def to_python(self, value: Any) -> Any:
        """The moment. Raises ValidationError."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            return moment_of("The time", text)
        except ValueError as wrong:
            raise forms.ValidationError(str(wrong)) from None


class MomentFilter(filters.Filter):
    """Compares with a moment."""

    field_class = MomentField


class WordsField(forms.CharField):
    """Words separated by commas."""

    def to_python(self, value: Any) -> Any:
        """The words."""
        return [word for word in (super().to_python(value) or "").split(",") if word]


class WordsFilter(filters.Filter):
    """One of several words; with `choices` only of those."""

    field_class = WordsField

    def __init__(self, field_name: str, *, choices: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.choices = choices
        validators = [_among(choices)] if choices else []
        super().__init__(field_name, lookup_expr="in", validators=validators, **kwargs)


def _among(choices: tuple[str, ...]) -> Any:
    def check(given: list[str]) -> None:
        unknown = [word for word in given if word not in choices]
        if unknown:
            raise forms.ValidationError(f"must be {words(choices)}, not {shown(unknown[0])}.")

    return check


def _deleted(rows: Rows, name: str, value: str) -> Rows:
    return rows if value == "any" else rows.filter(deleted_at__isnull=value != "true")


class Filters(filters.FilterSet):
    """A filter set over rows of one group."""

    group: Group | None = None

    @classmethod
    @cache
    def parameters(cls) -> tuple[Parameter, ...]:
        """The filters as parameters of an operation."""
        return tuple(
            Parameter(name, found.extra.get("help_text", ""), _kind(found), tuple(getattr(found, "told", ())), filtering=True)
            for name, found in cls.base_filters.items()
        )

    @classmethod
    def applied(cls, query: QueryDict, rows: Rows, group: Group | None = None) -> Rows:
        """ROWS (of GROUP) that match QUERY. Raises Refusal 400 with every filter that cannot be read."""
        given = {ALIASES.get(name, name): str(value) for name, value in query.items()}
        if given.keys().isdisjoint(cls.base_filters):
            return cls.unfiltered(rows)  # making a form for nothing costs a millisecond and a half
        _demand_values(given, cls.parameters())
        made = cls(given, queryset=rows)
        made.group = group
        if not made.form.is_valid():
            told = [
                {"field": name, "code": "parameter_refused", "error": f"{name}: {sentence}"}
                for name, sentences in made.form.errors.items()
                for sentence in sentences
            ]
            raise parameters_refused(told)
        found: Rows = made.qs
        return found

    @classmethod
    def unfiltered(cls, rows: Rows) -> Rows:
        """What comes of ROWS without any filter."""
        return rows


def _demand_values(given: Mapping[str, object], known: Iterable[Parameter]) -> None:
    """Raises Refusal 400 for an id, moment or choice that is given empty: taken for no filter, it would let everything through."""
    told = [
        {"field": it.name, "code": "parameter_refused", "error": f"{it.name} is empty; leave it out, or give a value."}
        for it in known
        if given.get(it.name) == "" and (it.kind != "string" or it.choices)
    ]
    if told:
        raise parameters_refused(told)


def _kind(found: filters.Filter) -> str:
    return {MomentFilter: "date-time", filters.UUIDFilter: "uuid"}.get(type(found), "string")


def _choice(**kwargs: Any) -> filters.ChoiceFilter:
    """A filter of one word out of a few, which the document lists."""
    found = filters.ChoiceFilter(**kwargs)
    found.told = [word for word, _ in kwargs["choices"]]
    return found


def deleted() -> filters.ChoiceFilter:
    """The filter between live and deleted rows; without it only live ones come."""
    choices = [(word, word) for word in ("false", "true", "any")]
    about = "`false` (default): live rows; `true`: softly deleted ones; `any`: both."
    return _choice(method=lambda rows, name, value: _deleted(rows, name, value), choices=choices, help_text=about)


class LiveByDefault(Filters):
    """Rows that are deleted softly, of which the live ones are meant unless the client says otherwise."""

    createdAfter = MomentFilter("created_at", lookup_expr="gte", help_text="Made at this moment or later.")
    createdBefore = MomentFilter("created_at", lookup_expr="lt", help_text="Made before this moment.")
    updatedAfter = MomentFilter("updated_at", lookup_expr="gte", help_text="Changed at this moment or later.")
    deleted = deleted()

    def filter_queryset(self, queryset: Rows) -> Rows:
        """The rows that match; live ones unless `deleted` is given."""
        found: Rows = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("deleted") else self.unfiltered(found)

    @classmethod
    def unfiltered(cls, rows: Rows) -> Rows:
        """The live ones."""
        return rows.filter(deleted_at__isnull=True)


class ThingFilters(LiveByDefault):
    """Filters of things."""

    type = WordsFilter("type", help_text="Of these types, separated by commas.")
    status = WordsFilter("status", choices=tuple(ThingStatus.values), help_text=f"In one of these states: {', '.join(ThingStatus.values)}.")
    externalId = filters.CharFilter("external_id", help_text="With this external id.")
    search = filters.CharFilter(method="named", help_text="Whose name contains this, whatever its case; the newest 1,000 that do.")

    def named(self, rows: Rows, name: str, value: str) -> Rows:
        """Things by a part of their name."""
        group_id = self.group.pk if self.group else None
        found: Rows = rows.named_like(value, group_id=group_id, types=self.form.cleaned_data["type"] or None)  # type: ignore[attr-defined]
        return found


class ConnectionFilters(LiveByDefault):
    """Filters of connections."""

    type = WordsFilter("type", help_text="Of these types, separated by commas.")
    thing = filters.UUIDFilter(method="at_thing", help_text="That start from or lead to this thing.")

    def at_thing(self, rows: Rows, name: str, value: Any) -> Rows:
        """Connections at either end of a thing."""
        return rows.filter(Q(from_thing=value) | Q(to_thing=value))


ConnectionFilters.base_filters["from"] = filters.UUIDFilter("from_thing", help_text="That start from this thing.")
ConnectionFilters.base_filters["to"] = filters.UUIDFilter("to_thing", help_text="That lead to this thing.")


class EventFilters(Filters):
    """Filters of events."""

    type = WordsFilter("type", help_text="Of these types, separated by commas.")
    actor = filters.UUIDFilter("actor", help_text="Done by this thing.")
    target = filters.UUIDFilter("target", help_text="Done to this thing.")
    thing = filters.UUIDFilter(method="at_thing", help_text="Done by or to this thing.")
    externalId = filters.CharFilter("external_id", help_text="With this external id.")
    after = MomentFilter("timestamp", lookup_expr="gte", help_text="At this moment or later.")
    before = MomentFilter("timestamp", lookup_expr="lt", help_text="Before this moment.")

    def at_thing(self, rows: Rows, name: str, value: Any) -> Rows:
        """Events with a thing as actor or target."""
        return rows.filter(Q(actor=value) | Q(target=value))


class RunFilters(Filters):
    """Filters of runs."""

    kind = WordsFilter("kind", help_text="Of these kinds, separated by commas: import, bulk_call, undo.")
    state = WordsFilter("state", choices=tuple(RunState.values), help_text=f"In these states: {', '.join(RunState.values)}.")


class KnowledgeFilters(LiveByDefault):
    """Filters of knowledge."""

    type = WordsFilter("type", choices=tuple(KnowledgeType.values), help_text=f"Of these types: {', '.join(KnowledgeType.values)}.")
    label = WordsFilter("labels", help_text="That bears all of these labels, separated by commas.", method="with_labels")
    source = filters.UUIDFilter("source_thing", help_text="Cut from this thing.")
    thing = filters.UUIDFilter(method="of_thing", help_text="Linked to this thing.")
    externalId = filters.CharFilter("external_id", help_text="With this external id.")
    search = filters.CharFilter("text", lookup_expr="icontains", help_text="Whose text contains this, whatever its case.")

    def with_labels(self, rows: Rows, name: str, value: list[str]) -> Rows:
        """Knowledge with every one of the labels."""
        return rows.filter(labels__contains=value)

    def of_thing(self, rows: Rows, name: str, value: Any) -> Rows:
        """Knowledge with a live link to a thing."""
        return rows.filter(thing_links__thing=value, thing_links__deleted_at__isnull=True).distinct()


class GroupFilters(Filters):
    """Filters of groups."""

    type = WordsFilter("type", choices=tuple(GroupType.values), help_text=f"Of these types: {', '.join(GroupType.values)}.")
    status = WordsFilter("status", choices=tuple(GroupStatus.values), help_text=f"In one of these states: {', '.join(GroupStatus.values)}.")
    parent = filters.CharFilter("parent__slug", help_text="Right below the group with this slug.")
    search = filters.CharFilter(method="named", help_text="Whose name contains this, whatever its case; the newest 1,000 that do.")

    def named(self, rows: Rows, name: str, value: str) -> Rows:
        """Groups by a part of their name."""
        found: Rows = rows.named_like(value)  # type: ignore[attr-defined]
        return found
