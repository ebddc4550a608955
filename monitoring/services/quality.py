"""The metrics of data quality, of a group or the platform."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archival.services.policies import rules_of
from monitoring.checks.registry import BY_NAME
from monitoring.services.surveying import Survey, survey
from monitoring.sql import rows
from monitoring.thresholds import share
from ontology.isolation import PLATFORM_SCOPE, acting
from ontology.models import Group

MEASURED = tuple(BY_NAME[name] for name in ("orphaned_connection", "orphaned_knowledge", "cross_group_ref", "missing_group", "malformed_properties"))
"""The checks that the metrics are made of."""


@dataclass(frozen=True, slots=True)
class QualityMetrics:
    """Scores and progress in percent, the rest counts; `things` and `references` are what they are parts of. A group of None is the whole platform."""

    timestamp: datetime
    group_id: uuid.UUID | None
    referential_integrity_score: float
    orphaned_entity_count: int
    cross_group_violations: int
    missing_group_ids: int
    malformed_properties_count: int
    schema_compliance_score: float
    event_archival_progress: float
    things: int
    references: int

    @property
    def values(self) -> dict[str, float]:
        """By the names of thresholds, in the unit that those are in."""
        return {
            "referential_integrity": self.referential_integrity_score,
            "orphaned_references": self.orphaned_entity_count,
            "cross_group_violations": self.cross_group_violations,
            "missing_groups": self.missing_group_ids,
            "malformed_properties": 100.0 * self.malformed_properties_count / self.things if self.things else 0.0,
            "schema_compliance": self.schema_compliance_score,
            "archival_progress": self.event_archival_progress,
        }

    def as_json(self) -> dict[str, Any]:
        """The metrics under their names in documents."""
        return {
            "timestamp": self.timestamp.isoformat(),
            "groupId": str(self.group_id) if self.group_id else None,
            "referentialIntegrityScore": self.referential_integrity_score,
            "orphanedEntityCount": self.orphaned_entity_count,
            "crossGroupViolations": self.cross_group_violations,
            "missingGroupIds": self.missing_group_ids,
            "malformedPropertiesCount": self.malformed_properties_count,
            "schemaComplianceScore": self.schema_compliance_score,
            "eventArchivalProgress": self.event_archival_progress,
        }


@dataclass(frozen=True, slots=True)
class _Sizes:
    things: int = 0
    whole: int = 0
    references: int = 0
    archived: int = 0
    due: int = 0

    def __add__(self, other: "_Sizes") -> "_Sizes":
        return _Sizes(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def data_quality_metrics(group: Group | None = None) -> QualityMetrics:
    """The metrics of GROUP, or of the whole platform, now; five checks and a count, and of the platform four queries a group for its cutoff."""
    found = survey(MEASURED, group=group)
    return metrics_by_group(found, [group] if group else [])[group.pk if group else None]


def metrics_by_group(found: Survey, groups: Iterable[Group]) -> dict[uuid.UUID | None, QualityMetrics]:
    """The metrics of each of GROUPS by what a survey FOUND, and under None those of all that it looked at; two queries and four a group."""
    groups = list(groups)
    with acting(PLATFORM_SCOPE):
        sizes = _sizes(found, groups)
    made: dict[uuid.UUID | None, QualityMetrics] = {group.pk: _metrics(found, group.pk, sizes.get(group.pk, _Sizes())) for group in groups}
    if found.group_id is None:
        made[None] = _metrics(found, None, sum(sizes.values(), _Sizes()))
    return made


def _metrics(found: Survey, group_id: uuid.UUID | None, sizes: _Sizes) -> QualityMetrics:
    orphaned = found.total("orphaned_connection", group_id) + found.total("orphaned_knowledge", group_id)
    foreign = found.total("cross_group_ref", group_id)
    broken = min(orphaned + foreign, sizes.references)  # a row may be broken in both ways
    return QualityMetrics(
        timestamp=found.at,
        group_id=group_id,
        referential_integrity_score=100.0 - 100.0 * broken / sizes.references if sizes.references else 100.0,
        orphaned_entity_count=orphaned,
        cross_group_violations=foreign,
        missing_group_ids=found.total("missing_group", group_id),
        malformed_properties_count=found.total("malformed_properties", group_id),
        schema_compliance_score=share(sizes.whole, sizes.things),
        event_archival_progress=share(sizes.archived, sizes.archived + sizes.due),
        things=sizes.things,
        references=sizes.references,
    )


def _sizes(found: Survey, groups: list[Group]) -> dict[uuid.UUID | None, _Sizes]:
    counted = {key: _Sizes(things, whole, held) for key, things, whole, held in rows("quality_counts", {"group": found.group_id})}
    everyone = groups if found.group_id is not None else list(Group.objects.all())
    moved = _moved(everyone, found.at)
    return {key: counted.get(key, _Sizes()) + moved.get(key, _Sizes()) for key in {*counted, *moved}}


def _moved(groups: list[Group], now: datetime) -> Mapping[uuid.UUID | None, _Sizes]:
    """What is archived and what should be, of groups whose events move at all."""
    cutoffs = [(group.pk, cutoff) for group in groups if (cutoff := rules_of(group).cutoff(now)) is not None]
    told = {"groups": [key for key, _ in cutoffs], "cutoffs": [cutoff for _, cutoff in cutoffs]}
    return {key: _Sizes(archived=archived, due=due) for key, archived, due in rows("archival_progress", told)}
