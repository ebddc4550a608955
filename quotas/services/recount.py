"""The nightly recount: recorded usage against the rows themselves. A difference is told with its likely cause and never mended silently."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from ontology.models import Group
from ontology.services.actor import Actor
from ontology.services.record import event_record
from quotas.models import Drift
from quotas.sql import statement


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric of a group whose RECORDED use is not what the rows come to (storage in bytes); recorded is null where its row of usage is missing."""

    group_id: uuid.UUID
    metric: str
    subject: str
    recorded: int | None
    counted: int

    @property
    def cause(self) -> str:
        """What makes such a difference."""
        if self.recorded is None:
            return "The group has no row of usage for this: it was made while the triggers of quotas were off."
        more = "more" if self.recorded > self.counted else "fewer"
        return (
            f"{more.capitalize()} are recorded than there are: rows were written while the triggers of this table were switched off "
            "(session_replication_role, ALTER TABLE … DISABLE TRIGGER, a restore of this table alone), or usage itself was edited."
        )


def usage_drift(group: Group | None = None) -> Sequence[Difference]:
    """Every difference between recorded and counted usage, of GROUP or of all in scope; one query that reads all their live rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement("usage_drift"), {"group": group.pk if group else None})
        return [Difference(*row) for row in cursor.fetchall()]


def usage_recount() -> Sequence[Drift]:
    """Writes down every difference that is not known yet; what is written is the source of monitoring's findings."""
    found = []
    known = set(Drift.objects.filter(mended_at__isnull=True).values_list("group_id", "metric", "subject", "recorded", "counted"))
    for row in usage_drift():
        if (row.group_id, row.metric, row.subject, row.recorded or 0, row.counted) not in known:
            fields = {"group_id": row.group_id, "metric": row.metric, "subject": row.subject, "counted": row.counted}
            found.append(Drift.objects.create(**fields, recorded=row.recorded or 0, cause=row.cause))
    return found


def usage_mend(group: Group, *, actor: Actor) -> int:
    """Sets the recorded usage of GROUP to what its rows come to, by a person's decision, with one event; how many metrics differed.

    Nobody writes to the metered tables meanwhile. Raises nothing when there is nothing to mend.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement("usage_mend"), {"group": group.pk})
        mended = [{"metric": metric, "subject": subject, "from": recorded, "to": counted} for metric, subject, recorded, counted in cursor.fetchall()]
        if mended:
            event_record(group, "settings_updated", actor=actor, metadata={"change": "usage_mended", "mended": mended})
    return len(mended)
