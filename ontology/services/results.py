"""What a bulk call answers."""

from dataclasses import dataclass, field

from ontology.validation import Problem


@dataclass(frozen=True, slots=True)
class Summary:
    """Items of a call: `success` were written or were there already as asked (`skip`); success_rate is 0 to 100."""

    total: int
    success: int
    failed: int
    success_rate: float


@dataclass(frozen=True, slots=True)
class BulkResult:
    """The answer of a bulk call. `created` and `updated` are ids in the order of the items; `failed` counts the items that `errors` names.

    `update_events` are, place by place, the events with the old values of what was updated. In `atomic` mode an item with an error leaves `created` and `updated` empty. A dry run answers the same and has written nothing.
    """

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    skipped: int = 0
    failed: int = 0
    errors: list[Problem] = field(default_factory=list)
    total: int = 0
    update_events: list[str] = field(default_factory=list, compare=False)

    @property
    def summary(self) -> Summary:
        """The counts of the call."""
        success = len(self.created) + len(self.updated) + self.skipped
        return Summary(self.total, success, self.failed, round(100 * success / self.total, 2) if self.total else 100.0)
