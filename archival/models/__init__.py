"""The rows of archives: batches and their objects, policies, holds, keys, erasures."""

from archival.models.batch import ArchiveBatch, ArchiveObject, RestoredEvent
from archival.models.erasure import Erasure
from archival.models.installation import Installation
from archival.models.key import GroupKey
from archival.models.policy import ArchivePolicy, LegalHold

__all__ = ["ArchiveBatch", "ArchiveObject", "ArchivePolicy", "Erasure", "GroupKey", "Installation", "LegalHold", "RestoredEvent"]
