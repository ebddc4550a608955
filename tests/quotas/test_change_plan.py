"""The command change_plan."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from ontology.models import Event, Group
from quotas.models import Subscription
from tests.factories import make_group

pytestmark = pytest.mark.django_db


def change_plan(*arguments: str) -> str:
    out = StringIO()
    call_command("change_plan", *arguments, stdout=out)
    return out.getvalue()


def test_change_plan__says_what_is_used() -> None:
    group = make_group(slug="shop", plan="starter")

    told = change_plan("shop", "pro")

    assert told.splitlines()[:2] == [f"{group} is on the plan Pro.", "  OK         0 things of 10,000 used (0.0 %)."]
    assert Event.objects.get(group=group, type="plan_changed").metadata["by"]["door"] == "command"


def test_change_plan__makes_a_group_when_told() -> None:
    change_plan("new-one", "pro", "--create-group")

    assert Subscription.objects.get(group__slug="new-one").plan_id == "pro"


@pytest.mark.parametrize("arguments", [("nobody", "pro"), ("shop", "gold")])
def test_change_plan__unknown_group_or_plan(arguments: tuple[str, str]) -> None:
    make_group(slug="shop")

    with pytest.raises(CommandError):
        change_plan(*arguments)
    assert not Subscription.objects.exclude(group=Group.objects.platform()).exists()
