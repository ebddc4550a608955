"""Slack: an incoming webhook that takes blocks (Block Kit)."""

import json

from monitoring.channels.letter import Letter, Request, facts_of, headline

HEADER_LETTERS, SECTION_LETTERS, FIELD_LETTERS, TEXT_LETTERS = 150, 3_000, 2_000, 4_000
"""The longest texts that Slack takes in a header, a section, one of its fields, and as the message's own text."""
SIGNS = {"info": ":information_source:", "warning": ":warning:", "critical": ":red_circle:", "emergency": ":rotating_light:"}


def request_of(letter: Letter, url: str) -> Request:
    """The message for the webhook at URL."""
    blocks: list[dict[str, object]] = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(headline(letter), HEADER_LETTERS), "emoji": True}}
    ]
    if letter.text("summary"):
        sign = ":white_check_mark:" if letter.change == "resolved" else SIGNS.get(letter.text("severity"), "")
        blocks.append(
            {"type": "section", "text": {"type": "mrkdwn", "text": _cut(f"{sign} {_escaped(letter.text('summary'))}".strip(), SECTION_LETTERS)}}
        )
    fields = [{"type": "mrkdwn", "text": _cut(f"*{label}*\n{_escaped(value)}", FIELD_LETTERS)} for label, value in facts_of(letter)]
    if fields:
        blocks.append({"type": "section", "fields": fields[:10]})
    if letter.text("url"):
        button = {"type": "button", "text": {"type": "plain_text", "text": "Open in Sextant"}, "url": letter.text("url"), "action_id": "open"}
        blocks.append({"type": "actions", "elements": [button]})
    blocks.append({"type": "context", "elements": [{"type": "plain_text", "text": f"Sextant, message {letter.id}"}]})
    body = {"text": _cut(_escaped(headline(letter)), TEXT_LETTERS), "blocks": blocks}
    return Request(url, json.dumps(body, ensure_ascii=False).encode(), {"Content-Type": "application/json"})


def _escaped(text: str) -> str:
    """Text in which nothing is a link, a mention or a channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"
