"""Soft deletion and restoration of chosen rows, from a list."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from ontology.admin.confirming import demand_confirmation
from ontology.admin.site import staff_actor
from ontology.admin.writing import ServiceAdmin
from ontology.errors import DomainError
from ontology.models import Group
from ontology.services.access import demand_active
from ontology.services.limits import within_limits


class DeletableAdmin[M: Model](ServiceAdmin[M]):
    """Rows that are deleted softly and restored by services, as actions of their list; a deleted row is read, not changed."""

    actions = ("delete_softly", "restore")
    delete_service: ClassVar[Callable[..., Any]]
    restore_service: ClassVar[Callable[..., Any]]

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Not for a deleted row: restore it first."""
        return super().has_change_permission(request, obj) and (obj is None or getattr(obj, "deleted_at", None) is None)

    @admin.action(description="Delete softly", permissions=["change"])
    def delete_softly(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        """Deletes each chosen row by its service, once the password was given again."""
        demand_confirmation(request, f"Deleting {self._words()[1]}")
        self._act(request, queryset, type(self).delete_service, "deleted")

    @admin.action(description="Restore", permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        """Restores each chosen row by its service, and names what stays away."""
        self._act(request, queryset, type(self).restore_service, "restored")

    def _act(self, request: HttpRequest, rows: Iterable[M], service: Callable[..., Any], done: str) -> None:
        actor, count = staff_actor(request), 0
        for row in rows:
            try:
                group = getattr(row, "group", None)
                if isinstance(group, Group):
                    demand_active(group)
                with within_limits():
                    outcome = service(row, actor=actor)
                count += 1
                for sentence in getattr(outcome, "kept_away", ()):
                    self.message_user(request, sentence, messages.WARNING)
            except DomainError as error:
                self.message_user(request, f"{row}: {error}", messages.ERROR)
        if count:
            one, many = self._words()
            self.message_user(request, f"{count:,} {f'{one} was' if count == 1 else f'{many} were'} {done}.", messages.SUCCESS)

    def _words(self) -> tuple[str, str]:
        one, many = self.rows_named
        return one or str(self.opts.verbose_name), many or str(self.opts.verbose_name_plural)
