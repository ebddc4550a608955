"""What may happen to archives, as errors with their numbers inside."""

import uuid
from datetime import date

from ontology.errors import DomainError


class StoreError(DomainError):
    """The store did not do what it was asked; what was asked is safe to repeat."""

    code = "store_unavailable"


class ObjectExists(StoreError):
    """Nothing was written, because an object of that key is there."""

    code = "object_exists"

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The store has an object {key} already.")


class ObjectMissing(StoreError):
    """The manifest names an object that the store does not have."""

    code = "object_missing"

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The store has no object {key}.")


class ObjectDamaged(StoreError):
    """An object is not what its manifest says."""

    code = "object_damaged"

    def __init__(self, key: str, what: str) -> None:
        self.key, self.what = key, what
        super().__init__(f"The object {key} is damaged: {what}.")


class LeaseLost(DomainError):
    """Another worker has taken the batch over; nothing of this one's counts."""

    code = "lease_lost"

    def __init__(self, batch_id: uuid.UUID) -> None:
        self.batch_id = batch_id
        super().__init__(f"The batch {batch_id} is held by another worker, or has moved on.")


class RowsChanged(DomainError):
    """Between export and delete the rows of a batch became others; they stay hot and are exported anew."""

    code = "rows_changed"


class BatchStateRefused(DomainError):
    """A batch is not in the state that an act needs."""

    code = "batch_state"

    def __init__(self, batch_id: uuid.UUID, state: str, act: str) -> None:
        super().__init__(f"The batch {batch_id} is {state}; it cannot be {act}.")


class HoldForbids(DomainError):
    """A legal hold stops what would destroy or change archived events."""

    code = "legal_hold"

    def __init__(self, slug: str, act: str, reason: str) -> None:
        super().__init__(f"{act} is stopped by a legal hold on the group {slug}: {reason}")


class KeyErased(DomainError):
    """The group's key is gone, and with it whatever was written under it."""

    code = "key_erased"

    def __init__(self, slug: str) -> None:
        super().__init__(f"The key of the group {slug} was erased; its encrypted archive can be read by nobody.")


class ForeignInstallation(DomainError):
    """This database is a copy of another's: its archive belongs to that one."""

    code = "foreign_installation"

    def __init__(self, recorded: str, present: str) -> None:
        super().__init__(
            f"This database is a copy: its archive belongs to {recorded}, and this is {present}. Nothing is written or deleted. If it is to be the only "
            "one from now on, run `manage.py archive_events --adopt`; its own objects then lie under a name of their own."
        )


class RestoreCollides(DomainError):
    """Events of a batch cannot come back, because the database has others with their id or external id."""

    code = "restore_collides"

    def __init__(self, batch_id: uuid.UUID, detail: str) -> None:
        super().__init__(f"The batch {batch_id} cannot be restored: {detail}")


class ReadTooLong(DomainError):
    """A question to the archive took longer than a reader waits."""

    code = "archive_read_too_long"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The archive did not answer within {seconds:g} seconds; ask for a shorter time, or for fewer events.")


class NothingArchived(DomainError):
    """No batch fits what was asked."""

    code = "nothing_archived"

    def __init__(self, slug: str, since: date | None, until: date | None) -> None:
        between = f" from {since} to {until}" if since or until else ""
        super().__init__(f"The group {slug} has no archived batch{between}.")
