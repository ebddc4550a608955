"""Pages of rows that are not the ontology's own, such as staff roles and schedules: saved by their own forms, and each change is recorded."""

from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms.models import model_to_dict
from django.http import HttpRequest

from ontology.admin.site import staff_actor
from ontology.admin.unfolded import PageAdmin
from ontology.services.platform_record import setting_record


def row_state(row: Model) -> dict[str, Any]:
    """The row's fields as plain text and numbers; one query per set of other rows."""
    return {name: _plain(value) for name, value in model_to_dict(row).items() if name != "id"}


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple | QuerySet):
        return sorted(str(one) for one in value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)


class RecordedAdmin[M: Model](PageAdmin[M]):
    """Leaves an event `settings_updated` with what changed, from, to and by whom, in the transaction of the change."""

    def save_model(self, request: HttpRequest, obj: M, form: Any, change: bool) -> None:
        """Saves, and remembers what stood there before."""
        request.state_before = row_state(self.model._default_manager.get(pk=obj.pk)) if change else {}  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Saves the sets, after which the row is whole, and records the change."""
        super().save_related(request, form, formsets, change)
        row = self.model._default_manager.get(pk=form.instance.pk)
        setting_record(self._kind, str(row), request.state_before, row_state(row), actor=staff_actor(request))  # type: ignore[attr-defined]

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        """Deletes, and records what was there."""
        before, name = row_state(obj), str(obj)
        super().delete_model(request, obj)
        setting_record(self._kind, name, before, {}, actor=staff_actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        """Deletes one by one, each with its record."""
        with transaction.atomic():
            for row in queryset:
                self.delete_model(request, row)

    def recorded(self, request: HttpRequest, rows: QuerySet[M], act: Any) -> None:
        """Runs ACT, which changes ROWS at once, and records each row that it changed."""
        with transaction.atomic():
            before = {row.pk: row_state(row) for row in rows}
            act()
            for row in self.model._default_manager.filter(pk__in=before):
                setting_record(self._kind, str(row), before[row.pk], row_state(row), actor=staff_actor(request))

    @property
    def _kind(self) -> str:
        return str(self.model._meta.model_name)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: the event is the record."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing: the event is the record."""
