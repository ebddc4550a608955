"""The rows of the six dimensions, their catalogue, and what serves them."""

from ontology.models.carried import EXACT_DAYS, CarriedEvents, CarriedMetric, CarriedTargets
from ontology.models.catalogue import CatalogueVersion, ConnectionType, EventType, ThingType
from ontology.models.cold_keys import ColdKeys
from ontology.models.connection import Connection
from ontology.models.event import Event
from ontology.models.event_ledger import EventsAccepted
from ontology.models.group import Group
from ontology.models.knowledge import EmbeddingModel, Knowledge, ThingKnowledge
from ontology.models.legacy import LegacyRow, MigrationMark, QuarantinedRow
from ontology.models.metric import CustomMetric
from ontology.models.person import Membership, Person, PersonWrite
from ontology.models.run import Run
from ontology.models.run_rows import Notice, RunKept, RunLine, RunReject, RunSample, RunWrite
from ontology.models.thing import Thing
from ontology.models.token import ApiToken, IdempotencyKey

__all__ = [
    "EXACT_DAYS",
    "ApiToken",
    "CarriedEvents",
    "CarriedMetric",
    "CarriedTargets",
    "CatalogueVersion",
    "ColdKeys",
    "Connection",
    "ConnectionType",
    "CustomMetric",
    "EmbeddingModel",
    "Event",
    "EventType",
    "EventsAccepted",
    "Group",
    "IdempotencyKey",
    "Knowledge",
    "LegacyRow",
    "Membership",
    "MigrationMark",
    "Notice",
    "Person",
    "PersonWrite",
    "QuarantinedRow",
    "Run",
    "RunKept",
    "RunLine",
    "RunReject",
    "RunSample",
    "RunWrite",
    "Thing",
    "ThingKnowledge",
    "ThingType",
]
