"""Change requests: asked, decided by others, done. Every act leaves an event; what the rules forbid is said, and the database refuses it besides."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from monitoring.choices import ChangeOutcome, ChangeRisk, ChangeState, Verdict
from monitoring.errors import ChangeRefused
from monitoring.models import ChangeDecision, ChangeRequest
from ontology.errors import FieldRefused
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Person
from ontology.services.actor import Actor
from ontology.services.platform_record import setting_record

ASKED_FOR = ("title", "what", "risk", "is_emergency", "concerns", "steps", "taken_back_by", "starts_at", "ends_at")
"""What is fixed once it was asked for."""


def change_save(change: ChangeRequest, *, actor: Actor) -> ChangeRequest:
    """Writes a draft, new or changed. Raises FieldRefused for a window that ends before it begins, ChangeRefused when it is no draft any more."""
    if change.ends_at <= change.starts_at:
        raise FieldRefused("ends_at", "The window ends after it begins.")
    with acting(PLATFORM_SCOPE), transaction.atomic():
        before = ChangeRequest.objects.select_for_update().filter(pk=change.pk).first()
        if before is None:
            change.asked_by, change.state = _person(actor), ChangeState.DRAFT
        elif before.state != ChangeState.DRAFT:
            raise ChangeRefused("What was asked for is fixed: take it back into a draft first.")
        elif before.asked_by_id != _person(actor).pk:
            raise ChangeRefused("A draft is its writer's.")
        change.save()
        setting_record("change request", change.title, _told(before) if before else {}, _told(change), actor=actor)
    return change


def change_ask(change: ChangeRequest, *, actor: Actor) -> ChangeRequest:
    """Asks for approval of a draft; only who wrote it may."""
    return _moved(change, ChangeState.ASKED, actor, mine=True)


def change_take_back(change: ChangeRequest, *, actor: Actor) -> ChangeRequest:
    """Makes a draft again of what waits for approval; what was decided so far is dropped, and stays in the record. Only who asked may."""
    with acting(PLATFORM_SCOPE), transaction.atomic():
        moved = _moved(change, ChangeState.DRAFT, actor, mine=True)
        moved.decisions.all().delete()
    return moved


def change_withdraw(change: ChangeRequest, *, actor: Actor) -> ChangeRequest:
    """Ends what will not be done; only who asked may."""
    return _moved(change, ChangeState.WITHDRAWN, actor, mine=True)


def change_decide(change: ChangeRequest, verdict: Verdict, reason: str, *, actor: Actor) -> ChangeRequest:
    """Approves or refuses what another asks for. One refusal ends it; it is approved when enough have.

    Raises FieldRefused without a REASON, ChangeRefused for one's own request, a second verdict, and what does not wait for one.
    """
    if not reason.strip():
        raise FieldRefused("reason", "Say why, and what would make you decide otherwise.")
    person = _person(actor)
    with acting(PLATFORM_SCOPE), transaction.atomic():
        held = ChangeRequest.objects.select_for_update().get(pk=change.pk)
        if held.state != ChangeState.ASKED:
            raise ChangeRefused(f"This request is {held.get_state_display().lower()}: nothing waits for a decision.")
        if held.asked_by_id == person.pk:
            raise ChangeRefused("Nobody decides their own request: ask another.")
        if held.decisions.filter(person=person).exists():
            raise ChangeRefused("You have decided about this request already.")
        ChangeDecision.objects.create(request=held, person=person, verdict=verdict, reason=reason.strip())
        given = held.decisions.filter(verdict=Verdict.APPROVED).count()
        told: dict[str, Any] = {"verdict": str(verdict), "reason": reason.strip(), "approvals": given}
        if verdict == Verdict.REFUSED:
            return _moved(held, ChangeState.REFUSED, actor, **told)
        if given >= ChangeRisk(held.risk).approvals:
            return _moved(held, ChangeState.APPROVED, actor, **told)
        setting_record("change request", held.title, {"approvals": given - 1}, told, actor=actor)
    return held


def change_close(change: ChangeRequest, outcome: ChangeOutcome, text: str, *, actor: Actor) -> ChangeRequest:
    """Says how an approved change went. Raises FieldRefused without a TEXT where it did not go well."""
    if outcome != ChangeOutcome.WELL and not text.strip():
        raise FieldRefused("outcome_text", "Say what went wrong, and what keeps it from coming again.")
    return _moved(change, ChangeState.DONE, actor, outcome=str(outcome), outcome_text=text.strip(), done_at=timezone.now())


def draft_named(key: uuid.UUID) -> ChangeRequest:
    """The draft with that id. Raises ChangeRefused where there is none, or it was asked for already."""
    found = ChangeRequest.objects.filter(pk=key, state=ChangeState.DRAFT).first()
    if found is None:
        raise ChangeRefused(f"There is no draft of a change request with the id {key}.")
    return found


def rehearsal_attach(change: ChangeRequest, report: Mapping[str, Any], *, actor: Actor) -> ChangeRequest:
    """Keeps the REPORT of a rehearsal with a draft, as it stands by now: it may have been written on meanwhile. Raises ChangeRefused when it is none."""
    with acting(PLATFORM_SCOPE), transaction.atomic():
        held = ChangeRequest.objects.select_for_update().get(pk=change.pk)
        if held.state != ChangeState.DRAFT:
            raise ChangeRefused("What was asked for is fixed: take it back into a draft first.")
        before = _told(held)
        held.rehearsal = dict(report)
        held.save(update_fields=["rehearsal"])
        setting_record("change request", held.title, before, _told(held), actor=actor)
    return held


ALLOWED = {
    ChangeState.ASKED: (ChangeState.DRAFT,),
    ChangeState.DRAFT: (ChangeState.ASKED,),
    ChangeState.APPROVED: (ChangeState.ASKED,),
    ChangeState.REFUSED: (ChangeState.ASKED,),
    ChangeState.WITHDRAWN: (ChangeState.ASKED, ChangeState.APPROVED),
    ChangeState.DONE: (ChangeState.APPROVED,),
}
"""From which states each is reached."""


def acts_open(change: ChangeRequest, person_id: uuid.UUID | None) -> frozenset[str]:
    """What the person with that id could do now, rights apart: ask, reopen, withdraw, decide, close; one query at most."""
    is_mine = change.asked_by_id == person_id
    if change.state == ChangeState.DRAFT:
        return frozenset({"ask"} if is_mine else ())
    if change.state == ChangeState.ASKED:
        decided = is_mine or change.decisions.filter(person=person_id).exists()
        return frozenset({"reopen", "withdraw"} if is_mine else () if decided else {"decide"})
    if change.state == ChangeState.APPROVED:
        return frozenset({"close", "withdraw"} if is_mine else {"close"})
    return frozenset()


def _moved(change: ChangeRequest, state: ChangeState, actor: Actor, *, mine: bool = False, **told: Any) -> ChangeRequest:
    """Moves CHANGE to STATE with what is TOLD of it; four queries and the event's. Raises ChangeRefused."""
    with acting(PLATFORM_SCOPE), transaction.atomic():
        held = ChangeRequest.objects.select_for_update().get(pk=change.pk)
        if held.state not in ALLOWED[state]:
            raise ChangeRefused(f"This request is {held.get_state_display().lower()} and cannot become {state.label.lower()}.")
        if mine and held.asked_by_id != _person(actor).pk:
            raise ChangeRefused("Only who asks for a change may do that.")
        before, held.state = held.state, state
        for name in told.keys() & {"outcome", "outcome_text", "done_at"}:
            setattr(held, name, told[name])
        held.save()
        said = {name: value for name, value in told.items() if name != "done_at"}
        setting_record("change request", held.title, {"state": before}, {"state": str(state), **said}, actor=actor)
    return held


def _person(actor: Actor) -> Person:
    if actor.person is None:
        raise ChangeRefused("A change request is a person's: sign in.")
    return actor.person


def _told(change: ChangeRequest) -> dict[str, Any]:
    return {name: str(getattr(change, name)) for name in ASKED_FOR} | {"rehearsal": "attached" if change.rehearsal else "none"}
