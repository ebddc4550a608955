"""The shipped types, against counts and facts spelled out by hand."""

from collections import Counter

import pytest

from ontology.catalogue.compiled import schema_compile
from ontology.catalogue.shipped import Shipped, ShippedConnection, ShippedEvent, ShippedType, schema_of, shipped_catalogue

STRINGS = {"type": "array", "items": {"type": "string"}}


def thing(name: str) -> ShippedType:
    return next(t for t in shipped_catalogue().things if t.name == name)


def connection(name: str) -> ShippedConnection:
    return next(t for t in shipped_catalogue().connections if t.name == name)


def event(name: str) -> ShippedEvent:
    return next(t for t in shipped_catalogue().events if t.name == name)


def kind(schema: dict[str, object]) -> str:
    if "enum" in schema:
        return "words"
    return str(schema.get("format") or ("strings" if "items" in schema else schema.get("type", "any")))


def test_shipped__counts_of_types() -> None:
    shipped = shipped_catalogue()

    assert (len(shipped.things), len(shipped.connections), len(shipped.events)) == (75, 40, 121)


def test_shipped__things_by_category() -> None:
    assert Counter(t.category for t in shipped_catalogue().things) == {
        "core": 4,
        "business_agents": 10,
        "content": 7,
        "products": 4,
        "community": 3,
        "token": 2,
        "knowledge_types": 2,
        "platform": 6,
        "business": 7,
        "auth_session": 4,
        "ui_preferences": 1,
        "marketing": 6,
        "external": 3,
        "protocol": 2,
        "feature_core": 7,
        "feature_blog": 1,
        "feature_portfolio": 2,
        "feature_shop": 4,
    }


def test_shipped__connections_by_category() -> None:
    assert Counter(t.category for t in shipped_catalogue().connections) == {
        "ownership": 2,
        "ai_relationships": 3,
        "content_relationships": 5,
        "community_relationships": 4,
        "business_relationships": 3,
        "token_relationships": 3,
        "product_relationships": 4,
        "consolidated": 7,
        "feature_core": 3,
        "feature_blog": 1,
        "feature_portfolio": 1,
        "feature_shop": 4,
    }


def test_shipped__events_by_category() -> None:
    assert Counter(t.category for t in shipped_catalogue().events) == {
        "entity_lifecycle": 4,
        "user_events": 5,
        "authentication_events": 6,
        "group_events": 5,
        "dashboard_ui_events": 4,
        "ai_clone_events": 4,
        "agent_events": 4,
        "token_events": 7,
        "course_events": 5,
        "analytics_events": 5,
        "cycle_events": 7,
        "blockchain_events": 5,
        "consolidated_events": 11,
        "feature_core": 21,
        "feature_blog": 2,
        "feature_portfolio": 1,
        "feature_shop": 11,
        "system": 14,
    }


def test_shipped__properties_by_kind() -> None:
    properties = [schema for t in shipped_catalogue().things for schema in t.schema.get("properties", {}).values()]

    assert Counter(kind(schema) for schema in properties) == {
        "string": 136,
        "number": 58,
        "strings": 34,
        "words": 21,
        "any": 11,
        "uri": 11,
        "array": 7,
        "object": 6,
        "boolean": 4,
        "email": 3,
    }


def test_shipped__required_properties() -> None:
    required = {t.name: t.schema["required"] for t in shipped_catalogue().things if "required" in t.schema}

    assert required == {
        "creator": ["role"],
        "organization": ["plan"],
        "blog_post": ["content", "title"],
        "course": ["description", "title"],
        "product": ["price", "currency"],
    }


def test_shipped__creator_as_a_whole() -> None:
    assert thing("creator").schema == {
        "type": "object",
        "properties": {
            "email": {"type": "string", "format": "email"},
            "username": {"type": "string"},
            "displayName": {"type": "string"},
            "bio": {"type": "string"},
            "avatar": {"type": "string"},
            "role": {"enum": ["platform_owner", "group_owner", "group_user", "customer"]},
            "social": {"type": "object"},
        },
        "required": ["role"],
    }


def test_shipped__spot_properties() -> None:
    assert thing("organization").schema["properties"]["size"] == {"enum": ["1-10", "11-50", "51-200", "201-500", "500+"]}
    assert thing("ai_clone").schema["properties"]["trainingData"] == STRINGS
    assert thing("ai_clone").schema["properties"]["settings"] == {}
    assert thing("video").schema["properties"]["url"] == {"type": "string", "format": "uri"}
    assert thing("token_contract").schema["properties"]["chain"] == {"enum": ["ethereum", "polygon", "solana"]}
    assert thing("nft").schema["properties"]["chain"] == {"enum": ["ethereum", "polygon", "solana", "arbitrum"]}
    assert thing("shopping_cart").schema["properties"]["items"] == {"type": "array"}
    assert thing("media_asset").schema["properties"]["depth"] == {"type": "number"}
    assert thing("note").schema["properties"]["pinned"] == {"type": "boolean"}
    assert thing("prediction").schema == {}


