"""Sealing: what statements did to events becomes ranges of a chain, whose lists lie where the database's superuser cannot reach."""

import time

from django.db import connection, transaction
from django.utils import timezone

from archival.errors import ObjectExists
from archival.failpoints import reached
from archival.services.installations import installation_here
from archival.store import store
from monitoring.models import Seal, SealEntry
from monitoring.seal_list import FIRST, Line, SealList, file_of, hash_of, list_of
from monitoring.sql import rows
from ontology.isolation import PLATFORM_SCOPE, acting

EVENTS_MAX = 20_000
"""Events of one range, save where one statement did more."""
SLICE_SECONDS = 45.0
_LOCK = 7_316_502_911
"""Any number that no other advisory lock has."""


def events_seal(*, seconds: float = SLICE_SECONDS) -> int:
    """Seals what waits, for SECONDS at most; how many ranges. Some eight queries and one object for each.

    Safe to kill: an object that was written and not recorded is found again under its number, and recorded then. Raises StoreError, and
    ForeignInstallation in a copy of another's database.
    """
    ends, sealed = time.monotonic() + seconds, 0
    with acting(PLATFORM_SCOPE):
        installation = installation_here().name  # committed before an object has it in its name
        while time.monotonic() < ends and _range_sealed(installation):
            sealed += 1
    return sealed


def seal_key(installation: str, number: int) -> str:
    """Where the list of a range lies, in folders of ten thousand."""
    return f"{installation}/seals/{number // 10_000:06}/{number:010}.parquet"


def _range_sealed(installation: str) -> bool:
    """Seals one range; whether there was anything, and nobody else at it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            if cursor.fetchone() != (True,):
                return False
        last = Seal.objects.order_by("-number").first()
        number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
        made = _list(number, previous)
        if made is None:
            return False
        key, content = seal_key(installation, number), file_of(made)
        try:
            store().put(key, content)
        except ObjectExists:  # written before a kill, or before the database was set back to a backup: it stands
            content = store().get(key)
            made = list_of(content)
        reached("seal_written")
        Seal.objects.create(number=number, hash=hash_of(content), key=key, events=len(made.lines), sealed_at=made.sealed_at)
        SealEntry.objects.filter(pk__in=made.entries).delete()
    return True


def _list(number: int, previous: str) -> SealList | None:
    """The next range; None when nothing waits."""
    waiting = rows("seal_entries", {"events_max": EVENTS_MAX})
    if not waiting:
        return None
    entries = [entry for entry, _, _ in waiting]
    told = {"entries": entries, "first": min(first for _, first, _ in waiting), "last": max(last for _, _, last in waiting)}
    lines = tuple(
        Line(key, group, month, bytes(leaf) if leaf is not None else None, act, decision)
        for key, group, month, leaf, act, decision in rows("seal_lines", told)
    )
    return SealList(number, previous, timezone.now(), tuple(entries), lines)
