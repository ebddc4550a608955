"""Who did it cannot be forged: clients tell of events in their own name, and nobody moves a group or the platform's record to where it is theirs."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from ontology.choices import Door
from ontology.errors import FieldRefused, RightMissing
from ontology.metrics import thing_audit
from ontology.models import Event, Group, Person
from ontology.services.actor import Actor
from ontology.services.groups import group_update
from tests.factories import make_group, make_membership, make_person, make_staff, make_thing, staff_sign_in
from tests.ontology.api.client import Api, at, codes

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Group:
    return make_group()


@pytest.fixture
def member(group: Group) -> Person:
    return make_membership(group, role="group_user").person


@pytest.mark.parametrize("by", [{"door": "admin"}, {}, None, "ann"])
def test_event__whose_metadata_says_who_sent_it_is_refused(group: Group, member: Person, by: object) -> None:
    response = Api(member).post(at(group, "events/"), {"type": "group_updated", "metadata": {"by": by}})

    assert (response.status_code, codes(response)) == (422, [("metadata.by", "reserved")])
    assert not Event.objects.in_group(group).exists()


@pytest.mark.parametrize("metadata", [{}, {"old": {"name": "A"}, "new": {"name": "B"}}])
def test_event__that_a_client_tells_names_the_client(group: Group, member: Person, metadata: dict[str, object]) -> None:
    thing = make_thing(group)
    api = Api(member)
    response = api.post(at(group, "events/"), {"type": "entity_updated", "target": str(thing.pk), "metadata": metadata})
    bulk = api.post(at(group, "events/bulk/"), [{"type": "entity_updated", "target": str(thing.pk)}])

    assert (response.status_code, bulk.status_code) == (201, 201)
    told = thing_audit(thing, limit=5).entries
    assert [(entry.who, entry.door, entry.sent, entry.token_id is not None) for entry in told] == [(str(member), Door.API, True, True)] * 2
    page = Api(make_membership(group, role="group_owner").person).get(at(group, f"things/{thing.pk}/audit/")).json()
    assert [entry["sent"] for entry in page["events"]["items"]] == [True, True]


def test_change__is_the_platforms_own_record(group: Group, member: Person) -> None:
    thing = make_thing(group)
    Api(member).patch(at(group, f"things/{thing.pk}/"), {"name": "Changed"})

    assert [(entry.door, entry.sent) for entry in thing_audit(thing, limit=5).entries] == [(Door.API, False)]


def test_group__is_moved_only_by_who_manages_all_of_its_places() -> None:
    old, new = make_group(), make_group()
    group = make_group(parent=old)
    owner = make_person()
    for place in (old, new):
        make_membership(place, owner, role="group_owner")
    stranger = make_membership(new, role="group_owner").person

    with pytest.raises(RightMissing):
        group_update(group, {"parent": new}, actor=Actor(stranger, Door.ADMIN))
    with pytest.raises(RightMissing):
        group_update(group, {"parent": None}, actor=Actor(make_membership(group, role="group_owner").person, Door.ADMIN))
    assert group_update(group, {"parent": new}, actor=Actor(owner, Door.ADMIN)).parent == new
    assert group_update(group, {"parent": None}, actor=Actor(make_staff(), Door.ADMIN)).parent is None


def test_admin__staff_who_see_every_group_do_not_move_one_below_their_own(client: Client) -> None:
    mine, other = make_group(), make_group()
    clerk = make_membership(mine, make_person(is_staff=True), role="group_owner").person
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["see_every_group", "view_group", "change_group"]))
    staff_sign_in(client, clerk)
    given = {name: getattr(other, name) for name in ("name", "slug", "type", "description", "visibility", "join_policy", "status")}

    response = client.post(reverse("admin:ontology_group_change", args=[other.pk]), {**given, "metadata": "{}", "parent": str(mine.pk)})

    assert response.status_code == 200
    assert "needs the right" in response.content.decode()
    assert Group.objects.get(pk=other.pk).parent is None


@pytest.mark.parametrize("changes", [{"slug": "renamed"}, {"status": "archived"}])
def test_platforms_group__stays(changes: dict[str, str]) -> None:
    with pytest.raises(FieldRefused, match="platform's own group"):
        group_update(Group.objects.platform(), changes, actor=Actor(make_staff(), Door.ADMIN))  # type: ignore[arg-type]


def test_platforms_group__is_moved_nowhere(group: Group) -> None:
    with pytest.raises(FieldRefused, match="platform's own group"):
        group_update(Group.objects.platform(), {"parent": group}, actor=Actor(make_staff(), Door.ADMIN))
