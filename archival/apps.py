"""Registration of the archival app."""

from django.apps import AppConfig


class ArchivalConfig(AppConfig):
    """Cold events in object storage."""

    name = "archival"
    verbose_name = "Archival"
