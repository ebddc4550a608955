"""Shapes of groups and members."""

from rest_framework import serializers

from ontology.choices import GroupStatus, GroupType, JoinPolicy, MemberRole, Right, Visibility

METADATA = "Free-form; its keys are never renamed."
SLUG = "Lower-case letters and digits, in words joined by hyphens; unique on the platform."


class GroupSettings(serializers.Serializer):
    """How a group presents itself."""

    visibility = serializers.ChoiceField(Visibility.choices, help_text="Who may see that the group exists.")
    joinPolicy = serializers.ChoiceField(JoinPolicy.choices, help_text="How a person becomes a member.")
    status = serializers.ChoiceField(GroupStatus.choices, help_text="Whether the group is in use; an archived one takes no writes.")
    metadata = serializers.DictField(help_text=METADATA)


class Group(GroupSettings):
    """A tenant."""

    id = serializers.UUIDField(help_text="UUIDv7; ids sort by time.")
    slug = serializers.CharField(help_text=SLUG)
    name = serializers.CharField(help_text="At most 200 characters.")
    type = serializers.ChoiceField(GroupType.choices, help_text="What kind of tenant it is.")
    parent = serializers.CharField(allow_null=True, help_text="The slug of the group above; null at the top, or when that one is out of reach.")
    description = serializers.CharField(allow_blank=True, help_text="At most 100,000 characters.")
    createdAt = serializers.DateTimeField(help_text="When it was made.")
    updatedAt = serializers.DateTimeField(help_text="When it was last changed.")


class GroupPage(serializers.Serializer):
    """A page of groups."""

    items = Group(many=True, help_text="The groups, or those of their fields that `fields` and `omit` leave.")
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null on the last.")
    hasMore = serializers.BooleanField(help_text="Whether there is a next page.")
    count = serializers.IntegerField(required=False, help_text="With `count=true`: how many match, up to 10,000.")
    countIsFloor = serializers.BooleanField(required=False, help_text="With `count=true`: whether there are more than `count`.")


class SettingsChanges(serializers.Serializer):
    """What may change of a group's settings; what is left out stays."""

    visibility = serializers.ChoiceField(Visibility.choices, required=False, help_text="Who may see that the group exists.")
    joinPolicy = serializers.ChoiceField(JoinPolicy.choices, required=False, help_text="How a person becomes a member.")
    status = serializers.ChoiceField(GroupStatus.choices, required=False, help_text="Whether the group is in use.")
    metadata = serializers.DictField(required=False, help_text=METADATA + " It replaces the old.")


class GroupChanges(SettingsChanges):
    """What may change of a group; what is left out stays."""

    slug = serializers.CharField(required=False, help_text=SLUG)
    name = serializers.CharField(required=False, help_text="Not blank.")
    type = serializers.ChoiceField(GroupType.choices, required=False, help_text="What kind of tenant it is.")
    description = serializers.CharField(required=False, allow_blank=True, help_text="At most 100,000 characters.")


class NewGroup(GroupChanges):
    """A group to be made."""

    slug = serializers.CharField(help_text=SLUG)
    name = serializers.CharField(help_text="Not blank.")
    parent = serializers.CharField(required=False, allow_null=True, help_text="The slug of the group above; none makes a root group.")


class Member(serializers.Serializer):
    """A person's place in a group."""

    person = serializers.UUIDField(help_text="The person.")
    email = serializers.EmailField(help_text="The person's address.")
    displayName = serializers.CharField(allow_blank=True, help_text="How the person wants to be called.")
    role = serializers.ChoiceField(MemberRole.choices, help_text="What the person may do in the group and below.")
    permissions = serializers.ListField(child=serializers.ChoiceField(Right.choices), help_text="Rights beside those of the role.")
    creator = serializers.UUIDField(allow_null=True, help_text="The thing that stands for the person in the group.")
    createdAt = serializers.DateTimeField(help_text="Since when.")
    updatedAt = serializers.DateTimeField(help_text="When the place was last changed.")


class MemberPage(serializers.Serializer):
    """A page of members."""

    items = Member(many=True, help_text="The members, or those of their fields that `fields` and `omit` leave.")
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null on the last.")
    hasMore = serializers.BooleanField(help_text="Whether there is a next page.")
    count = serializers.IntegerField(required=False, help_text="With `count=true`: how many there are, up to 10,000.")
    countIsFloor = serializers.BooleanField(required=False, help_text="With `count=true`: whether there are more than `count`.")


class NewMember(serializers.Serializer):
    """A member to be added."""

    email = serializers.EmailField(help_text="The person's address, whatever its case.")
    role = serializers.ChoiceField(MemberRole.choices, required=False, help_text="group_user unless given.")


class MemberChanges(serializers.Serializer):
    """What may change of a member; what is left out stays."""

    role = serializers.ChoiceField(MemberRole.choices, required=False, help_text="What the person may do in the group and below.")
    permissions = serializers.ListField(child=serializers.ChoiceField(Right.choices), required=False, help_text="Rights beside those of the role.")
    creator = serializers.CharField(required=False, allow_null=True, help_text="The id or external id of a thing of the group; null for none.")
