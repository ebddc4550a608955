"""What can go wrong in the domain: nouns with their numbers inside."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ontology.validation.problems import Problem


class DomainError(Exception):
    """A refusal with a `code` for programs and a sentence for people; nothing was written."""

    code = "refused"


class TooManyItems(DomainError):
    """A bulk call with more items than one call takes."""

    code = "too_many_items"

    def __init__(self, given: int, limit: int) -> None:
        self.given, self.limit = given, limit
        super().__init__(f"{given:,} items in one call; at most {limit:,} are taken. Send several calls, or load a file with load_ontology.")


class FieldRefused(DomainError):
    """A value that one field cannot take; `field` says which."""

    code = "field_refused"

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(sentence)


class SlugTaken(FieldRefused):
    """A slug that another group has."""

    code = "slug_taken"

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__("slug", f"Another group has the slug {slug!r}; choose a different one.")


class GroupBelowItself(FieldRefused):
    """A parent that lies below the group itself."""

    code = "group_below_itself"

    def __init__(self, slug: str, parent_slug: str) -> None:
        self.slug, self.parent_slug = slug, parent_slug
        super().__init__("parent", f"{slug} cannot lie below {parent_slug}: {parent_slug} is {slug} itself or lies below it.")


class CreatorOfAnotherGroup(FieldRefused):
    """A creator thing that is not of the membership's group."""

    code = "creator_of_another_group"

    def __init__(self, creator: str, slug: str) -> None:
        self.creator, self.slug = creator, slug
        super().__init__("creator", f"The thing {creator!r} is not of group {slug}; choose one of that group.")


class AlreadyMember(FieldRefused):
    """A person who is in the group already."""

    code = "already_member"

    def __init__(self, person: str, slug: str) -> None:
        self.person, self.slug = person, slug
        super().__init__("person", f"{person} is a member of {slug} already; change that membership instead.")


class TypeEditBreaksRows(DomainError):
    """An edit of the catalogue that existing rows would not satisfy."""

    code = "type_edit_breaks_rows"

    def __init__(self, type_name: str, count: int, row_ids: list[str]) -> None:
        self.type_name, self.count, self.row_ids = type_name, count, row_ids
        rows = "row" if count == 1 else "rows"
        super().__init__(f"{count:,} {rows} of type {type_name} would break the new rule; confirm the edit to keep what is there as it is.")


class UnreadableFile(DomainError):
    """A file that cannot be read to its end, with the place where reading stopped."""

    code = "unreadable_file"


class RunNotResumable(DomainError):
    """A run that is finished, unknown, or of another file."""

    code = "run_not_resumable"


class RunTaken(RunNotResumable):
    """A run that another worker holds."""

    code = "run_taken"

    def __init__(self, run_id: object) -> None:
        self.run_id = run_id
        super().__init__(f"The run {run_id} is being worked on by another process.")


class RunExclusive(DomainError):
    """A run that may not begin while another of its kind is unfinished: `run_id` is that one."""

    code = "run_exclusive"

    def __init__(self, run_id: object) -> None:
        self.run_id = run_id
        super().__init__(f"The run {run_id} does the same and is not finished; watch that one, or cancel it.")


class RunStateRefused(DomainError):
    """A wish that makes no sense in the state a run is in, or a tuning out of bounds."""

    code = "run_state"


class UploadRefused(FieldRefused):
    """A file that cannot be taken for an import."""

    code = "upload_refused"

    def __init__(self, sentence: str) -> None:
        super().__init__("file", sentence)


class RunNotUndoable(DomainError):
    """A run of which nothing can be taken back now."""

    code = "run_not_undoable"


class BackupRefused(DomainError):
    """A backup that cannot be made, or that is not to be trusted; nothing was touched."""

    code = "backup_refused"


class RollbackRefused(DomainError):
    """A rollback that cannot be done now; nothing was touched."""

    code = "rollback_refused"


class QuarantineRefused(DomainError):
    """A decision about a row in quarantine, or about the group of a legacy thing, that cannot be done; nothing was written."""

    code = "quarantine_refused"


