"""Words of archives and where they stand."""

from django.db.models import TextChoices


class BatchState(TextChoices):
    """Where a batch stands; the moves between them are drawn in archival.models.batch."""

    CLAIMED = "claimed", "Claimed"
    EXPORTED = "exported", "Written to a file"
    STORED = "stored", "In the store"
    VERIFIED = "verified", "Read back"
    ARCHIVED = "archived", "Archived"
    RESTORED = "restored", "Restored"
    REPLACED = "replaced", "Replaced"
    EXPIRED = "expired", "Expired"
    ERASED = "erased", "Erased with its key"
    ABANDONED = "abandoned", "Abandoned"


OPEN_STATES = (BatchState.CLAIMED, BatchState.EXPORTED, BatchState.STORED, BatchState.VERIFIED)
"""The rows are hot still, and one worker holds them by its lease."""
HELD_STATES = (BatchState.ARCHIVED, BatchState.RESTORED)
"""The object counts: it is read, verified, and kept."""


class Verification(TextChoices):
    """What the last look at a batch's object found."""

    NEVER = "", "Not yet"
    SOUND = "sound", "Sound"
    MISSING = "missing", "Missing"
    DAMAGED = "damaged", "Damaged"


class Encryption(TextChoices):
    """How an object is encrypted before it leaves."""

    NONE = "none", "As it is"
    GROUP_KEY = "group_key", "With the group's key"


class ObjectState(TextChoices):
    """What became of an object that was announced before it was written."""

    ANNOUNCED = "announced", "Announced"
    KEPT = "kept", "Kept"
    REMOVED = "removed", "Removed"


class Tier(TextChoices):
    """Where events are looked for."""

    HOT = "hot", "In the database"
    COLD = "cold", "In the archive"
    ALL = "all", "In both"
