"""What may happen in monitoring, as errors with their numbers inside."""

import uuid

from ontology.errors import DomainError


class AlertClosed(DomainError):
    """An act on an episode that has ended."""

    code = "alert_closed"

    def __init__(self, alert_id: uuid.UUID) -> None:
        self.alert_id = alert_id
        super().__init__(f"The alert {alert_id} is resolved; what is crossed again opens a new one.")
