"""PagerDuty: Events API v2, one incident for each episode."""

import json

from monitoring.channels.letter import Letter, Request, headline

URL = "https://events.pagerduty.com/v2/enqueue"
SUMMARY_LETTERS = 1_024
ACTIONS = {"acknowledged": "acknowledge", "resolved": "resolve"}
"""Whatever else is told triggers: PagerDuty adds it to the incident that has the same key."""
SEVERITIES = {"info": "info", "warning": "warning", "critical": "critical", "emergency": "critical"}
"""PagerDuty's words; it knows none above critical."""


def request_of(letter: Letter, url: str, routing_key: str) -> Request:
    """The event for the service with ROUTING_KEY; blank URL: PagerDuty's own in the United States."""
    action = ACTIONS.get(letter.change, "trigger")
    event: dict[str, object] = {"routing_key": routing_key, "event_action": action, "dedup_key": f"sextant-{letter.text('alert') or letter.id}"}
    if action == "trigger":
        event |= {"client": "Sextant", "payload": _payload(letter)}
        if letter.text("url"):
            event |= {"client_url": letter.text("url"), "links": [{"href": letter.text("url"), "text": "Open in Sextant"}]}
    return Request(url or URL, json.dumps(event, ensure_ascii=False).encode(), {"Content-Type": "application/json"})


def _payload(letter: Letter) -> dict[str, object]:
    message, group = letter.message, letter.message.get("group") or {}
    details = {"change": letter.change, "severity": letter.text("severity"), "value": message.get("value"), "threshold": message.get("threshold")}
    return {
        "summary": f"{headline(letter)}: {letter.text('summary')}"[:SUMMARY_LETTERS],
        "source": str(group.get("slug", "")) or "platform",
        "severity": SEVERITIES.get(letter.text("severity"), "info"),
        "timestamp": letter.text("at") or letter.at.isoformat(),
        "component": letter.text("name") or "sextant",
        "group": letter.text("category") or "sextant",
        "class": letter.text("name") or "sextant",
        "custom_details": {**{key: value for key, value in details.items() if value is not None}, "details": message.get("details") or {}},
    }
