"""The command renew_context_key: after it the database takes the present secret's seals and no older ones."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from pytest_django.fixtures import Settings

from ontology.isolation import Scope

pytestmark = pytest.mark.django_db


def is_taken(sealed: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT ontology_claims(%s)", [sealed])
            return cursor.fetchone() is not None
    except ProgrammingError:
        return False


def test_renew_context_key__old_seals_end(settings: Settings) -> None:
    old = Scope().sealed()
    settings.SECRET_KEY = "another secret"
    new, out = Scope().sealed(), StringIO()
    assert not is_taken(new)

    call_command("renew_context_key", stdout=out)

    assert (is_taken(new), is_taken(old)) == (True, False)
    assert out.getvalue() == "The database takes scopes sealed with 1 key.\n"


def test_renew_context_key__fallbacks_stay(settings: Settings) -> None:
    old = Scope().sealed()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another secret"

    call_command("renew_context_key", stdout=StringIO())

    assert (is_taken(Scope().sealed()), is_taken(old)) == (True, True)