def test_shipped__features() -> None:
    def outside_core(types: tuple[ShippedType, ...]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for t in types:
            if t.feature != "core":
                found.setdefault(t.feature, set()).add(t.name)
        return found

    shipped = shipped_catalogue()

    assert outside_core(shipped.things) == {
        "blog": {"blog_category"},
        "portfolio": {"project", "case_study"},
        "shop": {"product_variant", "shopping_cart", "order", "discount_code"},
    }
    assert outside_core(shipped.connections) == {
        "blog": {"posted_in"},
        "portfolio": {"belongs_to_portfolio"},
        "shop": {"in_cart", "variant_of", "ordered", "paid_for"},
    }
    assert {feature: len(names) for feature, names in outside_core(shipped.events).items()} == {"blog": 2, "portfolio": 1, "shop": 11}


def test_shipped__features_left_out() -> None:
    shipped = shipped_catalogue(frozenset({"blog"}))

    assert (len(shipped.things), len(shipped.connections), len(shipped.events)) == (69, 35, 109)
    assert {t.feature for t in (*shipped.things, *shipped.connections, *shipped.events)} == {"core", "blog"}


def test_shipped__unknown_feature_is_refused() -> None:
    with pytest.raises(ValueError, match="Unknown features: shoes"):
        shipped_catalogue(frozenset({"shoes"}))


def test_shipped__acyclic_connections() -> None:
    assert {t.name for t in shipped_catalogue().connections if t.acyclic} == {"clone_of", "part_of", "reports_to", "variant_of"}


def test_shipped__ends_of_connections() -> None:
    assert (connection("part_of").from_types, connection("part_of").to_types) == ([], [])
    assert (connection("clone_of").from_types, connection("clone_of").to_types) == (["ai_clone"], ["creator"])
    assert (connection("created_by").from_types, connection("created_by").to_types) == (
        [],
        ["creator", "ai_clone", "strategy_agent", "marketing_agent", "engineering_agent"],
    )
    assert (connection("belongs_to_portfolio").from_types, connection("belongs_to_portfolio").to_types) == (["project", "case_study"], [])
    assert connection("purchased").to_types == [
        "product",
        "product_variant",
        "digital_product",
        "membership",
        "consultation",
        "course",
        "nft",
        "token",
    ]
    assert sum(1 for t in shipped_catalogue().connections if not t.from_types) == 9
    assert sum(1 for t in shipped_catalogue().connections if not t.to_types) == 11


def test_shipped__ends_are_types_of_things() -> None:
    shipped = shipped_catalogue()
    named = {name for t in shipped.connections for name in (*t.from_types, *t.to_types)}

    assert named <= {t.name for t in shipped.things}


def test_shipped__keys_of_events() -> None:
    schemas = [t.schema for t in shipped_catalogue().events]
    required = sum(len(schema.get("required", [])) for schema in schemas)

    assert required == 74
    assert sum(len(schema.get("properties", {})) for schema in schemas) - required == 103
    assert event("order_placed").schema["required"] == ["orderId", "total", "itemCount"]
    assert list(event("order_placed").schema["properties"]) == ["orderId", "total", "itemCount", "items", "shippingAddress", "paymentMethod"]
    assert event("agent_failed").schema["required"] == ["agentId", "error"]
    assert event("connection_created").schema["required"] == ["relationshipType", "fromEntityId", "toEntityId"]
    assert event("content_event").schema == {}


def test_shipped__revenue() -> None:
    assert {t.name: (t.revenue_key, t.revenue_when) for t in shipped_catalogue().events if t.revenue_key} == {
        "payment_event": ("amount", {"status": "processed"}),
        "revenue_generated": ("amount", {}),
        "payment_processed": ("amount", {}),
    }
    assert event("payment_event").schema["properties"]["amount"] == {"type": "number"}


def test_shipped__every_type_is_described_and_named_once() -> None:
    shipped: Shipped = shipped_catalogue()

    for types in (shipped.things, shipped.connections, shipped.events):
        assert len({t.name for t in types}) == len(types)
        assert all(t.description.endswith(".") and t.description[0].isupper() for t in types)


def test_shipped__every_schema_compiles_and_allows_unknown_keys() -> None:
    for t in (*shipped_catalogue().things, *shipped_catalogue().events):
        validator = schema_compile(t.schema)
        problems = [] if validator is None else list(validator.iter_errors({"something_of_ours": 1}))
        assert all("is a required property" in problem.message for problem in problems)


def test_schema_of__nothing_said_allows_everything() -> None:
    assert schema_of([], {}) == {}


def test_schema_of__required_and_kinds() -> None:
    assert schema_of(["a"], {"a": "strings", "b": ["x", "y"]}) == {
        "type": "object",
        "properties": {"a": STRINGS, "b": {"enum": ["x", "y"]}},
        "required": ["a"],
    }
