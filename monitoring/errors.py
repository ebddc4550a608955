"""What may happen in monitoring, as errors with their numbers inside."""

import uuid

from ontology.errors import DomainError


class AlertClosed(DomainError):
    """An act on an episode that has ended."""

    code = "alert_closed"

    def __init__(self, alert_id: uuid.UUID) -> None:
        self.alert_id = alert_id
        super().__init__(f"The alert {alert_id} is resolved; what is crossed again opens a new one.")


class NothingToRepair(DomainError):
    """Findings were chosen of which none can be repaired by itself."""

    code = "nothing_to_repair"

    def __init__(self) -> None:
        super().__init__("None of these findings can be repaired by itself; each says what to do.")


class RepairNotUndoable(DomainError):
    """A repair that cannot be taken back."""

    code = "repair_not_undoable"
