"""The closed lists of words that rows use."""

from django.db.models import TextChoices


class GroupType(TextChoices):
    """What kind of tenant a group is."""

    FRIEND_CIRCLE = "friend_circle", "Friend circle"
    BUSINESS = "business", "Business"
    COMMUNITY = "community", "Community"
    DAO = "dao", "DAO"
    GOVERNMENT = "government", "Government"
    ORGANIZATION = "organization", "Organization"


class Visibility(TextChoices):
    """Who may see that a group exists."""

    PUBLIC = "public", "Public"
    PRIVATE = "private", "Private"


class JoinPolicy(TextChoices):
    """How a person becomes a member of a group."""

    OPEN = "open", "Open"
    INVITE_ONLY = "invite_only", "Invite only"
    APPROVAL_REQUIRED = "approval_required", "Approval required"


class GroupStatus(TextChoices):
    """Whether a group is in use."""

    ACTIVE = "active", "Active"
    ARCHIVED = "archived", "Archived"


class PlatformRole(TextChoices):
    """What a person may do on the platform as a whole; blank for most people."""

    PLATFORM_OWNER = "platform_owner", "Platform owner"


class MemberRole(TextChoices):
    """What a person may do in one group."""

    GROUP_OWNER = "group_owner", "Group owner"
    GROUP_USER = "group_user", "Group user"
    CUSTOMER = "customer", "Customer"


class TokenScope(TextChoices):
    """What an API token may be used for, at most as far as its person may go."""

    READ = "read", "Read"
    WRITE = "write", "Write things, connections, events and knowledge"
    ADMIN = "admin", "Manage groups, members and tokens"


class Right(TextChoices):
    """What a person may do in a group."""

    READ = "read", "See the group, its things, connections and knowledge"
    HISTORY = "history", "See who did what: events, audit trails, members"
    WRITE = "write", "Write things, connections, events and knowledge"
    MANAGE = "manage", "Change the group, its members, its tokens, and make groups below it"


class ThingStatus(TextChoices):
    """Where a thing stands in its life."""

    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    PUBLISHED = "published", "Published"
    INACTIVE = "inactive", "Inactive"
    ARCHIVED = "archived", "Archived"


class KnowledgeType(TextChoices):
    """What a knowledge row holds."""

    LABEL = "label", "Label"
    DOCUMENT = "document", "Document"
    CHUNK = "chunk", "Chunk"
    VECTOR_ONLY = "vector_only", "Vector only"


class KnowledgeRole(TextChoices):
    """What a knowledge row is to a thing."""

    LABEL = "label", "Label"
    SUMMARY = "summary", "Summary"
    CHUNK_OF = "chunk_of", "Chunk of"
    CAPTION = "caption", "Caption"
    KEYWORD = "keyword", "Keyword"


class RunState(TextChoices):
    """Where a long job stands; the moves between them are drawn in ontology.models.run."""

    NEW = "new", "Waiting"
    RUNNING = "running", "Running"
    PAUSING = "pausing", "Pausing"
    PAUSED = "paused", "Paused"
    CANCELLING = "cancelling", "Cancelling"
    CANCELLED = "cancelled", "Cancelled"
    INTERRUPTED = "interrupted", "Interrupted"
    FAILED = "failed", "Failed"
    SUCCEEDED = "succeeded", "Succeeded"


RUN_STATES_HELD = frozenset({RunState.RUNNING, RunState.PAUSING, RunState.CANCELLING})
"""States in which a worker holds the run."""
RUN_STATES_ENDED = frozenset({RunState.CANCELLED, RunState.FAILED, RunState.SUCCEEDED})
"""States in which nothing goes on by itself; a failed run may be taken up again."""


class LineLevel(TextChoices):
    """How much a line of a run's log matters."""

    INFO = "info", "Info"
    WARNING = "warning", "Warning"
    ERROR = "error", "Error"


class RowKind(TextChoices):
    """Rows that a run writes and can take back."""

    THING = "thing", "Thing"
    CONNECTION = "connection", "Connection"
    EVENT = "event", "Event"
    KNOWLEDGE = "knowledge", "Knowledge"


class RowAct(TextChoices):
    """What a run did to rows."""

    CREATED = "created", "Created"
    UPDATED = "updated", "Updated"
    REMOVED = "removed", "Removed"


class LegacyKind(TextChoices):
    """Legacy rows, by the table they stand in."""

    GROUP = "group", "Group"
    THING = "thing", "Thing"
    CONNECTION = "connection", "Connection"
    EVENT = "event", "Event"
    KNOWLEDGE = "knowledge", "Knowledge"
    LINK = "link", "Knowledge link"


class QuarantineState(TextChoices):
    """What staff decided about a row in quarantine."""

    OPEN = "open", "Open"
    RELEASED = "released", "Repaired and released"
    DISCARDED = "discarded", "Discarded"


class ExportKind(TextChoices):
    """What of a group is exported."""

    ALL = "all", "Everything"
    THINGS = "things", "Things"
    CONNECTIONS = "connections", "Connections"
    EVENTS = "events", "Events"


class ExportFormat(TextChoices):
    """As what kind of file; the value is its ending."""

    NDJSON = "ndjson", "NDJSON"
    CSV = "csv", "CSV"
    PARQUET = "parquet", "Parquet"


class BulkMode(TextChoices):
    """What a bulk call does with good items beside bad ones."""

    PARTIAL = "partial", "Write the good items, name the bad"
    ATOMIC = "atomic", "Write all or nothing"


class OnConflict(TextChoices):
    """What a bulk insert does with an item that is there already."""

    ERROR = "error", "Refuse the item"
    SKIP = "skip", "Leave the row as it is"
    UPDATE = "update", "Change the row to the item"


class Door(TextChoices):
    """Through which door a change came in."""

    ADMIN = "admin", "Admin"
    API = "api", "API"
    COMMAND = "command", "Command"
    TASK = "task", "Task"
    CODE = "code", "Code"
    ACCOUNT = "account", "Account pages"


class Direction(TextChoices):
    """How a connection leads, seen from one of its ends."""

    BOTH = "both", "Both"
    INBOUND = "inbound", "Inbound"
    OUTBOUND = "outbound", "Outbound"


class Aggregate(TextChoices):
    """What a custom metric makes of the events it finds."""

    COUNT = "count", "How many"
    SUM = "sum", "Sum of a number of their metadata"
    DISTINCT_ACTORS = "distinct_actors", "How many different actors"
