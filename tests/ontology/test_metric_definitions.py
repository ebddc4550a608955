"""Every metric is defined once, answered under its name, and documented in docs/metrics.md."""

from dataclasses import fields

from ontology.api.cases import camel
from ontology.api.measures import NAMES
from ontology.metrics import CreatorStats, GroupMetrics, ThingSummary
from ontology.metrics.definitions import CREATOR, GROUP, THING
from tests.addresses import ROOT


def answered(shape: type) -> set[str]:
    names = {NAMES.get(field.name, camel(field.name)) for field in fields(shape)}
    return names - {"lastComputed", "computationTime"}


def test_definitions__are_the_fields_of_the_answers() -> None:
    assert {it.name for it in CREATOR} == answered(CreatorStats)
    assert {it.name for it in GROUP} == answered(GroupMetrics)
    assert {it.name for it in THING} == answered(ThingSummary) | {"lastComputed"}
    assert (len(CREATOR), len(GROUP), len(THING)) == (11, 15, 8)


def test_definitions__stand_in_the_documentation_word_for_word() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")

    assert [it.name for it in (*CREATOR, *GROUP, *THING) if f"| `{it.name}` | {it.formula} | {it.unit} |" not in text] == []
