"""Knowledge: labels, documents, chunks and vectors, linked to things."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Func, IntegerField, Q
from django.db.models.functions import Cast
from django.db.models.lookups import Exact
from pgvector.django import HalfVectorField, HnswIndex, VectorField

from ontology.choices import KnowledgeRole, KnowledgeType
from ontology.models.constraints import CompositeKey, json_is, one_of, tenant_key
from ontology.models.free_form import FreeFormField
from ontology.models.group import Group
from ontology.models.row import Row
from ontology.models.thing import Thing
from ontology.querysets import DeletableQuerySet, KnowledgeQuerySet


class VectorDims(Func):
    """The number of dimensions of a vector."""

    function = "vector_dims"
    arity = 1
    output_field = IntegerField()


VECTOR_DIMS = (384, 512, 768, 1024, 1536, 3072)
"""Dimensions of common models, whose vectors have an index; others are compared one by one. Half precision is indexed up to 4,000."""


def _nearest(dim: int) -> HnswIndex:
    """The index of vectors with DIM dimensions; 16 links and 64 candidates are pgvector's defaults; `make bench` measures them."""
    vector = OpClass(Cast("embedding", HalfVectorField(dimensions=dim)), "halfvec_cosine_ops")
    return HnswIndex(vector, name=f"knowledge_nearest_{dim}", m=16, ef_construction=64, condition=Q(embedding_dim=dim, deleted_at__isnull=True))


class EmbeddingModel(models.Model):
    """A model that makes vectors; the key (name, dim) that knowledge refers to makes all its vectors share a dimension."""

    name = models.CharField(max_length=200, primary_key=True)
    dim = models.PositiveIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["name", "dim"], name="embedding_model_has_one_dimension"),
            models.CheckConstraint(condition=Q(dim__gte=1, dim__lte=16_000), name="embedding_model_dim_is_1_to_16000"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.dim})"


class Knowledge(Row):
    """A piece of text, a label or a vector of one group, perhaps cut from a field of a source thing."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, db_index=False, related_name="knowledge")
    type = models.CharField(max_length=20, choices=KnowledgeType)
    text = models.TextField(blank=True)
    embedding = VectorField(null=True, blank=True)
    embedding_model = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 -- null is "no vector": the key to EmbeddingModel
    embedding_dim = models.PositiveIntegerField(null=True, blank=True)
    source_thing = models.ForeignKey(
        Thing, on_delete=models.PROTECT, null=True, blank=True, db_index=False, db_constraint=False, related_name="knowledge_from"
    )
    source_field = models.CharField(max_length=200, blank=True, db_default="")
    chunk = FreeFormField(default=dict, blank=True, help_text="Where the chunk stands in its source: index, start, end, tokens.")
    labels = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    metadata = FreeFormField(default=dict, blank=True)
    external_id = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001 -- null is "none": only so is the key unique where present
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deletion_id = models.UUIDField(null=True, blank=True, editable=False)

    objects = KnowledgeQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "knowledge"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["group", "id"], name="knowledge_id_is_unique_in_group"),
            models.UniqueConstraint(fields=["group", "external_id"], name="knowledge_external_id_is_unique_in_group"),
            tenant_key("source_thing_id", "ontology_thing", "knowledge_source_in_group"),
            CompositeKey(
                columns=("embedding_model", "embedding_dim"),
                to="ontology_embeddingmodel",
                to_columns=("name", "dim"),
                name="knowledge_vectors_of_a_model_share_a_dimension",
            ),
            one_of("type", KnowledgeType.values, "knowledge_type_is_known"),
            models.CheckConstraint(
                condition=Q(embedding__isnull=True, embedding_model__isnull=True, embedding_dim__isnull=True)
                | Q(embedding__isnull=False, embedding_model__isnull=False, embedding_dim__isnull=False),
                name="knowledge_vector_names_its_model",
            ),
            models.CheckConstraint(
                condition=Q(embedding__isnull=True) | Q(Exact(VectorDims("embedding"), F("embedding_dim"))),
                name="knowledge_vector_has_its_dimension",
            ),
            json_is("metadata", "object", "knowledge_metadata_is_object", unless=Q(group__isnull=True)),
            json_is("chunk", "object", "knowledge_chunk_is_object", unless=Q(group__isnull=True)),
        )
        indexes = (
            models.Index(fields=["group", "type", "-id"], condition=Q(deleted_at__isnull=True), name="knowledge_live_by_type"),
            models.Index(fields=["group", "source_thing"], condition=Q(source_thing__isnull=False), name="knowledge_by_source"),
            models.Index(fields=["group", "deletion_id"], condition=Q(deletion_id__isnull=False), name="knowledge_by_deletion"),
            *(_nearest(dim) for dim in VECTOR_DIMS),
        )

    def __str__(self) -> str:
        return self.text[:80] or f"{self.type} {self.id}"


class ThingKnowledge(Row):
    """What a piece of knowledge is to a thing of the same group."""

    group = models.ForeignKey(Group, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="+")
    thing = models.ForeignKey(Thing, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="knowledge_links")
    knowledge = models.ForeignKey(Knowledge, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="thing_links")
    role = models.CharField(max_length=20, choices=KnowledgeRole)
    metadata = FreeFormField(default=dict, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deletion_id = models.UUIDField(null=True, blank=True, editable=False)

    objects = DeletableQuerySet.as_manager()

    class Meta:
        verbose_name = "knowledge link"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["group", "thing", "knowledge", "role"], condition=Q(deleted_at__isnull=True), name="thing_knowledge_is_one_per_role"
            ),
            tenant_key("thing_id", "ontology_thing", "thing_knowledge_thing_in_group"),
            tenant_key("knowledge_id", "ontology_knowledge", "thing_knowledge_knowledge_in_group"),
            one_of("role", KnowledgeRole.values, "thing_knowledge_role_is_known"),
            json_is("metadata", "object", "thing_knowledge_metadata_is_object", unless=Q(group__isnull=True)),
        )
        indexes = (
            models.Index(fields=["group", "knowledge"], name="thing_knowledge_by_knowledge"),
            models.Index(fields=["group", "deletion_id"], condition=Q(deletion_id__isnull=False), name="thing_knowledge_by_deletion"),
        )

    def __str__(self) -> str:
        return f"{self.role} of {self.thing_id}"
