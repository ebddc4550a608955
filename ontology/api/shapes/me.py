"""Shapes of the person who asks."""

from rest_framework import serializers

from ontology.choices import MemberRole, Right, TokenScope


class MyMembership(serializers.Serializer):
    """A place of yours."""

    group = serializers.CharField(help_text="The group's slug.")
    name = serializers.CharField(help_text="The group's name.")
    role = serializers.ChoiceField(MemberRole.choices, help_text="Your role there and below.")
    rights = serializers.ListField(child=serializers.ChoiceField(Right.choices), help_text="What you (through this token) may do there and below.")
    creator = serializers.UUIDField(allow_null=True, help_text="The thing that stands for you there.")


class Me(serializers.Serializer):
    """The person who asks."""

    id = serializers.UUIDField(help_text="Your id.")
    email = serializers.EmailField(help_text="Your address, by which you sign in.")
    username = serializers.CharField(help_text="Your user name.")
    displayName = serializers.CharField(allow_blank=True, help_text="How you want to be called.")
    bio = serializers.CharField(allow_blank=True, help_text="What you tell about yourself.")
    avatar = serializers.CharField(allow_blank=True, help_text="The address of your picture.")
    platformRole = serializers.CharField(allow_blank=True, help_text="platform_owner, or blank.")
    memberships = MyMembership(many=True, help_text="Your places in groups, by slug.")


class Token(serializers.Serializer):
    """An API token of yours; its text is kept nowhere."""

    id = serializers.UUIDField(help_text="The token's id.")
    name = serializers.CharField(help_text="What you call it.")
    prefix = serializers.CharField(help_text="How its text begins.")
    scopes = serializers.ListField(child=serializers.ChoiceField(TokenScope.choices), help_text="What it lets through, at most what you may do.")
    group = serializers.CharField(allow_null=True, help_text="The slug of the only group (and those below) that it opens; null: all of yours.")
    expiresAt = serializers.DateTimeField(allow_null=True, help_text="Until when it opens anything.")
    lastUsedAt = serializers.DateTimeField(allow_null=True, help_text="When it was last used.")
    revokedAt = serializers.DateTimeField(allow_null=True, help_text="When it was revoked; null for one that is good.")
    createdAt = serializers.DateTimeField(help_text="When it was made.")


class TokenPage(serializers.Serializer):
    """A page of tokens."""

    items = Token(many=True, help_text="The tokens.")
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null on the last.")
    hasMore = serializers.BooleanField(help_text="Whether there is a next page.")
    count = serializers.IntegerField(required=False, help_text="With `count=true`: how many there are.")
    countIsFloor = serializers.BooleanField(required=False, help_text="With `count=true`: whether there are more than `count`.")


class NewToken(serializers.Serializer):
    """A token to be made."""

    name = serializers.CharField(help_text="What you call it; at most 100 letters.")
    scopes = serializers.ListField(child=serializers.ChoiceField(TokenScope.choices), help_text="One or more.")
    group = serializers.CharField(required=False, allow_null=True, help_text="The slug of the only group (and those below) that it is to open.")
    expiresAt = serializers.DateTimeField(required=False, allow_null=True, help_text="Until when; 90 days from now unless given.")


class MadeToken(Token):
    """A new token, with its text."""

    token = serializers.CharField(help_text="The text. This answer alone shows it.")
