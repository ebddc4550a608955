"""Migrates legacy rows; its backup may go to object storage, which the ontology knows nothing of."""

from urllib.parse import urlsplit

from archival.services.backups import backup_write_at, is_url
from ontology.management.commands import migrate_ontology


class Command(migrate_ontology.Command):
    """The same command, which takes a URL too."""

    def back_up(self, place: str) -> None:
        """Writes the backup into a file or to object storage."""
        if not is_url(place):
            return super().back_up(place)
        manifest = backup_write_at(place)
        self.stderr.write(f"Backup of {manifest.rows:,} rows written and verified: {urlsplit(place).path.rpartition('/')[2]} in object storage")
        return None
