"""Acting as the roles of requests and jobs: the owner, as whom tests sign in, is bound by no policy."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from psycopg import sql

from config import env
from ontology.isolation import Scope
from ontology.models import Group


@contextmanager
def as_role(role: str = "app") -> Iterator[None]:
    """Everything inside is done with the rights of ROLE (app or worker), in the same transaction and on the same connection."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(settings.DATABASE_ROLES[role])))
    before, settings.DATABASE_ROLE = settings.DATABASE_ROLE, role
    try:
        yield
    finally:
        settings.DATABASE_ROLE = before
        connection.connection.execute("RESET ROLE")


@contextmanager
def signed_in_as(role: str) -> Iterator[None]:
    """Everything inside is done over a connection of ROLE's own, as a process of that role has it; outside of any transaction."""
    connection.close()
    before, where = settings.DATABASE_ROLE, connection.settings_dict
    own = {name: where[name] for name in ("USER", "PASSWORD")}
    where.update({name: env.database(role)[name] for name in own})
    settings.DATABASE_ROLE = role
    try:
        yield
    finally:
        connection.close()
        where.update(own)
        settings.DATABASE_ROLE = before


def scope_of(*groups: Group) -> Scope:
    """The scope of a request that acts for GROUPS."""
    return Scope(frozenset(group.pk for group in groups))