class ImportRefused(DomainError):
    """A file of which everything or nothing was to be written, with records that cannot be: `rejected` of them."""

    code = "import_refused"

    def __init__(self, rejected: int) -> None:
        self.rejected = rejected
        records = "record was" if rejected == 1 else "records were"
        super().__init__(f"{rejected:,} {records} rejected, and the mode is atomic: nothing was written.")


class ItemRefused(DomainError):
    """One item that breaks rules: `problems` names all of them, each with field, code and sentence (`error`)."""

    code = "item_refused"

    def __init__(self, problems: "Sequence[Problem]") -> None:
        self.problems = list(problems)
        super().__init__(" ".join(problem.error for problem in self.problems))


class ChangedMeanwhile(DomainError):
    """A change made from a row as it was before somebody else changed it: `at` is when, in UTC; `what` names the row."""

    code = "changed_meanwhile"

    def __init__(self, what: str, at: datetime) -> None:
        self.what, self.at = what, at
        super().__init__(f"{what} was changed meanwhile, at {at.isoformat()}; read it again and decide whether your change still stands.")


class GroupArchived(DomainError):
    """A write into a group that is put away, or that lies below one."""

    code = "group_archived"

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"The group {slug}, or one above it, is archived and takes no writes; make it active first.")


class DeletionState(DomainError):
    """A deletion of a row that is deleted already, a restoration of one that is not, or a change of a deleted one."""

    code = "deletion_state"

    def __init__(self, name: str, *, is_deleted: bool) -> None:
        self.name, self.is_deleted = name, is_deleted
        super().__init__(f"{name} is {'already' if is_deleted else 'not'} deleted.")


class ThingDeletionState(DeletionState):
    """A deletion of a thing that is deleted already, or a restoration of one that is not."""

    code = "thing_deletion_state"


class TypeInvalid(DomainError):
    """A type of the catalogue that cannot be saved as given: `problems` are sentences by field."""

    code = "type_invalid"

    def __init__(self, type_name: str, problems: dict[str, list[str]]) -> None:
        self.type_name, self.problems = type_name, problems
        words = " ".join(f"{field}: {sentence}" for field, sentences in problems.items() for sentence in sentences)
        super().__init__(f"The type {type_name} cannot be saved. {words}")


class GroupUnknown(DomainError):
    """A group that is not there, or that the person may not know of; nobody can tell which."""

    code = "not_found"

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"There is no group {slug!r} here.")


class RightMissing(DomainError):
    """An act that the person's role, or the token, does not allow in a group."""

    code = "right_missing"

    def __init__(self, right: str, slug: str) -> None:
        self.right, self.slug = right, slug
        super().__init__(f"This needs the right '{right}' in group {slug}, which your role or your token does not give.")


class RightsExceeded(RightMissing):
    """A role or rights given to a member by somebody who lacks them."""

    def __init__(self, lacking: Iterable[str], slug: str) -> None:
        self.right, self.slug = "", slug
        words = ", ".join(sorted(lacking))
        DomainError.__init__(self, f"You give nobody rights in group {slug} that you lack there yourself: {words}.")


class LastOwner(DomainError):
    """A root group's last member who manages it, about to leave or to manage it no more."""

    code = "last_owner"

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"Nobody else manages the group {slug}; give another member the role group_owner first.")


class IdempotencyKeyReused(DomainError):
    """A key that its person has used for another request."""

    code = "idempotency_key_reused"

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The Idempotency-Key {key!r} was used for another request; take a new key for each new request.")


class QuotaExceeded(DomainError):
    """More than a limit of a group's plan allows. `told` has metric, current, limit and requested in `unit`, the group's slug and a suggestion."""

    code = "quota_exceeded"

    def __init__(self, sentence: str, told: Mapping[str, Any]) -> None:
        self.told = dict(told)
        super().__init__(sentence)

    @property
    def suggestion(self) -> str:
        """What to do about it."""
        return str(self.told.get("suggestion", ""))


class RateExceeded(DomainError):
    """More calls than a window of time allows; `retry_after` is in whole seconds until it begins anew."""

    code = "rate_exceeded"

    def __init__(self, limit: int, window: str, retry_after: int, whose: str) -> None:
        self.limit, self.window, self.retry_after = limit, window, retry_after
        super().__init__(f"{whose} has made its {limit:,} calls of this {window}; call again in {retry_after:,} s.")
