"""Pages of the clock: periodic tasks and their schedules, of django-celery-beat."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import TextField
from django.http import HttpRequest
from django_celery_beat import admin as beat
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule

from ontology.admin.unfolded import PageAdmin, Select, Textarea, TextInput

for model in (PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule):
    admin.site.unregister(model)


class TaskSelect(Select, beat.TaskSelectWidget):  # type: ignore[misc]
    """The registered tasks, to choose from."""


class TaskForm(beat.PeriodicTaskForm):  # type: ignore[misc]
    """A periodic task, with the admin's widgets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["regtask"].widget = TaskSelect()
        self.fields["task"].widget = TextInput()


def _never(self: object, request: HttpRequest, obj: object = None) -> bool:
    """Never from here: deleting a schedule deletes its tasks."""
    return False


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(beat.PeriodicTaskAdmin, PageAdmin[PeriodicTask]):  # type: ignore[misc]
    """What the clock starts, and when."""

    form = TaskForm
    formfield_overrides: ClassVar[Any] = {TextField: {"widget": Textarea(attrs={"rows": 4})}}
    date_hierarchy = None
    compressed_fields = True
    warn_unsaved_form = True
    list_fullwidth = True
    list_display = ("name", "enabled", "schedule_text", "task", "last_run_at")
    list_filter = ("enabled",)
    fieldsets = (
        (None, {"fields": ("name", "regtask", "task", "enabled", "description")}),
        ("Schedule", {"fields": ("interval", "crontab", "start_time", "last_run_at", "one_off")}),
        ("Arguments", {"fields": ("args", "kwargs")}),
        ("Execution", {"fields": ("expires", "expire_seconds", "queue", "priority")}),
    )

    @admin.display(description="Schedule")
    def schedule_text(self, task: PeriodicTask) -> str:
        """When it runs, in words."""
        return str(task.scheduler)


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(PageAdmin[CrontabSchedule]):
    """Times of day, week, month or year."""

    compressed_fields = True
    has_delete_permission = _never
    list_display = ("human_readable", "minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone")
    fields = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year", "timezone")


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(PageAdmin[IntervalSchedule]):
    """Steps of time."""

    compressed_fields = True
    has_delete_permission = _never
    list_display = ("every_text", "every", "period")

    @admin.display(description="Interval")
    def every_text(self, schedule: IntervalSchedule) -> str:
        """The step, in words."""
        return str(schedule)
