"""Who makes a change, and through which door."""

import uuid
from dataclasses import dataclass

from ontology.choices import Door
from ontology.models import Membership, Person


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (None for the platform itself), the door of the change, the API token if one opened it, and the id of the request, run or task."""

    person: Person | None = None
    door: Door = Door.CODE
    request_id: str = ""
    token_id: uuid.UUID | None = None

    @property
    def governs(self) -> bool:
        """Whether the platform itself acts, or one of its owners or superusers."""
        return self.person is None or self.person.is_superuser or self.person.is_platform_owner

    def thing_in(self, group_id: uuid.UUID) -> uuid.UUID | None:
        """The creator thing that stands for the person in a group; one query, none without a person."""
        if self.person is None:
            return None
        return Membership.objects.filter(group_id=group_id, person=self.person).values_list("creator_id", flat=True).first()

    def as_metadata(self) -> dict[str, str]:
        """The door, token and request, for an event's metadata."""
        told = {"door": self.door.value, "requestId": self.request_id, "tokenId": str(self.token_id or "")}
        return {name: value for name, value in told.items() if value}


PLATFORM = Actor()
"""The platform acting by itself."""
