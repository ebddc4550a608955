"""The keys of groups: made when first needed, and erased with all that was written under them."""

import uuid

from django.utils import timezone

from archival import encryption
from archival.errors import KeyErased
from archival.models import ArchiveBatch, GroupKey
from ontology.models import Group


def key_in_use(group: Group) -> bytes:
    """The key that new objects of GROUP are encrypted with; made at the first call. Two queries at most."""
    found, _ = GroupKey.objects.get_or_create(group=group, erased_at=None, defaults={"wrapped": encryption.wrap(encryption.new_key(), group.pk)})
    return encryption.unwrap(bytes(found.wrapped or b""), group.pk)


def key_of(batch: ArchiveBatch) -> bytes:
    """The key that the object of BATCH was encrypted with. Raises KeyErased; one query.

    A group has one key at a time, and erasing it marks the batches under it as erased, so that of a batch that is held is the present one.
    """
    found = GroupKey.objects.filter(group_id=batch.group_id, erased_at=None).first()
    if found is None or batch.state == "erased":
        raise KeyErased(str(batch.group_id))
    return encryption.unwrap(bytes(found.wrapped or b""), batch.group_id)


def key_erase(group_id: uuid.UUID) -> int:
    """Erases the key of a group; how many there were. Part of `services.erasing.group_erase`, which says what became of the batches."""
    return GroupKey.objects.filter(group_id=group_id, erased_at=None).update(wrapped=None, erased_at=timezone.now())
