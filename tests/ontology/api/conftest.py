"""A group with an owner, and the owner's client."""

from pathlib import Path

import pytest

from ontology.models import Group, Person
from tests.factories import make_group, make_membership, make_person
from tests.ontology.api.client import Api


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Static files are not collected for tests."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:No directory at"))


@pytest.fixture
def group(db: None) -> Group:
    return make_group()


@pytest.fixture
def owner(group: Group) -> Person:
    return make_membership(group, make_person(), role="group_owner").person


@pytest.fixture
def api(owner: Person) -> Api:
    return Api(owner)
