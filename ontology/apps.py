"""Registration of the ontology app."""

from django.apps import AppConfig


class OntologyConfig(AppConfig):
    """The six dimensions: groups, people, things, connections, events, knowledge."""

    name = "ontology"
    verbose_name = "Ontology"
