"""The admin's pages of metrics: a group's dashboard, a thing's neighbourhood and timeline, and custom metrics that staff define."""

import itertools
import re
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ontology.admin.graph import NEIGHBOURS_SHOWN, neighbourhood
from ontology.models import Connection, CustomMetric, Event, Group, Person, Thing
from tests.factories import make_connection, make_custom_metric, make_event, make_group, make_membership, make_staff, make_thing, staff_sign_in
from tests.ontology.planting import habits_plant

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture(autouse=True)
def staff(client: Client) -> Person:
    person = make_staff()
    staff_sign_in(client, person)
    return person


def page(client: Client, row: Group | Thing) -> str:
    return client.get(reverse(f"admin:ontology_{row._meta.model_name}_change", args=[row.pk])).content.decode()


def metric_fields(group: Group, **changes: Any) -> dict[str, Any]:
    return {
        "group": str(group.pk),
        "name": "big_sales",
        "title": "Big sales",
        "description": "",
        "event_type": "payment_event",
        "conditions": '[{"key": "amount", "min": 100}]',
        "aggregate": "sum",
        "sum_key": "amount",
        "window_days": "30",
        "unit": "USD",
        "active": "on",
        **changes,
    }


def test_group_page__shows_days_contents_custom_metrics_and_activity(client: Client) -> None:
    group = make_group()
    ann, post = make_thing(group, type="creator", name="Ann"), make_thing(group, type="blog_post", name="Lamps")
    make_connection(group, post, ann, type="created_by")
    for days in (0, 0, 3):
        paid = {"status": "processed", "amount": 12.5}
        make_event(group, type="payment_event", actor=ann, target=post, metadata=paid, timestamp=timezone.now() - timedelta(days=days))
    make_custom_metric(group, title="Payments", event_type="payment_event")

    html = page(client, group)

    assert re.search(rf'"sextant-cell-number">{timezone.now():%m-%d}</td><td class="sextant-cell-number">2</td>', html)
    assert re.search(rf'"sextant-cell-number">{timezone.now():%m-%d}</td><td class="sextant-cell-number">25.00</td>', html)
    assert "Top 10 contents by connections" in html
    assert "Payments a day" in html
    assert html.count('class="sextant-timeline"') == len({(timezone.now() - timedelta(days=days)).date() for days in (0, 3)})


def test_group_page__of_an_empty_group(client: Client) -> None:
    html = page(client, make_group())

    assert "Nothing has happened yet." in html
    assert "There is no content yet" in html


def test_thing_page__draws_what_leads_to_it_and_where_it_leads(client: Client) -> None:
    group = make_group()
    hub = make_thing(group, name="Hub")
    before, after = make_thing(group, name="Before <b>"), make_thing(group, name="After")
    make_connection(group, before, hub)
    make_connection(group, hub, after)

    html = page(client, hub)

    walks = re.findall(r'<a href="([^"]+)#neighbourhood" aria-label="([^"]+)" data-column="(\d)" data-row="(\d)"', html)
    assert walks == [
        (reverse("admin:ontology_thing_change", args=[before.pk]), "Before &lt;b&gt;, product", "0", "0"),
        (reverse("admin:ontology_thing_change", args=[after.pk]), "After, product", "2", "0"),
    ]


def test_thing_page__alone(client: Client) -> None:
    html = page(client, make_thing(make_group()))

    assert "Nothing is connected with it." in html
    assert "Nothing has happened to it." in html


def test_neighbourhood__shows_a_few_and_says_so() -> None:
    group = make_group()
    hub = make_thing(group)
    links = [make_connection(group, hub, make_thing(group)) for _ in range(NEIGHBOURS_SHOWN + 1)]
    loop = Connection(group=group, from_thing=hub, to_thing=hub, type="references")

    many, few = neighbourhood(hub, [], links), neighbourhood(hub, [loop], [loop])

    assert (len(many.nodes), len(many.edges), many.note) == (NEIGHBOURS_SHOWN, NEIGHBOURS_SHOWN, f"The latest {NEIGHBOURS_SHOWN} on either side.")
    assert {node.column for node in many.nodes} == {2}
    assert (len(few.nodes), few.note) == (1, "")
    tops = sorted(node.y for node in many.nodes)
    assert all(lower - upper > 40 for upper, lower in itertools.pairwise(tops))


def test_custom_metric_add__writes_it_and_one_event(client: Client, staff: Person) -> None:
    group = make_group()

    response = client.post(reverse("admin:ontology_custommetric_add"), metric_fields(group))

    made = CustomMetric.objects.get()
    assert response.status_code == 302
    assert (made.group, made.name, made.conditions, made.window_days) == (group, "big_sales", [{"key": "amount", "min": 100}], 30)
    assert Event.objects.get(group=group).person == staff


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"conditions": '[{"key": "amount", "like": 1}]'}, "conditions"),
        ({"conditions": "[{"}, "conditions"),
        ({"sum_key": ""}, "sum_key"),
        ({"name": "Big"}, "name"),
        ({"window_days": "0"}, "window_days"),
    ],
)
def test_custom_metric_add__refused_at_its_field(client: Client, changes: dict[str, str], field: str) -> None:
    group = make_group()

    response = client.post(reverse("admin:ontology_custommetric_add"), metric_fields(group, **changes))

    assert list(response.context["adminform"].form.errors) == [field]
    assert (CustomMetric.objects.count(), Event.objects.count()) == (0, 0)


def test_custom_metric_change__keeps_group_and_name(client: Client) -> None:
    group = make_group()
    client.post(reverse("admin:ontology_custommetric_add"), metric_fields(group))
    made = CustomMetric.objects.get()

    client.post(reverse("admin:ontology_custommetric_change", args=[made.pk]), metric_fields(group, title="Sales", name="other"))

    made.refresh_from_db()
    assert (made.title, made.name) == ("Sales", "big_sales")


def test_custom_metric_list__removes_by_action(client: Client) -> None:
    made = make_custom_metric(make_group())

    client.post(reverse("admin:ontology_custommetric_changelist"), {"action": "remove", "_selected_action": [str(made.pk)]})

    assert CustomMetric.objects.count() == 0
    assert Event.objects.get().metadata["change"] == "removed"


def test_outlook__names_who_is_likely_to_stay_away_page_by_page(client: Client) -> None:
    group = make_group()
    left = habits_plant(group, timezone.now().astimezone(UTC).date(), steady=30, leaving=30)
    make_membership(group, creator=Thing.objects.get(pk=next(iter(left))))

    html = client.get(reverse("admin:ontology_group_outlook", args=[group.pk])).content.decode()
    (further,) = re.findall(r'href="([^"]+)" class="sextant-link">Further actors', html)
    beyond = client.get(further.replace("&amp;", "&")).content.decode()

    assert reverse("admin:ontology_group_outlook", args=[group.pk]) in page(client, group)
    assert len(re.findall(r">(?:Leaving|Steady) \d+</a>", html)) == 25
    assert "They beat the naive guess." in html
    assert "naive guess" in re.findall(r"Over the last 90 days it would have been off by [^<]*", html)[0]
    assert "Back to the highest" in beyond
    assert not set(re.findall(r">(Leaving \d+)</a>", html)) & set(re.findall(r">(Leaving \d+)</a>", beyond))


def test_outlook__of_an_empty_group_and_of_a_wrong_place(client: Client) -> None:
    address = reverse("admin:ontology_group_outlook", args=[make_group().pk])

    html = client.get(address).content.decode()

    assert "There are 0 days of history so far; a forecast needs 146." in html
    assert "Nobody is named." in html
    assert client.get(f"{address}?after=x").headers["Location"] == address
