"""Examples of the OpenAPI document: one row of each noun."""

from typing import Any

ID = "0199f2b4-6f7e-7c1a-9d52-1f0f6f5b7a11"
OTHER_ID = "0199f2b4-6f7e-7c1a-9d52-1f0f6f5b7a12"
_MOMENTS = {"createdAt": "2026-11-22T20:50:14.123456Z", "updatedAt": "2026-11-22T20:50:14.123456Z"}

NEW_THING: dict[str, Any] = {"type": "product", "name": "Lamp", "properties": {"price": 12, "currency": "EUR"}, "externalId": "sku-1"}
THING: dict[str, Any] = {"id": ID, **NEW_THING, "status": "draft", "version": 1, **_MOMENTS, "deletedAt": None}
BULK_ANSWER: dict[str, Any] = {
    "created": [ID],
    "updated": [],
    "skipped": 0,
    "failed": 0,
    "errors": [],
    "summary": {"total": 1, "success": 1, "failed": 0, "successRate": 100.0},
}


def page_of(row: dict[str, Any]) -> dict[str, Any]:
    """A page that holds ROW."""
    return {"items": [row], "next": None, "hasMore": False}


NEW_CONNECTION: dict[str, Any] = {"from": "customer-7", "to": "sku-1", "type": "purchased", "metadata": {"channel": "web"}, "strength": 0.5}
CONNECTION: dict[str, Any] = {
    "id": ID,
    **NEW_CONNECTION,
    "from": OTHER_ID,
    "to": ID,
    "validFrom": None,
    "validTo": None,
    **_MOMENTS,
    "deletedAt": None,
}
NEW_EVENT: dict[str, Any] = {
    "type": "content_event",
    "actor": "customer-7",
    "target": "sku-1",
    "timestamp": "2026-11-22T20:50:14Z",
    "metadata": {"action": "viewed"},
}
EVENT: dict[str, Any] = {"id": ID, **NEW_EVENT, "actor": OTHER_ID, "target": ID, "person": OTHER_ID, "externalId": None}
EVENT["createdAt"] = _MOMENTS["createdAt"]
NEW_KNOWLEDGE: dict[str, Any] = {
    "type": "chunk",
    "text": "A lamp of brass.",
    "embedding": [0.1, 0.2, 0.7],
    "embeddingModel": "small",
    "source": "sku-1",
    "labels": ["light"],
    "links": [{"thing": "sku-1", "role": "chunk_of"}],
}
KNOWLEDGE: dict[str, Any] = {
    "id": ID,
    "type": "chunk",
    "text": "A lamp of brass.",
    "embeddingModel": "small",
    "embeddingDim": 3,
    "source": ID,
    "sourceField": "",
    "chunk": {},
    "labels": ["light"],
    "metadata": {},
    "externalId": None,
    **_MOMENTS,
    "deletedAt": None,
}
SETTINGS: dict[str, Any] = {"visibility": "private", "joinPolicy": "invite_only", "status": "active", "metadata": {}}
NEW_GROUP: dict[str, Any] = {"slug": "acme-shop", "name": "Acme Shop", "type": "business", "parent": "acme"}
GROUP: dict[str, Any] = {"id": ID, **NEW_GROUP, "description": "", **SETTINGS, **_MOMENTS}
MEMBER: dict[str, Any] = {
    "person": OTHER_ID,
    "email": "ada@example.org",
    "displayName": "Ada",
    "role": "group_user",
    "permissions": [],
    "creator": None,
    **_MOMENTS,
}
THING_TYPE: dict[str, Any] = {
    "name": "product",
    "category": "commerce",
    "feature": "shop",
    "description": "Something for sale.",
    "schema": {"type": "object", "required": ["price", "currency"]},
    "active": True,
}
CONNECTION_TYPE: dict[str, Any] = {
    **THING_TYPE,
    "name": "purchased",
    "schema": {},
    "fromTypes": [],
    "toTypes": ["product"],
    "acyclic": False,
}
EVENT_TYPE: dict[str, Any] = {**THING_TYPE, "name": "content_event", "schema": {}, "revenueKey": "", "revenueWhen": {}}
ME: dict[str, Any] = {
    "id": OTHER_ID,
    "email": "ada@example.org",
    "username": "ada",
    "displayName": "Ada",
    "bio": "",
    "avatar": "",
    "platformRole": "",
    "memberships": [{"group": "acme", "name": "Acme", "role": "group_user", "rights": ["history", "read", "write"], "creator": None}],
}
TOKEN: dict[str, Any] = {
    "id": ID,
    "name": "importer",
    "prefix": "sxt_4fT9aB2c",
    "scopes": ["read", "write"],
    "group": "acme",
    "expiresAt": "2027-02-20T20:50:14Z",
    "lastUsedAt": None,
    "revokedAt": None,
    "createdAt": _MOMENTS["createdAt"],
}
AUDIT_ENTRY: dict[str, Any] = {
    "event": {**EVENT, "type": "thing_updated"},
    "who": "Ada",
    "email": "ada@example.org",
    "door": "api",
    "token": ID,
    "tokenPrefix": "sxt_4fT9aB2c",
    "requestId": "0199f2b4-6f7e-7c1a-9d52-1f0f6f5b7a11",
    "sent": False,
    "changes": [{"field": "properties.price", "old": 12, "new": 13, "had": True, "has": True}],
    "changesLeftOut": False,
}
