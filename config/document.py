"""What the OpenAPI document says of itself: its title, its tags, the names of its lists of words."""

SPECTACULAR = {
    "TITLE": "Sextant",
    "DESCRIPTION": "A multi-tenant ontology: groups, people, things, connections, events and knowledge. Everything is JSON, names are camelCase, "
    "moments are RFC 3339 in UTC. Errors are problem documents (RFC 9457) with a stable `code`.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "GENERIC_ADDITIONAL_PROPERTIES": "dict",
    "SORT_OPERATIONS": False,
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_NAME_OVERRIDES": {
        name: f"ontology.choices.{name}"
        for name in (
            *("ThingStatus", "GroupStatus", "GroupType", "KnowledgeType", "KnowledgeRole", "MemberRole", "Right", "TokenScope"),
            *("Visibility", "JoinPolicy", "Direction", "RunState"),
        )
    }
    | {"Metric": "quotas.choices.Metric", "QuotaPeriod": "quotas.choices.Period", "QuotaStatusWord": "quotas.choices.Status"}
    | {name: f"monitoring.choices.{name}" for name in ("AlertState", "Category", "Severity")},
    "TAGS": [
        {"name": "groups", "description": "Tenants, in a tree."},
        {"name": "members", "description": "Who may do what in a group."},
        {"name": "things", "description": "Typed nouns."},
        {"name": "connections", "description": "Typed links between two things."},
        {"name": "events", "description": "What happened; appended, never changed."},
        {"name": "knowledge", "description": "Labels, documents, chunks and vectors, linked to things."},
        {"name": "data quality", "description": "Whether the data is whole: checks, metrics over time, and what was found."},
        {"name": "archive", "description": "Cold events: moved to object storage, read in place, brought back."},
        {"name": "imports", "description": "Files loaded by a worker, watched, corrected and taken back; exports."},
        {"name": "catalogue", "description": "The types and their rules."},
        {"name": "quotas", "description": "What a group may use, and uses."},
        {"name": "plans", "description": "Plans, their limits and prices."},
        {"name": "alerts", "description": "What is wrong in a group, and who is at it."},
        {"name": "me", "description": "The person who asks."},
        {"name": "tokens", "description": "API tokens of the person who asks."},
    ],
}
