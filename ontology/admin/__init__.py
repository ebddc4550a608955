"""The staff's door: it finds rows, shows them, and hands what staff write to a service."""

from ontology.admin import catalogue, clock, connections, custom_metrics, events, groups, knowledge, people, quarantine, roles, runs, things, tokens

__all__ = [
    "catalogue",
    "clock",
    "connections",
    "custom_metrics",
    "events",
    "groups",
    "knowledge",
    "people",
    "quarantine",
    "roles",
    "runs",
    "things",
    "tokens",
]
