"""What may happen in monitoring, as errors with their numbers inside."""

import uuid

from ontology.errors import DomainError


class AlertClosed(DomainError):
    """An act on an episode that has ended."""

    code = "alert_closed"

    def __init__(self, alert_id: uuid.UUID) -> None:
        self.alert_id = alert_id
        super().__init__(f"The alert {alert_id} is resolved; what is crossed again opens a new one.")


class AddressRefused(DomainError):
    """An address that nothing is sent to."""

    code = "address_refused"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"Nothing is sent to this address: {reason}.")


class Unanswered(DomainError):
    """A receiver that could not be reached, or did not answer in time."""

    code = "unanswered"

    def __init__(self, kind: str, seconds: float) -> None:
        self.kind, self.seconds = kind, seconds
        super().__init__(f"There was no answer ({kind} after {seconds:.1f} s).")


class SecretUnreadable(DomainError):
    """A channel's secret that the present key does not open."""

    code = "secret_unreadable"

    def __init__(self, channel: str) -> None:
        super().__init__(f"The secret of the channel {channel} was sealed with a SECRET_KEY that this process does not have; enter it anew.")


class NothingToRepair(DomainError):
    """Findings were chosen of which none can be repaired by itself."""

    code = "nothing_to_repair"

    def __init__(self) -> None:
        super().__init__("None of these findings can be repaired by itself; each says what to do.")


class RepairNotUndoable(DomainError):
    """A repair that cannot be taken back."""

    code = "repair_not_undoable"


class LoadRefused(DomainError):
    """A simulation of load that cannot begin, or breaks off for a reason that is not the load."""

    code = "load_refused"


class RehearsalImpossible(DomainError):
    """A rehearsal that could not begin, or broke off for a reason that is not the release's."""

    code = "rehearsal_impossible"


class ChangeRefused(DomainError):
    """An act on a change request or review that its state, or who acts, does not allow."""

    code = "change_refused"
