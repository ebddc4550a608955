"""Search by meaning: an index of vectors for each common dimension."""

from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models
from django.db.models.functions import Cast
from pgvector.django import HalfVectorField, HnswIndex

from ontology.migrations.partitions import AddIndexInPeace


def _index(dim: int) -> HnswIndex:
    return HnswIndex(
        OpClass(Cast("embedding", HalfVectorField(dimensions=dim)), "halfvec_cosine_ops"),
        name=f"knowledge_nearest_{dim}",
        m=16,
        ef_construction=64,
        condition=models.Q(("deleted_at__isnull", True), ("embedding_dim", dim)),
    )


class Migration(migrations.Migration):
    """The indexes, each made while others read and write."""

    atomic = False
    dependencies = [("ontology", "0018_metrics")]

    operations = [AddIndexInPeace(model_name="knowledge", index=_index(dim)) for dim in (384, 512, 768, 1024, 1536, 3072)]
