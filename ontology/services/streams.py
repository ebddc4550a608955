"""Lines that are made while they are sent, after the request's own transaction has ended."""

from collections.abc import Callable, Iterable, Iterator

from django.db import transaction

from ontology.isolation import Scope, acting


def scoped_lines(scope: Scope, lines: Callable[[], Iterable[bytes]]) -> Iterator[bytes]:
    """What LINES bring, read in SCOPE and one transaction of its own."""
    with acting(scope), transaction.atomic():
        yield from lines()
