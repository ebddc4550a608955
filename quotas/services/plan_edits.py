"""Edits of plans and their limits by staff: recorded from what to what, and in force for every group on the plan at once."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from ontology.errors import FieldRefused
from ontology.services.actor import Actor
from ontology.services.platform_record import setting_record
from quotas.models import Plan, PlanLimit


def plan_edit(plan: Plan, changes: Mapping[str, Any], *, actor: Actor) -> Plan:
    """The plan with its CHANGES of title, description, prices (US cents), default and offer, and one event `settings_updated` in the platform's record.

    Making a plan the default one takes that from the other. Raises FieldRefused.
    """
    with transaction.atomic():
        current = Plan.objects.select_for_update().get(pk=plan.pk)
        if current.is_default and changes.get("is_default") is False:
            raise FieldRefused("is_default", "Groups without a plan need one: make another plan the default instead.")
        if changes.get("is_default"):
            Plan.objects.filter(is_default=True).exclude(pk=current.pk).update(is_default=False)
        if (changes.get("monthly_cents", current.monthly_cents) is None) != (changes.get("annual_cents", current.annual_cents) is None):
            raise FieldRefused("annual_cents", "A plan has a price by month and by year, or neither: then it is agreed on.")
        _turned(current, changes, "plan_changed", current.name, actor)
    return current


def limit_change(limit: PlanLimit, changes: Mapping[str, Any], *, actor: Actor) -> PlanLimit:
    """The limit with its CHANGES, in force for every group on its plan when this commits, and one event. Raises FieldRefused.

    What is over a lowered limit stays, and more is refused.
    """
    with transaction.atomic():
        current = PlanLimit.objects.select_for_update(of=("self",)).select_related("plan").get(pk=limit.pk)
        unit, cents = changes.get("overage_unit", current.overage_unit), changes.get("overage_cents", current.overage_cents)
        if (unit is None) != (cents is None) or unit == 0:
            raise FieldRefused("overage_unit", "What is sold beyond the limit has a size of its lots and a price, or neither.")
        _turned(current, changes, "plan_limit_changed", f"{current.plan_id} {current.metric}", actor)
    return current


def _turned(row: models.Model, changes: Mapping[str, Any], kind: str, name: str, actor: Actor) -> None:
    old = {field: getattr(row, field) for field in changes if getattr(row, field) != changes[field]}
    for field in old:
        setattr(row, field, changes[field])
    if not old:
        return
    try:
        row.clean_fields()
    except ValidationError as error:
        field, sentences = next(iter(error.message_dict.items()))
        raise FieldRefused(field, " ".join(sentences)) from error
    row.save(update_fields=list(old))
    setting_record(kind, name, old, {field: changes[field] for field in old}, actor=actor)
