"""Search by meaning in a large group: by the index of vectors, behind row-level security, close to the exact answer."""

import random

import pytest
from django.db import connection

from ontology.isolation import acting
from ontology.models import EmbeddingModel, Group
from ontology.services.knowledge_search import knowledge_search
from tests.factories import make_group
from tests.roles import as_role, scope_of

pytestmark = pytest.mark.django_db
DIM, VECTORS, ASKED = 8, 2_600, 20
INSERT = """
INSERT INTO ontology_knowledge (id, group_id, type, text, embedding, embedding_model, embedding_dim, chunk, labels, metadata)
SELECT gen_random_uuid(), %(group)s, 'chunk', '', ARRAY(SELECT random() FROM generate_series(1, %(dim)s) WHERE n > 0)::vector, 'small', %(dim)s, '{}',
    CASE WHEN n %% 500 = 0 THEN '{rare}'::text[] ELSE '{}' END, '{}'
FROM generate_series(1, %(vectors)s) AS n
"""
EXACT = """
SELECT id FROM ontology_knowledge WHERE group_id = %s AND deleted_at IS NULL ORDER BY embedding <=> %s::vector, id LIMIT 10
"""


@pytest.fixture
def groups() -> list[Group]:
    """Two large groups in one index, whose dimension is this test's alone."""
    EmbeddingModel.objects.create(name="small", dim=DIM)
    made = [make_group(), make_group()]
    with connection.cursor() as cursor:
        for group in made:
            cursor.execute(INSERT, {"group": group.pk, "dim": DIM, "vectors": VECTORS})
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            f"CREATE INDEX knowledge_nearest_{DIM} ON ontology_knowledge USING hnsw ((embedding::halfvec({DIM})) halfvec_cosine_ops)"
            f" WHERE deleted_at IS NULL AND embedding_dim = {DIM}"
        )
    return made


def scans() -> int:
    """How often the index was asked in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_stat_get_xact_numscans('knowledge_nearest_{DIM}'::regclass)")
        return int(cursor.fetchone()[0])


def vectors() -> list[list[float]]:
    chance = random.Random(7)
    return [[chance.random() for _ in range(DIM)] for _ in range(ASKED)]


def test_knowledge_search__by_the_index_is_close_to_exact(groups: list[Group]) -> None:
    group, found, right = groups[0], 0, 0
    for vector in vectors():
        with connection.cursor() as cursor:
            cursor.execute(EXACT, [group.pk, str(vector)])
            exact = {key for (key,) in cursor.fetchall()}
        with as_role("app"), acting(scope_of(group)):
            near = knowledge_search(group, {"embedding": vector, "model": "small", "limit": 10})
        assert [distance for _, distance in near] == sorted(distance for _, distance in near)
        found, right = found + len(near), right + len(exact & {key for key, _ in near})

    assert found == 10 * ASKED
    assert right / found >= 0.95
    assert scans() == ASKED


def test_knowledge_search__rare_labels_are_all_found(groups: list[Group]) -> None:
    with as_role("app"), acting(scope_of(groups[0])):
        near = knowledge_search(groups[0], {"embedding": vectors()[0], "model": "small", "limit": 10, "labels": ["rare"]})

    assert len(near) == VECTORS // 500


def test_knowledge_search__of_a_group_out_of_scope_finds_nothing(groups: list[Group]) -> None:
    with as_role("app"), acting(scope_of(groups[0])):
        near = knowledge_search(groups[1], {"embedding": vectors()[0], "model": "small"})

    assert near == []


def test_knowledge_search__small_groups_are_compared_whole(groups: list[Group]) -> None:
    small = make_group()
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {"group": small.pk, "dim": DIM, "vectors": 20})

    with acting(scope_of(small)):
        near = knowledge_search(small, {"embedding": vectors()[0], "model": "small", "limit": 10})

    assert (len(near), scans()) == (10, 0)
