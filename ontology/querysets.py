"""Reads of the six dimensions, to be chained: `Thing.objects.in_group(group).live()`."""

import re
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.base_user import BaseUserManager
from django.db import models

from ontology.sql import statement

if TYPE_CHECKING:
    from ontology.models.group import Group
    from ontology.models.person import Person

PLATFORM_SLUG = "platform"
FOUND_BY_NAME_MAX = 1_000
"""Rows that a search by name finds, the newest of all that match: ten times as many cost ten times as much, and nobody reads so far."""
TRIGRAM_LETTERS = 3


def name_pattern(text: str) -> str:
    """What `upper(name)` is like: names that hold TEXT, or from two letters on down, where no index helps, that are TEXT."""
    words = re.sub(r"([\\%_])", r"\\\1", text.strip().upper())
    return f"%{words}%" if len(text.strip()) >= TRIGRAM_LETTERS else words


class GroupQuerySet(models.QuerySet["Group"]):
    """Groups."""

    def active(self) -> Self:
        """Groups in use."""
        return self.filter(status="active")

    def platform(self) -> "Group":
        """The platform's own group, home of the events that belong to no tenant; a migration makes it."""
        return self.get(slug=PLATFORM_SLUG)

    def within(self, group: "Group") -> Self:
        """GROUP and all its descendants, by one recursive query."""
        return self.filter(pk__in=_found("group_descendants", group.pk))

    def named_like(self, text: str) -> Self:
        """Groups in scope whose name holds TEXT: the newest FOUND_BY_NAME_MAX of them."""
        return self.filter(pk__in=_found("groups_named_like", name_pattern(text), FOUND_BY_NAME_MAX))


def _found(name: str, *parameters: object) -> models.expressions.RawSQL:
    return models.expressions.RawSQL(statement(name), parameters)  # noqa: S611 -- the text is a file of ours


class PersonManager(BaseUserManager["Person"]):
    """People, found by e-mail whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """The person who signs in with this e-mail address."""
        return self.get(email__iexact=username)

    def create_user(self, email: str, username: str, password: str | None = None, **fields: Any) -> "Person":
        """A new account, its password hashed."""
        person = self.model(email=self.normalize_email(email), username=username, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, username: str, password: str | None = None, **fields: Any) -> "Person":
        """A platform owner with every right of the admin."""
        return self.create_user(email, username, password, is_staff=True, is_superuser=True, platform_role="platform_owner", **fields)


class InGroupQuerySet[M: models.Model](models.QuerySet[M]):
    """Rows that belong to a group."""

    def in_group(self, group: "Group") -> Self:
        """Rows of GROUP alone, not of its descendants."""
        return self.filter(group=group)

    def whole(self) -> Self:
        """v1 rows: those that have a group."""
        return self.filter(group__isnull=False)


class DeletableQuerySet[M: models.Model](InGroupQuerySet[M]):
    """Rows that are deleted softly."""

    def live(self) -> Self:
        """Rows that are not deleted."""
        return self.filter(deleted_at__isnull=True)


class ThingQuerySet(DeletableQuerySet[Any]):
    """Things."""

    def of_type(self, name: str) -> Self:
        """Things of one type."""
        return self.filter(type=name)

    def named_like(self, text: str, *, group_id: uuid.UUID | None = None, types: list[str] | None = None) -> Self:
        """Things in scope (of one group, of TYPES) whose name holds TEXT: the newest FOUND_BY_NAME_MAX of them."""
        return self.filter(pk__in=_found("things_named_like", name_pattern(text), group_id, types, FOUND_BY_NAME_MAX))


class ConnectionQuerySet(DeletableQuerySet[Any]):
    """Connections."""


class EventQuerySet(InGroupQuerySet[Any]):
    """Events."""


class KnowledgeQuerySet(DeletableQuerySet[Any]):
    """Knowledge."""


class ApiTokenQuerySet(models.QuerySet[Any]):
    """API tokens."""

    def usable(self, now: datetime) -> Self:
        """Tokens that open the API at this moment."""
        return self.filter(models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now), revoked_at__isnull=True)


class CatalogueQuerySet(models.QuerySet[Any]):
    """Types of the catalogue."""

    def active(self) -> Self:
        """Types that take new rows."""
        return self.filter(active=True)
