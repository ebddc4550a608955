"""The shipped demo: two groups of real data, and an account to look at them."""

from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from ontology.choices import OnConflict
from ontology.models import Group, Person
from ontology.records import RecordFile
from ontology.services.actor import Actor
from ontology.services.groups import group_create
from ontology.services.import_records import Target
from ontology.services.imports import FileImport, ImportOutcome
from ontology.sql import statement

FOLDER = Path(__file__).resolve().parent.parent / "demo"


@dataclass(frozen=True, slots=True)
class DemoGroup:
    """A group of the demo and the file that fills it."""

    slug: str
    name: str
    type: str
    description: str
    file: Path


GROUPS = (
    DemoGroup("cdnow-sample", "CDNOW sample", "business", "Customers of a music shop and their purchases, 1997 to 1998.", FOLDER / "shop.ndjson.gz"),
    DemoGroup(
        "netbox", "NetBox history", "community", "Contributors, files, releases and changes of an open-source project.", FOLDER / "project.ndjson.gz"
    ),
)


def demo_group_ensure(shipped: DemoGroup, *, actor: Actor) -> Group:
    """The group of SHIPPED, made where it is missing."""
    group = Group.objects.filter(slug=shipped.slug).first()
    if group is None:
        group = group_create(slug=shipped.slug, name=shipped.name, actor=actor, type=shipped.type, description=shipped.description)
    return group


def demo_group_load(shipped: DemoGroup, group: Group, *, actor: Actor) -> ImportOutcome | None:
    """Loads the file of SHIPPED into its GROUP; None when an earlier load has finished. A load cut short is completed."""
    if group.runs.filter(kind="import", state="succeeded").exists():
        return None
    loading = FileImport(RecordFile(shipped.file), Target(group, OnConflict.SKIP, actor=actor))
    outcome = loading.run()
    with connection.cursor() as cursor:
        cursor.execute(statement("tables_analyze"))
    return outcome


def demo_person_ensure(email: str, password: str) -> Person:
    """The account of the demo: a platform owner who signs in with PASSWORD."""
    person = Person.objects.filter(email__iexact=email).first()
    if person is None:
        return Person.objects.create_superuser(email, email.partition("@")[0], password, display_name="Demo staff")
    if not person.check_password(password):
        person.set_password(password)
        person.save(update_fields=["password"])
    return person
