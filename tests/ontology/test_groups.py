"""Groups and memberships: what each action writes, and what it refuses."""

import pytest

from ontology.choices import Door
from ontology.errors import AlreadyMember, CreatorOfAnotherGroup, DomainError, FieldRefused, GroupBelowItself, LastOwner, SlugTaken
from ontology.models import Event, Group, Membership
from ontology.services.actor import Actor
from ontology.services.groups import group_create, group_update, membership_add, membership_remove, membership_update
from tests.factories import make_group, make_membership, make_person, make_thing

pytestmark = pytest.mark.django_db


def the_event(event_type: str) -> Event:
    return Event.objects.get(type=event_type)


def test_group_create__writes_the_group_and_one_event() -> None:
    person, parent = make_person(), make_group()

    group = group_create(slug="north", name="  North ", actor=Actor(person, Door.ADMIN), parent=parent, type="community")

    event = the_event("group_created")
    assert Group.objects.get(slug="north").name == "North"
    assert group.parent == parent
    assert (event.group, event.person) == (parent, person)
    assert event.metadata == {
        "groupId": str(group.pk),
        "slug": "north",
        "name": "North",
        "parent": str(parent.pk),
        "type": "community",
        "by": {"door": "admin"},
    }


def test_group_create__without_a_parent_is_told_in_the_platforms_record() -> None:
    group = group_create(slug="north", name="North")

    assert the_event("group_created").group == Group.objects.platform()
    assert not Event.objects.in_group(group).exists()


def test_group_create__taken_slug() -> None:
    make_group(slug="north")

    with pytest.raises(SlugTaken, match="Another group has the slug 'north'") as refused:
        group_create(slug="north", name="Another")

    assert refused.value.field == "slug"
    assert Group.objects.filter(slug="north").count() == 1
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"slug": "No Slug"}, "slug"),
        ({"name": " "}, "name"),
        ({"type": "sect"}, "type"),
        ({"visibility": "hidden"}, "visibility"),
        ({"join_policy": "never"}, "join_policy"),
        ({"status": "gone"}, "status"),
        ({"metadata": []}, "metadata"),
    ],
)
def test_group_create__every_rule_of_the_table_names_its_field(fields: dict[str, object], field: str) -> None:
    before = Group.objects.count()

    with pytest.raises(FieldRefused) as refused:
        group_create(**{"slug": "north", "name": "North", **fields})  # type: ignore[arg-type]

    assert refused.value.field == field
    assert Group.objects.count() == before
    assert not Event.objects.exists()


def test_group_update__one_event_with_what_changed() -> None:
    group = make_group(name="Old", description="same")

    changed = group_update(group, {"name": "New", "description": "same"}, actor=Actor(make_person()))

    event = the_event("group_updated")
    assert changed.name == Group.objects.get(pk=group.pk).name == "New"
    assert {key: event.metadata[key] for key in ("changes", "old", "new")} == {"changes": ["name"], "old": {"name": "Old"}, "new": {"name": "New"}}


def test_group_update__nothing_changed_writes_nothing() -> None:
    group = make_group(name="Same")
    touched = Group.objects.get(pk=group.pk).updated_at

    group_update(group, {"name": "Same"})

    assert Group.objects.get(pk=group.pk).updated_at == touched
    assert not Event.objects.exists()


def test_group_update__parent_is_told_by_id() -> None:
    parent, group = make_group(), make_group()

    group_update(group, {"parent": parent})

    assert the_event("group_updated").metadata["new"] == {"parent": str(parent.pk)}


def test_group_update__a_group_below_itself() -> None:
    top = make_group(slug="top")
    middle = make_group(slug="middle", parent=top)
    bottom = make_group(slug="bottom", parent=middle)

    with pytest.raises(GroupBelowItself, match="top cannot lie below bottom"):
        group_update(top, {"parent": bottom})

    assert Group.objects.get(pk=top.pk).parent is None
    assert not Event.objects.exists()


def test_group_update__blank_name() -> None:
    group = make_group(name="Kept")

    with pytest.raises(FieldRefused, match="A group needs a name") as refused:
        group_update(group, {"name": "  "})

    assert refused.value.field == "name"
    assert Group.objects.get(pk=group.pk).name == "Kept"


def test_membership_add__writes_the_place_and_one_event() -> None:
    group, person = make_group(), make_person()
    creator = make_thing(group, type="creator")

    membership = membership_add(group, person, "group_owner", actor=Actor(person), creator=creator)

    event = the_event("user_joined_group")
    assert Membership.objects.get() == membership
    assert event.target == creator
    assert event.actor == creator
    assert {key: event.metadata[key] for key in ("person", "role", "creator")} == {
        "person": str(person.pk),
        "role": "group_owner",
        "creator": str(creator.pk),
    }


def test_membership_add__twice() -> None:
    membership = make_membership(make_group(slug="north"))

    with pytest.raises(AlreadyMember, match="is a member of north already"):
        membership_add(membership.group, membership.person, "customer")

    assert Membership.objects.get().role == "group_user"
    assert not Event.objects.exists()


def test_membership_add__creator_of_another_group() -> None:
    group, other = make_group(slug="north"), make_group()
    creator = make_thing(other, name="Foreign")

    with pytest.raises(CreatorOfAnotherGroup, match="'Foreign' is not of group north"):
        membership_add(group, make_person(), "customer", creator=creator)

    assert not Membership.objects.exists()
    assert not Event.objects.exists()


def test_membership_add__unknown_role() -> None:
    with pytest.raises(FieldRefused) as refused:
        membership_add(make_group(), make_person(), "king")

    assert refused.value.field == "role"
    assert not Membership.objects.exists()


def test_membership_update__one_event_that_names_the_person() -> None:
    membership = make_membership(make_group())

    membership_update(membership, {"role": "group_owner", "permissions": []})

    event = the_event("group_updated")
    assert Membership.objects.get().role == "group_owner"
    assert event.metadata["changes"] == ["membership.role"]
    assert (event.metadata["old"], event.metadata["new"]) == ({"role": "group_user"}, {"role": "group_owner"})
    assert event.metadata["person"] == str(membership.person_id)


def test_membership_update__creator_of_another_group() -> None:
    membership = make_membership(make_group())

    with pytest.raises(CreatorOfAnotherGroup):
        membership_update(membership, {"creator": make_thing(make_group())})

    assert Membership.objects.get().creator is None
    assert not Event.objects.exists()


def test_membership_update__nothing_changed_writes_nothing() -> None:
    membership = make_membership(make_group())

    membership_update(membership, {"role": "group_user"})

    assert not Event.objects.exists()


def test_membership_remove__the_account_stays() -> None:
    membership = make_membership(make_group())
    person = membership.person

    membership_remove(membership, actor=Actor(person))

    assert not Membership.objects.exists()
    person.refresh_from_db()
    assert the_event("user_removed_from_group").metadata["person"] == str(person.pk)


def test_rules_told__a_rule_without_a_sentence_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ontology.services.groups._FIELD_RULES", {})

    with pytest.raises(DomainError, match="group_type_is_known"):
        group_create(slug="north", name="North", type="sect")


def test_membership_remove__last_who_manages_a_root_group_stays_by_every_door() -> None:
    group = make_group()
    last = make_membership(group, role="group_owner")
    actor = Actor(last.person, Door.ADMIN)

    with pytest.raises(LastOwner):
        membership_remove(last, actor=actor)
    with pytest.raises(LastOwner):
        membership_update(last, {"role": "group_user"}, actor=actor)

    make_membership(group, role="group_owner")
    membership_update(last, {"role": "group_user"}, actor=actor)
    membership_remove(last, actor=actor)
