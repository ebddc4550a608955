"""Shapes of knowledge."""

from rest_framework import serializers

from ontology.choices import KnowledgeRole, KnowledgeType

CHUNK = "Where a chunk stands in its source; free-form, its keys are never renamed."
METADATA = "Free-form; its keys are never renamed."


class Knowledge(serializers.Serializer):
    """A piece of text, a label or a vector, perhaps cut from a field of a thing."""

    id = serializers.UUIDField(help_text="UUIDv7; ids sort by time.")
    type = serializers.ChoiceField(KnowledgeType.choices, help_text="What the piece holds.")
    text = serializers.CharField(allow_blank=True, help_text="At most 1,000,000 characters.")
    embedding = serializers.ListField(
        child=serializers.FloatField(), required=False, allow_null=True, help_text="The vector; only when `fields` names it."
    )
    embeddingModel = serializers.CharField(allow_null=True, help_text="The model that made the vector; its vectors share a length.")
    embeddingDim = serializers.IntegerField(allow_null=True, help_text="The numbers of the vector.")
    source = serializers.UUIDField(allow_null=True, help_text="The thing it was cut from.")
    sourceField = serializers.CharField(allow_blank=True, help_text="The field it was cut from.")
    chunk = serializers.DictField(help_text=CHUNK)
    labels = serializers.ListField(child=serializers.CharField(), help_text="Words to find it by.")
    metadata = serializers.DictField(help_text=METADATA)
    externalId = serializers.CharField(allow_null=True, help_text="The client's own key, unique in the group.")
    createdAt = serializers.DateTimeField(help_text="When it was made.")
    updatedAt = serializers.DateTimeField(help_text="When it was last changed.")
    deletedAt = serializers.DateTimeField(allow_null=True, help_text="When it was softly deleted; null for a live piece.")


class KnowledgePage(serializers.Serializer):
    """A page of knowledge."""

    items = Knowledge(many=True, help_text="The pieces, or those of their fields that `fields` and `omit` leave.")
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page; null on the last.")
    hasMore = serializers.BooleanField(help_text="Whether there is a next page.")
    count = serializers.IntegerField(required=False, help_text="With `count=true`: how many match, up to 10,000.")
    countIsFloor = serializers.BooleanField(required=False, help_text="With `count=true`: whether there are more than `count`.")


class NewKnowledgeLink(serializers.Serializer):
    """What a piece is to be to a thing."""

    thing = serializers.CharField(help_text="The id or external id of a live thing of the group.")
    role = serializers.ChoiceField(KnowledgeRole.choices, help_text="What the piece is to the thing.")


class KnowledgeLink(serializers.Serializer):
    """What a piece is to a thing."""

    thing = serializers.UUIDField(help_text="The thing.")
    role = serializers.ChoiceField(KnowledgeRole.choices, help_text="What the piece is to the thing.")
    createdAt = serializers.DateTimeField(help_text="When the link was made.")


class KnowledgeLinks(serializers.Serializer):
    """The live links of a piece."""

    items = KnowledgeLink(many=True, help_text="The links, at most 1,000.")


class KnowledgeChanges(serializers.Serializer):
    """What may change of a piece; what is left out stays, and what is given replaces the whole."""

    text = serializers.CharField(required=False, help_text="At most 1,000,000 characters.")
    embedding = serializers.ListField(
        child=serializers.FloatField(), required=False, allow_null=True, help_text="1 to 16,000 numbers; null for none."
    )
    embeddingModel = serializers.CharField(required=False, allow_null=True, help_text="Comes with `embedding`.")
    source = serializers.CharField(required=False, allow_null=True, help_text="The id or external id of a live thing; null for none.")
    sourceField = serializers.CharField(required=False, allow_blank=True, help_text="The field it was cut from.")
    chunk = serializers.DictField(required=False, help_text=CHUNK)
    labels = serializers.ListField(child=serializers.CharField(), required=False, help_text="Words to find it by.")
    metadata = serializers.DictField(required=False, help_text=METADATA)


class NewKnowledge(KnowledgeChanges):
    """A piece of knowledge to be made."""

    type = serializers.ChoiceField(KnowledgeType.choices, help_text="What the piece holds.")
    externalId = serializers.CharField(required=False, help_text="The client's own key, unique in the group.")
    links = NewKnowledgeLink(many=True, required=False, help_text="What the piece is to which things.")


class KnowledgeSearch(serializers.Serializer):
    """A search by meaning."""

    embedding = serializers.ListField(child=serializers.FloatField(), help_text="The vector to be near to.")
    model = serializers.CharField(help_text="The model that made it; only vectors of that model are compared.")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=100, help_text="How many at most; 10 unless given.")
    labels = serializers.ListField(child=serializers.CharField(), required=False, help_text="Only pieces that bear all of these.")
    types = serializers.ListField(child=serializers.ChoiceField(KnowledgeType.choices), required=False, help_text="Only pieces of these types.")


class KnowledgeHit(serializers.Serializer):
    """A piece and how far it is."""

    distance = serializers.FloatField(help_text="Cosine distance: 0 the same direction, 1 unrelated, 2 opposite.")
    knowledge = Knowledge(help_text="The piece, without its vector.")


class KnowledgeHits(serializers.Serializer):
    """What a search found."""

    items = KnowledgeHit(many=True, help_text="The nearest first.")
