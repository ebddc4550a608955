"""archive_policy, the rules it sets, and what a rule would do before it is saved."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from archival.models import ArchivePolicy
from archival.services.policies import policy_set, rules_of
from archival.services.simulation import simulate
from ontology.models import Event
from ontology.services.actor import PLATFORM
from quotas.services.plans import plan_change
from tests.archival.world import archived, old_events
from tests.factories import make_group

pytestmark = pytest.mark.django_db


def told(*words: str) -> str:
    out = StringIO()
    call_command("archive_policy", *words, stdout=out)
    return out.getvalue().strip()


def test_archive_policy__sets_and_tells() -> None:
    group = make_group(slug="one")

    assert told("one") == "one: in the database 365 days (by the platform), in the archive 2,555 days (by the platform), encryption none."
    assert told("one", "--hot-days", "90", "--keep-cold") == (
        "one: in the database 90 days (by the policy), in the archive for ever (by the policy), encryption none."
    )
    assert told("one", "--keep-hot", "--encryption", "group_key").startswith("one: in the database for ever (by the policy)")
    changed = Event.objects.filter(group=group, type="settings_updated").order_by("-timestamp").first()
    assert changed is not None
    assert changed.metadata["old"] == {"hot_days": 90, "keeps_hot": False, "encryption": "none"}
    assert changed.metadata["new"] == {"hot_days": None, "keeps_hot": True, "encryption": "group_key"}


@pytest.mark.parametrize(("words", "sentence"), [(["one", "--hot-days", "0"], "--hot-days"), (["none"], "none")])
def test_archive_policy__refuses_what_makes_no_sense(words: list[str], sentence: str) -> None:
    make_group(slug="one")

    with pytest.raises(CommandError, match=sentence):
        call_command("archive_policy", *words)
    assert ArchivePolicy.objects.count() == 0


def test_policy__that_changes_nothing_leaves_no_event() -> None:
    group = make_group()

    policy_set(group, {"hot_days": None}, actor=PLATFORM)

    assert Event.objects.filter(group=group).count() == 0


def test_simulation__counts_what_would_move_and_what_would_go() -> None:
    group = make_group()
    old_events(group, 30)
    archived(group)
    old_events(group, 7)

    effect = simulate(group, ArchivePolicy(group=group, keeps_hot=True, retention_days=100))

    assert (effect.now.moved_rows, effect.now.deleted_rows) == (7, 0)
    assert (effect.then.moved_rows, effect.then.deleted_rows) == (0, 30)
    assert effect.then.deleted_bytes > 0
    assert rules_of(group).hot_days == 365


def test_plan__says_how_long_unless_the_policy_does() -> None:
    group = make_group()
    plan_change(group, "starter", actor=PLATFORM)
    planned = rules_of(group)
    policy_set(group, {"hot_days": 30}, actor=PLATFORM)

    assert (planned.hot_days, planned.hot_by) == (90, "plan")
    assert (rules_of(group).hot_days, rules_of(group).hot_by) == (30, "policy")
    unlimited = make_group()
    plan_change(unlimited, "enterprise", actor=PLATFORM)
    assert (rules_of(unlimited).hot_days, rules_of(unlimited).hot_by) == (365, "platform")
