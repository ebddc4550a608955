"""What one migration is told, and what it finds: numbers under the names of its report."""

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import transaction

from ontology.choices import LegacyKind
from ontology.errors import FieldRefused
from ontology.models import Group, LegacyRow
from ontology.services.actor import Actor
from ontology.services.bulk import write
from ontology.services.groups import group_create

DEFAULT_SLUG = "legacy"
WRITERS, WRITERS_MAX = 2, 8
"""Batches that are written side by side: while one waits for the disk the other works."""
NO_GROUP_YET = uuid.UUID("00000000-0000-7000-8000-000000000000")
"""Stands for the default group while nothing is written and it is not there yet."""

type Tally = Counter[str]
"""Numbers of the report; those under `connections_quarantined.REASON` and `findings.KIND` become objects there."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a migration is told: whether groups are inferred, the default group's slug, the run that writes, and how many batches side by side."""

    infer: bool = True
    default_slug: str = DEFAULT_SLUG
    run_id: uuid.UUID | None = None
    writers: int = WRITERS

    def default_group(self) -> uuid.UUID:
        """The default group's id, or NO_GROUP_YET; two queries. Raises FieldRefused for a tenant's group that nobody chose."""
        found = Group.objects.filter(slug=self.default_slug).values_list("pk", flat=True).first()
        if found is None:
            return NO_GROUP_YET
        if self.default_slug == DEFAULT_SLUG and not _is_made_by_migration(found):
            raise FieldRefused(
                "default_group",
                f"The group {self.default_slug} was not made by a migration: its members would see every row whose group is not known. "
                "Choose another with --default-group, or give that group another slug. Nothing was written.",
            )
        return found

    def default_group_made(self, actor: Actor) -> uuid.UUID:
        """The default group's id; it is made where it is missing, without members, so that platform owners alone see it."""
        found = self.default_group()
        if found != NO_GROUP_YET:
            return found
        with transaction.atomic():
            words = "Rows of the old platform that belong to no group that is known."
            group = group_create(slug=self.default_slug, name="Legacy", type="organization", description=words, actor=actor)
            LegacyRow.objects.create(kind=LegacyKind.GROUP, row_id=group.pk, moment=group.created_at, decision="migrated")
            return group.pk


def _is_made_by_migration(group_id: uuid.UUID) -> bool:
    """Whether it is no tenant's, of this platform or the old one."""
    return LegacyRow.objects.filter(kind=LegacyKind.GROUP, row_id=group_id, old_id__isnull=True).exists()


@dataclass(slots=True)
class Report:
    """The numbers of a migration as they grow."""

    tally: Tally = field(default_factory=Counter)

    def told(self) -> dict[str, object]:
        """The report's own shape: names with a dot are objects, and what the key file names is there, be it 0."""
        shaped: dict[str, object] = dict.fromkeys(NUMBERS, 0) | {"connections_quarantined": {}, "findings": {}}
        for name, number in sorted(self.tally.items()):
            outer, _, inner = name.partition(".")
            if inner:
                part = shaped.setdefault(outer, {})
                assert isinstance(part, dict)
                part[inner] = number
            else:
                shaped[name] = number
        return shaped


NUMBERS = (
    *("things_migrated", "things_group_inferred", "things_group_ambiguous", "things_group_isolated"),
    *("connections_migrated", "events_migrated", "events_reference_cleared", "knowledge_migrated", "knowledge_source_cleared"),
    *("thing_knowledge_migrated", "thing_knowledge_quarantined"),
)


@contextmanager
def shadowed() -> Iterator[None]:
    """Lets what is decided inside be forgotten: decisions are written into a table of the session, and that is taken back too."""
    with transaction.atomic():
        write("migration_shadow", {})
        write("migration_shadow_fill", {})
        write("migration_shadow_analyze", {})
        yield
        transaction.set_rollback(True)
