"""Change requests: nobody approves their own, what was asked for is fixed, and the database holds to it whoever writes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from monitoring.choices import ChangeOutcome, ChangeState, Verdict
from monitoring.errors import ChangeRefused
from monitoring.models import ChangeDecision, ChangeRequest
from monitoring.services.changes import (
    change_ask,
    change_close,
    change_decide,
    change_save,
    change_take_back,
    change_withdraw,
    rehearsal_attach,
)
from ontology.choices import Door
from ontology.errors import FieldRefused
from ontology.models import Event, Person
from ontology.services.actor import Actor
from tests.factories import make_person, make_staff, staff_sign_in
from tests.monitoring.test_admin import staff_with

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]
FIELDS: dict[str, Any] = {
    "title": "Version 2",
    "what": "The new version, for its imports.",
    "risk": "medium",
    "steps": "Back up; migrate; look at /readyz.",
    "taken_back_by": "Restoring the dump, until people work with it.",
    "starts_at": datetime(2026, 11, 26, 6, tzinfo=UTC),
    "ends_at": datetime(2026, 11, 26, 7, tzinfo=UTC),
}


def by(person: Person) -> Actor:
    return Actor(person=person, door=Door.ADMIN)


def draft(person: Person, **fields: Any) -> ChangeRequest:
    return change_save(ChangeRequest(**{**FIELDS, **fields}), actor=by(person))


def asked(person: Person, **fields: Any) -> ChangeRequest:
    return change_ask(draft(person, **fields), actor=by(person))


def state(change: ChangeRequest) -> str:
    return ChangeRequest.objects.get(pk=change.pk).state


def test_change__from_the_question_to_how_it_went() -> None:
    writer, other = make_person(), make_person()
    change = asked(writer)

    change_decide(change, Verdict.APPROVED, "Rehearsed well; not if the dump is older than a day.", actor=by(other))
    change_close(change, ChangeOutcome.WELL, "", actor=by(writer))

    kept = ChangeRequest.objects.get()
    assert (kept.state, kept.outcome, kept.done_at is not None) == ("done", "well", True)
    told = Event.objects.filter(type="settings_updated", metadata__change="change request").order_by("id")
    assert [(event.person_id, event.metadata["to"].get("state")) for event in told] == [
        (writer.pk, None),
        (writer.pk, "asked"),
        (other.pk, "approved"),
        (writer.pk, "done"),
    ]


def test_change_decide__high_risk_takes_two_and_one_refusal_ends_it() -> None:
    writer, first, second, third = (make_person() for _ in range(4))
    change, refused = asked(writer, risk="high"), asked(writer)

    change_decide(change, Verdict.APPROVED, "Fine.", actor=by(first))
    after_one = state(change)
    change_decide(change, Verdict.APPROVED, "Fine by me too.", actor=by(second))
    change_decide(refused, Verdict.REFUSED, "Not on a Friday.", actor=by(third))

    assert (after_one, state(change), state(refused)) == ("asked", "approved", "refused")


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda change, writer, other: change_decide(change, Verdict.APPROVED, "Yes.", actor=by(writer)), "Nobody decides their own request"),
        (lambda change, writer, other: change_withdraw(change, actor=by(other)), "Only who asks for a change may do that."),
        (lambda change, writer, other: change_close(change, ChangeOutcome.WELL, "", actor=by(other)), "waiting for approval and cannot become done"),
        (lambda change, writer, other: change_save(change, actor=by(writer)), "What was asked for is fixed"),
        (lambda change, writer, other: rehearsal_attach(change, {"clean": True}, actor=by(writer)), "What was asked for is fixed"),
        (lambda change, writer, other: change_ask(change, actor=by(writer)), "cannot become waiting for approval"),
        (lambda change, writer, other: change_ask(change, actor=Actor(door=Door.TASK)), "cannot become waiting for approval"),
    ],
    ids=["own", "another's", "not approved", "fixed", "fixed rehearsal", "twice", "nobody"],
)
def test_change__what_is_not_allowed_is_said_and_writes_nothing(act: Any, sentence: str) -> None:
    writer, other = make_person(), make_person()
    change = asked(writer)
    events = Event.objects.count()

    with pytest.raises(ChangeRefused, match=sentence):
        act(change, writer, other)

    assert (state(change), ChangeDecision.objects.count(), Event.objects.count()) == ("asked", 0, events)


def test_change_decide__second_verdict_and_empty_reason_are_refused() -> None:
    writer, other = make_person(), make_person()
    change = asked(writer, risk="high")
    change_decide(change, Verdict.APPROVED, "Yes.", actor=by(other))

    with pytest.raises(ChangeRefused, match="decided about this request already"):
        change_decide(change, Verdict.APPROVED, "Yes again.", actor=by(other))
    with pytest.raises(FieldRefused, match="Say why"):
        change_decide(change, Verdict.APPROVED, "  ", actor=by(make_person()))
    with pytest.raises(FieldRefused, match="The window ends after it begins"):
        draft(writer, ends_at=FIELDS["starts_at"])
    assert ChangeDecision.objects.count() == 1


def test_change_save__a_draft_is_its_writers() -> None:
    change = draft(make_person())
    change.title = "Another's"

    with pytest.raises(ChangeRefused, match="A draft is its writer's"):
        change_save(change, actor=by(make_person()))

    assert ChangeRequest.objects.get().title == FIELDS["title"]


def test_rehearsal_attach__keeps_what_was_written_meanwhile() -> None:
    writer = make_person()
    change = draft(writer)
    changed = ChangeRequest.objects.get(pk=change.pk)
    changed.title = "Version 2.1"
    change_save(changed, actor=by(writer))

    rehearsal_attach(change, {"clean": True}, actor=Actor(door=Door.COMMAND))

    kept = ChangeRequest.objects.get()
    assert (kept.title, kept.rehearsal) == ("Version 2.1", {"clean": True})


def test_change_take_back__drops_what_was_decided() -> None:
    writer, other = make_person(), make_person()
    change = asked(writer, risk="high")
    change_decide(change, Verdict.APPROVED, "Yes.", actor=by(other))

    again = change_take_back(change, actor=by(writer))
    again.title = "Version 2.1"
    change_save(again, actor=by(writer))
    change_ask(again, actor=by(writer))

    assert (state(change), ChangeDecision.objects.count(), ChangeRequest.objects.get().title) == ("asked", 0, "Version 2.1")


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE monitoring_changerequest SET title = 'Another'", "change_request_is_fixed_once_asked"),
        ("UPDATE monitoring_changerequest SET asked_by_id = %(other)s", "change_request_is_fixed_once_asked"),
        ("UPDATE monitoring_changerequest SET state = 'approved'", "change_request_is_approved_by_enough"),
        (
            "UPDATE monitoring_changerequest SET state = 'done', outcome = 'well', done_at = now()",
            "change_request_goes_from_state_to_state",
        ),
        ("DELETE FROM monitoring_changerequest", "change_request_begins_as_draft"),
        (
            "INSERT INTO monitoring_changedecision (id, request_id, person_id, verdict, reason) "
            "SELECT gen_random_uuid(), id, asked_by_id, 'approved', 'mine' FROM monitoring_changerequest",
            "change_decision_is_by_another",
        ),
        ("UPDATE monitoring_changedecision SET verdict = 'refused'", "change_decision_is_fixed"),
        ("DELETE FROM monitoring_changedecision", "change_decision_is_fixed"),
    ],
)
def test_database__refuses_what_the_services_would(statement: str, constraint: str) -> None:
    writer, other = make_person(), make_person()
    change = asked(writer, risk="high")
    change_decide(change, Verdict.APPROVED, "Yes.", actor=by(other))

    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {"other": other.pk})

    assert refused.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]


def test_database__decisions_wait_for_the_question() -> None:
    change, other = draft(make_person()), make_person()

    with pytest.raises(IntegrityError, match="Nothing waits for a decision"), transaction.atomic():
        ChangeDecision.objects.create(request=change, person=other, verdict=Verdict.APPROVED, reason="Early.")
    with pytest.raises(IntegrityError, match="begins as a draft"), transaction.atomic():
        ChangeRequest.objects.create(**FIELDS, asked_by=other, state=ChangeState.APPROVED)


def test_pages__from_the_form_to_how_it_went(client: Client) -> None:
    writer = staff_with("monitoring.view_changerequest", "monitoring.add_changerequest", "monitoring.change_changerequest")
    decider = staff_with("monitoring.view_changerequest", "monitoring.decide_change")
    staff_sign_in(client, writer)
    posted = {
        **FIELDS,
        **{f"{name}_{n}": f"{FIELDS[name]:{form}}" for name in ("starts_at", "ends_at") for n, form in enumerate(("%Y-%m-%d", "%H:%M"))},
    }

    added = client.post(reverse("admin:monitoring_changerequest_add"), {key: value for key, value in posted.items() if isinstance(value, str)})
    change = ChangeRequest.objects.get()
    page = reverse("admin:monitoring_changerequest_change", args=[change.pk])
    act = {name: reverse("admin:monitoring_changerequest_act", args=[change.pk, name]) for name in ("ask", "decide", "close", "withdraw", "reopen")}
    as_draft = client.get(page).content.decode()
    client.post(act["ask"])
    own = client.post(act["decide"], {"verdict": "approved", "reason": "Mine."})
    as_asked = client.get(page).content.decode()
    staff_sign_in(client, decider)
    to_decide = client.get(page).content.decode()
    client.post(act["decide"], {"verdict": "approved", "reason": "Rehearsed."})
    staff_sign_in(client, writer)
    client.post(act["close"], {"outcome": "wrong", "outcome_text": ""})
    unsaid = state(change)
    client.post(act["close"], {"outcome": "wrong", "outcome_text": "The stop took an hour."})
    at_end = client.get(page).content.decode()

    assert (added.status_code, change.asked_by, own.status_code) == (302, writer, 403)
    assert ("Ask for approval" in as_draft, 'name="title"' in as_draft) == (True, True)
    assert ("Ask for approval" in as_asked, 'name="title"' in as_asked, ">Approve<" in as_asked, "Take back into a draft" in as_asked) == (
        *(False, False, False, True),
    )
    assert (">Approve<" in to_decide, "Withdraw<" in to_decide) == (True, False)
    assert (unsaid, state(change), "The stop took an hour." in at_end, "Rehearsed." in at_end) == ("approved", "done", True, True)


def test_pages__say_what_is_wrong_with_a_form(client: Client) -> None:
    staff_sign_in(client, make_staff(is_superuser=True))

    page = client.post(
        reverse("admin:monitoring_changerequest_add"),
        {
            **{key: value for key, value in FIELDS.items() if isinstance(value, str)},
            "starts_at_0": "2026-11-26",
            "starts_at_1": "07:00",
            "ends_at_0": "2026-11-26",
            "ends_at_1": "06:00",
        },
    )

    assert (page.status_code, "The window ends after it begins." in page.content.decode(), ChangeRequest.objects.count()) == (200, True, 0)
