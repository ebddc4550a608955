"""The steps of a migration, in their order."""

from ontology.migration.steps.connections import Connections
from ontology.migration.steps.cycles import Cycles
from ontology.migration.steps.enrolling import Enrolling
from ontology.migration.steps.events import Events
from ontology.migration.steps.knowledge import KnowledgeRows
from ontology.migration.steps.links import Links
from ontology.migration.steps.rules import Rules
from ontology.migration.steps.step import KeyedStep, Step
from ontology.migration.steps.thing_groups import ThingGroups
from ontology.migration.steps.things import Things
from ontology.migration.steps.types import Types

STEPS: tuple[Step, ...] = (Enrolling(), Types(), ThingGroups(), Things(), Connections(), Events(), KnowledgeRows(), Links(), Cycles(), Rules())

__all__ = ["STEPS", "KeyedStep", "Step"]
