"""Rolls a migration back; the backup may lie in object storage, which the ontology knows nothing of."""

import shutil
from pathlib import Path
from typing import Any

from archival.services.backups import backup_at, is_url
from ontology.management.commands import rollback_ontology


class Command(rollback_ontology.Command):
    """The same command, which takes a URL too; the present state is saved into the working folder then."""

    def told(self, place: str, options: dict[str, Any]) -> dict[str, Any]:
        """The report, of a backup in a file or in object storage."""
        if not is_url(place):
            return super().told(place, options)
        with backup_at(place) as path:
            report = super().told(str(path), options)
            if "saved" in report:
                report["saved"] = str(shutil.move(report["saved"], Path.cwd()))
        return report
