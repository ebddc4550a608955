"""Groups of an old export: each becomes a group, below its parent where that makes no circle."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from ontology.choices import LegacyKind
from ontology.errors import DomainError, SlugTaken
from ontology.migration.documents import LegacyDocument, key_of
from ontology.migration.export_file import Line
from ontology.migration.plan import DEFAULT_SLUG
from ontology.migration.quarantine import Refused
from ontology.migration.rows_loading import digest_of, ids_of
from ontology.models import Group, LegacyRow
from ontology.services.actor import Actor
from ontology.services.groups import group_create

SLUG_LETTERS_MAX = 100


def groups_load(documents: Sequence[tuple[Line, LegacyDocument]], actor: Actor) -> tuple[int, list[Refused]]:
    """How many groups were made, and what is no second version of one; some ten queries a group, of which an export has few."""
    made, repeated = 0, []
    for line, document in documents:
        digest, key = digest_of(line), key_of(document.old_id)
        known = LegacyRow.objects.filter(kind=LegacyKind.GROUP, old_id=key).first()
        if known is None:
            _make(document, key, digest, actor)
            made += 1
        elif bytes(known.digest or b"") != digest:
            repeated.append(Refused(line, "id_repeated", {"_id": document.old_id, "line": line.text.decode(errors="backslashreplace")}))
    _place([document for _, document in documents])
    return made, repeated


def _make(document: LegacyDocument, key: str, digest: bytes, actor: Actor) -> None:
    fields: dict[str, Any] = {name: value for name, value in document.row.items() if name not in {"slug", "created_at", "updated_at"}}
    wished = document.row["slug"] if isinstance(document.row["slug"], str) else document.row["name"]
    own = hashlib.sha256(document.old_id.encode()).hexdigest()[:8]
    slug = re.sub(r"[^a-z0-9]+", "-", wished.lower())[:SLUG_LETTERS_MAX].strip("-") or f"group-{own}"
    try:
        if slug == DEFAULT_SLUG:  # kept free for rows of no tenant
            raise SlugTaken(slug)
        with transaction.atomic():
            group = group_create(slug=slug, group_id=None, actor=actor, **fields)
    except SlugTaken:  # a group of this platform, which is another tenant's, or another of the export
        group = group_create(slug=f"{slug[: SLUG_LETTERS_MAX - 16]}-legacy-{own}", actor=actor, **fields)
    if group.slug == document.row["slug"]:
        document.told.pop("slug", None)
    LegacyRow.objects.create(
        kind=LegacyKind.GROUP, row_id=group.pk, old_id=key, digest=digest, moment=document.moment, told=document.told, decision="migrated"
    )


def _place(documents: Sequence[LegacyDocument]) -> None:
    """Puts groups below their parents; a parent that is missing, or lies below its child, stays told and no more."""
    wished = {key_of(document.old_id): key_of(document.mentions["parent"]) for document in documents if "parent" in document.mentions}
    ids = ids_of(LegacyKind.GROUP, [*wished, *wished.values()])
    for child, parent in wished.items():
        if child in ids and parent in ids:
            try:
                with transaction.atomic():
                    Group.objects.filter(pk=ids[child], parent__isnull=True).update(parent=ids[parent])
            except (IntegrityError, DomainError):
                continue
