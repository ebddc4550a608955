"""Rules over plain data: items of a call in, problems out. No database, no clock, no settings."""

from ontology.validation.problems import Problem

__all__ = ["Problem"]
