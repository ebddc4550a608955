"""What a person's page shows beside its form: what they did lately, where they signed in, their tokens and second factor."""

from typing import Any

from axes.models import AccessLog
from django.urls import reverse

from ontology.admin.parts import NOTHING, Cell, Fact, Table, json_line, list_url, moment_text, page_url, row_cell
from ontology.choices import Door
from ontology.models import ApiToken, Event, Person
from ontology.services.second_factor import second_factor_of

ROWS_SHOWN = 10


def person_facts(person: Person) -> list[Fact]:
    """The second factor, and how the account stands; two queries."""
    factor = second_factor_of(person)
    state = f"On since {moment_text(factor.since)} UTC" if factor.is_on else "None"
    return [
        Fact("Second factor", Cell(state)),
        Fact("Recovery codes left", Cell(str(factor.codes_left), kind="number")),
        Fact("Code last used (UTC)", Cell(moment_text(factor.used_at), kind="number")),
        Fact("Password", Cell("Set" if person.has_usable_password() else "None yet")),
    ]


def person_tables(person: Person) -> list[Table]:
    """Events, sign-ins and tokens, a few of each; three queries."""
    return [_events(person), _sign_ins(person), _tokens(person)]


def events_url(person: Person) -> str:
    """The list of events that the person made."""
    return list_url(Event, person__id__exact=person.pk)


def _events(person: Person) -> Table:
    found = Event.objects.filter(person=person, group__isnull=False).select_related("group").order_by("-timestamp", "-id")[:ROWS_SHOWN]
    return Table(
        title="What they did lately",
        columns=("When (UTC)", "Event", "Group", "Through", "Metadata"),
        rows=[
            (
                Cell(moment_text(event.timestamp), page_url(Event, event.pk), kind="number"),
                Cell(event.type),
                row_cell(event.group, event.group_id),
                Cell(_door_text(event.metadata)),
                Cell(json_line({name: value for name, value in event.metadata.items() if name != "by"}), kind="json"),
            )
            for event in found
        ],
        empty="They have done nothing yet in the groups that you see.",
        more_url=events_url(person),
        more_text="All their events",
    )


def _door_text(metadata: dict[str, Any]) -> str:
    by = metadata.get("by")
    door = by.get("door", "") if isinstance(by, dict) else ""
    return str(Door(door).label) if door in Door.values else door or NOTHING


def _sign_ins(person: Person) -> Table:
    found = AccessLog.objects.filter(username=person.get_username()).order_by("-attempt_time")[:ROWS_SHOWN]
    return Table(
        title="Latest sessions",
        columns=("Signed in (UTC)", "Signed out (UTC)", "Address", "Browser"),
        rows=[
            (
                Cell(moment_text(row.attempt_time), kind="number"),
                Cell(moment_text(row.logout_time), kind="number"),
                Cell(row.ip_address or NOTHING),
                Cell(row.user_agent[:80]),
            )
            for row in found
        ],
        empty="They have not signed in yet.",
    )


def _tokens(person: Person) -> Table:
    found = list(ApiToken.objects.filter(person=person).select_related("group")[:ROWS_SHOWN])
    return Table(
        title="API tokens",
        columns=("Name", "Begins with", "Group", "State", "Last used (UTC)"),
        rows=[
            (
                Cell(token.name, page_url(ApiToken, token.pk)),
                Cell(f"{token.prefix}…", kind="code"),
                Cell(token.group.name if token.group else "all"),
                Cell(token_state(token)[1]),
                Cell(moment_text(token.last_used_at), kind="number"),
            )
            for token in found
        ],
        empty="They have no API token.",
        more_url=f"{reverse('admin:ontology_apitoken_changelist')}?person__id__exact={person.pk}" if found else "",
        more_text="All their tokens",
    )


def token_state(token: ApiToken) -> tuple[str, str]:
    """The colour and the word for whether a token opens the API."""
    if token.revoked_at is not None:
        return "grey", "Revoked"
    return ("green", "Usable") if token.is_usable else ("orange", "Expired")
