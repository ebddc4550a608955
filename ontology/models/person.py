"""People: accounts that sign in, and their places in groups."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from ontology.choices import MemberRole, PlatformRole
from ontology.models.constraints import json_is, one_of, tenant_key
from ontology.models.group import Group
from ontology.models.row import Row
from ontology.querysets import PersonManager


class Person(Row, AbstractBaseUser, PermissionsMixin):
    """An account that signs in, by e-mail; `is_staff` opens the admin."""

    email = models.EmailField(max_length=254, unique=True)
    username = models.CharField(max_length=150, unique=True, validators=[UnicodeUsernameValidator()])
    display_name = models.CharField(max_length=200, blank=True)
    bio = models.TextField(blank=True)
    avatar = models.URLField(max_length=500, blank=True)
    platform_role = models.CharField(max_length=20, choices=PlatformRole, blank=True, default="")
    is_staff = models.BooleanField("may use the admin", default=False)
    is_active = models.BooleanField("may sign in", default=True)
    session_salt = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)
    """Goes into every session's hash: another one ends all sessions of the person."""

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["username"]

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        verbose_name_plural = "people"
        ordering = ("email",)
        constraints = (
            models.UniqueConstraint(
                Lower("email"), name="person_email_is_unique", violation_error_message="A person with this e-mail address exists."
            ),
            models.CheckConstraint(condition=Q(email__contains="@"), name="person_email_has_at_sign"),
            one_of("platform_role", ["", *PlatformRole.values], "person_platform_role_is_known"),
        )

    def __str__(self) -> str:
        return self.display_name or self.email

    def get_full_name(self) -> str:
        """How the person wants to be called, for pages of Django's own."""
        return str(self)

    def get_short_name(self) -> str:
        """As get_full_name."""
        return str(self)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must hold to be this person's: another password or another salt ends it."""
        purpose = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        return salted_hmac(purpose, self.password + self.session_salt, secret=secret, algorithm="sha256").hexdigest()

    @property
    def is_platform_owner(self) -> bool:
        """Whether the person may act on every group."""
        return self.platform_role == PlatformRole.PLATFORM_OWNER

    @property
    def holds_platform_rights(self) -> bool:
        """Whether the person may do more than memberships give: of the staff, a superuser, or an owner of the platform."""
        return self.is_staff or self.is_superuser or self.is_platform_owner


class PersonWrite(models.Model):
    """How far the database's log of changes was when a person last wrote, in bytes: a replica that has come so far shows them their own writes.

    Written past Django, and only where there is a replica (ontology/replica.py).
    """

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True, related_name="+")
    place = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.person_id} at {self.place}"


class Membership(Row):
    """The place of a person in a group, and the `creator` thing that stands for the person there."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, db_index=False, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=MemberRole, default=MemberRole.GROUP_USER)
    permissions = models.JSONField(default=list, blank=True, help_text="Further rights, as a list of words.")
    creator = models.ForeignKey(
        "ontology.Thing", on_delete=models.PROTECT, null=True, blank=True, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        ordering = ("group", "person")
        constraints = (
            models.UniqueConstraint(fields=["group", "person"], name="membership_is_one_per_group_and_person"),
            tenant_key("creator_id", "ontology_thing", "membership_creator_in_group"),
            one_of("role", MemberRole.values, "membership_role_is_known"),
            json_is("permissions", "array", "membership_permissions_is_list"),
        )

    def __str__(self) -> str:
        return f"{self.person} in {self.group}"
