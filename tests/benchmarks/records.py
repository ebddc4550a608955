"""Items as clients send them: articles and products, links between them, events on them; of the sizes seen in real exports."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson

from ontology.ids import uuid7_batch
from ontology.models import Group
from ontology.services.event_rows import STAGE as EVENT_STAGE
from quotas.models import Subscription

type Item = dict[str, Any]

_WORDS = [
    "harbour",
    "lantern",
    "meadow",
    "copper",
    "violet",
    "ember",
    "quiet",
    "river",
    "orchard",
    "signal",
    "marble",
    "thunder",
    "willow",
    "anchor",
    "velvet",
    "summit",
    "garden",
    "crystal",
    "forest",
    "beacon",
    "prairie",
    "cobalt",
    "autumn",
    "compass",
    "silver",
    "granite",
    "island",
    "morning",
    "paper",
    "engine",
    "bridge",
    "market",
    "winter",
    "window",
    "letter",
    "station",
    "music",
    "kitchen",
    "history",
    "cloud",
]
THING_COLUMNS = ("id", "group_id", "type", "name", "properties", "status", "external_id")
CONNECTION_COLUMNS = ("id", "group_id", "from_thing_id", "to_thing_id", "type", "metadata", "strength")
EVENT_COLUMNS = ("group_id", *EVENT_STAGE.columns)


def new_group() -> Group:
    """A group of its own for one measured call, so that what it wrote can be counted."""
    group = Group.objects.create(slug=f"bench-{uuid4().hex}", name="Bench", type="community")
    Subscription.objects.create(group=group, plan_id="enterprise")
    return group


def _phrase(dice: random.Random, words: int) -> str:
    return " ".join(dice.choices(_WORDS, k=words))


def thing_item(number: int, dice: random.Random) -> Item:
    """An article or a product of about 500 bytes of JSON."""
    name = _phrase(dice, 4).title()
    if number % 2:
        properties: Item = {
            "sku": f"SKU-{number:07}",
            "description": _phrase(dice, 40),
            "price": number % 900 + 0.5,
            "currency": "EUR",
            "inventory": 7,
        }
        return {"type": "product", "name": name, "properties": properties, "external_id": f"product-{number}"}
    properties = {
        "title": name,
        "content": _phrase(dice, 50),
        "excerpt": _phrase(dice, 8),
        "tags": dice.sample(_WORDS, 3),
        "publishedAt": 1_700_000_000,
    }
    return {"type": "blog_post", "name": name, "properties": properties, "external_id": f"blog_post-{number}"}


def thing_items(count: int) -> list[Item]:
    """COUNT things, the same at every call."""
    dice = random.Random(count)
    return [thing_item(number, dice) for number in range(count)]


def event_item(actor: str, target: str, moment: datetime, dice: random.Random) -> Item:
    """Somebody looked at something: about 200 bytes of JSON."""
    metadata = {
        "entityType": "blog_post",
        "referrer": f"https://example.org/{dice.choice(_WORDS)}/{dice.randrange(10**6)}",
        "seconds": dice.randrange(600),
    }
    return {"type": "thing_viewed", "actor": actor, "target": target, "timestamp": moment.isoformat(), "metadata": metadata}


def thing_rows(group: Group, items: Sequence[Item]) -> Iterator[tuple[object, ...]]:
    """ITEMS as rows of the table, for COPY."""
    for id_, item in zip(uuid7_batch(len(items)), items, strict=True):
        yield id_, group.pk, item["type"], item["name"], orjson.dumps(item["properties"]).decode(), "active", item["external_id"]


def connection_rows(group: Group, links: Sequence[tuple[str, str]], type_name: str) -> Iterator[tuple[object, ...]]:
    """LINKS, pairs of ids, as rows of the table, for COPY."""
    for id_, (start, end) in zip(uuid7_batch(len(links)), links, strict=True):
        yield id_, group.pk, start, end, type_name, '{"note": "bench"}', 0.5


def event_rows(group: Group, items: Sequence[Item], ids: dict[str, str]) -> Iterator[tuple[object, ...]]:
    """ITEMS as rows of the table, for COPY; IDS are those of the things by external_id."""
    for id_, item in zip(uuid7_batch(len(items)), items, strict=True):
        metadata = orjson.dumps(item["metadata"]).decode()
        yield group.pk, id_, item["type"], ids[item["actor"]], ids[item["target"]], None, item["timestamp"], metadata, None


def month_moments(count: int) -> list[datetime]:
    """COUNT moments of one month, in order."""
    first = datetime(2024, 5, 1, tzinfo=UTC).timestamp()
    return [datetime.fromtimestamp(first + place * 28 * 86_400 / count, UTC) for place in range(count)]
