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
