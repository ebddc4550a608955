"""The admin of quotas: bars, list, prices, the change of a plan, overrides, and refusals that say what to do."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ontology.models import Event, Group, Thing
from ontology.services.limits import limits_settle
from quotas.models import Override, Plan, PlanLimit, Subscription
from quotas.services.plans import override_give
from quotas.services.state import group_state
from tests.factories import make_group, make_staff, make_thing, staff_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def staff(client: Client) -> Client:
    staff_sign_in(client, make_staff())
    return client


@pytest.fixture
def group() -> Group:
    return make_group(plan="starter", slug="acme", name="Acme")


def filled(group: Group, count: int) -> Group:
    for _ in range(count):
        make_thing(group)
    limits_settle()
    return group


def page(client: Client, name: str, *args: Any, query: str = "") -> str:
    answer = client.get(reverse(name, args=args) + query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("count", "word", "spoken"),
    [
        (0, "OK", "Things: 0 of 10, 0.0 %, OK"),
        (8, "Warning", "Things: 8 of 10, 80.0 %, Warning"),
        (10, "Exceeded", "Things: 10 of 10, 100.0 %, Exceeded"),
    ],
)
def test_group_page__bars_are_told_in_words(staff: Client, group: Group, count: int, word: str, spoken: str) -> None:
    override_give(group, "entities_total", 10, "A test")
    filled(group, count)

    text = page(staff, "admin:ontology_group_change", group.pk)

    assert f'aria-valuetext="{spoken}"' in text
    assert f"</span>{word}</span>" in text
    assert "Plan Starter, with 1 override" in text


def test_group_page__over_a_lowered_limit_and_unlimited(staff: Client, group: Group) -> None:
    filled(group, 14)
    override_give(group, "entities_total", 10, "Lowered")
    override_give(group, "users", None, "Friends")

    text = page(staff, "admin:ontology_group_change", group.pk)

    assert "4 over: what is there stays, more is refused" in text
    assert 'style="left: 71.4%" title="The limit"' in text
    assert 'aria-valuetext="People: 0, unlimited"' in text
    assert "The limit of 10 things is reached: change to Pro, or delete what is not needed." in text


def test_group_list__sorts_by_fullness(staff: Client) -> None:
    for slug, count in (("a-half", 5), ("b-full", 10), ("c-none", 0)):
        group = make_group(plan="starter", slug=slug)
        override_give(group, "entities_total", 10, "A test")
        filled(group, count)

    text = page(staff, "admin:ontology_group_changelist", query="?o=-5")

    places = [text.index(f">{slug}<") for slug in ("b-full", "a-half", "c-none")]
    assert places == sorted(places)
    assert 'aria-valuetext="100.0 %, Exceeded"' in text
    assert "?o=5" in page(staff, "admin:ontology_group_changelist")


def test_pricing__by_month_and_by_year(staff: Client) -> None:
    month, year = page(staff, "admin:quotas_pricing"), page(staff, "admin:quotas_pricing", query="?by=year")

    assert "<strong>$49</strong> a month" in month
    assert "<strong>$490</strong> a year" in year
    assert "17 % less than by the month" in year
    assert "<strong>By agreement</strong>" in month


def test_plan_page__says_what_a_smaller_plan_breaks(staff: Client) -> None:
    group = filled(make_group(plan="pro", slug="big"), 120)

    text = page(staff, "admin:ontology_group_plan", group.pk)

    assert "120 things, of which 20 would be over the limit of 100: what is there stays, more is refused." in text
    assert "$49 less a month, $490 less a year." in text


def test_plan_page__changes_the_plan_with_an_event(staff: Client, group: Group) -> None:
    answer = staff.post(reverse("admin:ontology_group_plan", args=[group.pk]), {"plan": "pro"})

    assert answer.status_code == 302
    assert Subscription.objects.get(group=group).plan_id == "pro"
    assert Event.objects.get(group=group, type="plan_changed").metadata["by"]["door"] == "admin"


def test_plan_page__asks_for_the_password_first(client: Client, group: Group) -> None:
    staff_sign_in(client, make_staff(), minutes_ago=11)

    text = client.post(reverse("admin:ontology_group_plan", args=[group.pk]), {"plan": "pro"}).content.decode()

    assert "Changing the plan of a group needs your password" in text
    assert Subscription.objects.get(group=group).plan_id == "starter"


def test_thing_form__refused_with_the_reason_and_a_way_out(staff: Client, group: Group) -> None:
    filled(group, 100)
    form = {"group": group.pk, "type": "note", "name": "More", "properties": "{}", "status": "draft", "external_id": ""}

    text = staff.post(reverse("admin:ontology_thing_add"), form).content.decode()

    assert "The group acme uses 100 of 100 things of its plan Starter; 1 more would exceed the limit. The plan Pro has room for it." in text
    assert f'<a href="{reverse("admin:ontology_group_plan", args=[group.pk])}" class="sextant-link">See the plans</a>' in text
    assert Thing.objects.filter(group=group).count() == 100


def test_override__is_given_with_a_reason_and_ended(staff: Client, group: Group) -> None:
    form = {
        "group": group.pk,
        "metric": "users",
        "value": 7,
        "is_hard": "on",
        "per": "group",
        "reason": "A fair",
        "expires_at_0": "",
        "expires_at_1": "",
    }

    refused = staff.post(reverse("admin:quotas_override_add"), {**form, "reason": " "})
    taken = staff.post(reverse("admin:quotas_override_add"), form)

    assert (refused.status_code, taken.status_code) == (200, 302)
    override = Override.objects.get(group=group)
    assert (override.value, override.reason, override.given_by is not None) == (7, "A fair", True)
    assert group_state(group).metric("users").limit == 7
    staff.post(reverse("admin:quotas_override_changelist"), {"action": "end_now", "_selected_action": [override.pk]})
    assert group_state(group).metric("users").limit == 5


def test_limit_form__changes_what_all_groups_on_the_plan_may_use(staff: Client, group: Group) -> None:
    limit = PlanLimit.objects.get(plan="starter", metric="users")

    answer = staff.post(reverse("admin:quotas_planlimit_change", args=[limit.pk]), {"value": 9, "is_hard": "on"})

    assert answer.status_code == 302
    assert group_state(group).metric("users").limit == 9
    assert Event.objects.filter(type="settings_updated", metadata__change="plan_limit_changed").count() == 1


def test_plan_form__needs_a_default_and_two_prices(staff: Client) -> None:
    address = reverse("admin:quotas_plan_change", args=["enterprise"])
    form = {"title": "Enterprise", "description": "", "monthly_cents": "100", "annual_cents": "", "active": "on"}

    assert "make another plan the default instead" in staff.post(address, form).content.decode()
    assert "or neither" in staff.post(address, {**form, "is_default": "on"}).content.decode()
    assert staff.post(address, {**form, "is_default": "on", "annual_cents": "1000"}).status_code == 302
    assert Plan.objects.get(name="enterprise").monthly_cents == 100
