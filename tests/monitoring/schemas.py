"""What Slack and PagerDuty say of the bodies they take, as JSON schemas written from their documentation.

Slack: api.slack.com/reference/block-kit/blocks and /messaging/webhooks. PagerDuty: developer.pagerduty.com, Events API v2, send an alert event.
"""

from typing import Any

import jsonschema_rs

_PLAIN = {
    "type": "object",
    "properties": {"type": {"const": "plain_text"}, "text": {"type": "string", "minLength": 1, "maxLength": 3000}, "emoji": {"type": "boolean"}},
    "required": ["type", "text"],
    "additionalProperties": False,
}
_MARKED = {
    "type": "object",
    "properties": {
        "type": {"const": "mrkdwn"},
        "text": {"type": "string", "minLength": 1, "maxLength": 3000},
        "verbatim": {"type": "boolean"},
    },
    "required": ["type", "text"],
    "additionalProperties": False,
}
_TEXT = {"oneOf": [_PLAIN, _MARKED]}
_FIELD = {"allOf": [_TEXT, {"properties": {"text": {"maxLength": 2000}}}]}
_BUTTON = {
    "type": "object",
    "properties": {
        "type": {"const": "button"},
        "text": {"allOf": [_PLAIN, {"properties": {"text": {"maxLength": 75}}}]},
        "action_id": {"type": "string", "maxLength": 255},
        "url": {"type": "string", "maxLength": 3000, "pattern": "^https?://"},
        "value": {"type": "string", "maxLength": 2000},
        "style": {"enum": ["primary", "danger"]},
    },
    "required": ["type", "text"],
    "additionalProperties": False,
}
_BLOCK_ID = {"type": "string", "maxLength": 255}


def _block(kind: str, required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {"type": {"const": kind}, "block_id": _BLOCK_ID, **properties},
        "required": ["type", *required],
        "additionalProperties": False,
    }


SLACK = jsonschema_rs.Draft202012Validator(
    {
        "type": "object",
        "properties": {
            "text": {"type": "string", "maxLength": 40000},
            "blocks": {
                "type": "array",
                "minItems": 1,
                "maxItems": 50,
                "items": {
                    "oneOf": [
                        _block("header", ["text"], text={"allOf": [_PLAIN, {"properties": {"text": {"maxLength": 150}}}]}),
                        {
                            **_block("section", [], text=_TEXT, fields={"type": "array", "minItems": 1, "maxItems": 10, "items": _FIELD}),
                            "anyOf": [{"required": ["text"]}, {"required": ["fields"]}],
                        },
                        _block("actions", ["elements"], elements={"type": "array", "minItems": 1, "maxItems": 25, "items": _BUTTON}),
                        _block("context", ["elements"], elements={"type": "array", "minItems": 1, "maxItems": 10, "items": _TEXT}),
                        _block("divider", []),
                    ]
                },
            },
        },
        "required": ["text"],
        "additionalProperties": False,
    }
)

PAGERDUTY = jsonschema_rs.Draft202012Validator(
    {
        "type": "object",
        "properties": {
            "routing_key": {"type": "string", "minLength": 32, "maxLength": 32},
            "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
            "dedup_key": {"type": "string", "minLength": 1, "maxLength": 255},
            "client": {"type": "string"},
            "client_url": {"type": "string", "format": "uri"},
            "links": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"href": {"type": "string", "format": "uri"}, "text": {"type": "string"}},
                    "required": ["href"],
                    "additionalProperties": False,
                },
            },
            "images": {"type": "array"},
            "payload": {
                "type": "object",
                "properties": {
                    "summary": {"type": "string", "minLength": 1, "maxLength": 1024},
                    "source": {"type": "string", "minLength": 1},
                    "severity": {"enum": ["critical", "error", "warning", "info"]},
                    "timestamp": {"type": "string", "format": "date-time"},
                    "component": {"type": "string"},
                    "group": {"type": "string"},
                    "class": {"type": "string"},
                    "custom_details": {"type": "object"},
                },
                "required": ["summary", "source", "severity"],
                "additionalProperties": False,
            },
        },
        "required": ["routing_key", "event_action"],
        "additionalProperties": False,
        "if": {"properties": {"event_action": {"const": "trigger"}}},
        "then": {"required": ["payload"]},
        "else": {"required": ["dedup_key"]},
    },
    validate_formats=True,
)
