"""Pages of the clock: periodic tasks and their schedules, of django-celery-beat."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet, TextField
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_celery_beat import admin as beat
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule

from ontology.admin.parts import badge, moment_text
from ontology.admin.recorded import RecordedAdmin
from ontology.admin.unfolded import ModelForm, Select, Textarea, TextInput
from ontology.metrics.clock import task_timing

for model in (PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule):
    admin.site.unregister(model)


TASK_WORDS = {
    "name": ("Name", "What people call it."),
    "regtask": ("Task", "One of those that the workers know."),
    "task": ("Or by its name", "A task that is not in the list above."),
    "enabled": ("Runs", "Switched off, it keeps its schedule and waits."),
    "description": ("Description", ""),
    "interval": ("Every", "A step of time. Choose this or times of day, not both."),
    "crontab": ("At times", "Times of day, week, month or year."),
    "start_time": ("Not before", "Blank: at once."),
    "last_run_at": ("Last started", ""),
    "one_off": ("Only once", "It switches itself off after the first time."),
    "args": ("Arguments", "A JSON list."),
    "kwargs": ("Named arguments", "A JSON object."),
    "expires": ("Expires at", "After this moment it starts no more."),
    "expire_seconds": ("Expires after (s)", "A start that waits longer than this is dropped."),
    "queue": ("Queue", "Blank: the task's own."),
    "priority": ("Priority", "0 to 255; blank: the broker's default."),
}
CRONTAB_WORDS = {
    "minute": ("Minute", "0 to 59; * for every, */15 for each quarter."),
    "hour": ("Hour", "0 to 23; * for every."),
    "day_of_week": ("Day of the week", "0 (Sunday) to 6, or mon-fri; * for every."),
    "day_of_month": ("Day of the month", "1 to 31; * for every."),
    "month_of_year": ("Month", "1 to 12; * for every."),
    "timezone": ("Time zone", ""),
}


class TaskSelect(Select, beat.TaskSelectWidget):  # type: ignore[misc]
    """The registered tasks, to choose from."""


class TaskForm(beat.PeriodicTaskForm):  # type: ignore[misc]
    """A periodic task, with the admin's widgets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, help_text) in TASK_WORDS.items():
            if name in self.fields:
                self.fields[name].label, self.fields[name].help_text = label, help_text
        if "regtask" in self.fields:
            self.fields["regtask"].widget = TaskSelect()
            self.fields["task"].widget = TextInput()


def _never(self: object, request: HttpRequest, obj: object = None) -> bool:
    """Never from here: deleting a schedule deletes its tasks."""
    return False


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(RecordedAdmin[PeriodicTask], beat.PeriodicTaskAdmin):  # type: ignore[misc]
    """What the clock starts, and when."""

    form = TaskForm
    change_form_template = None  # beat's own has an inline script, which the content security policy forbids
    formfield_overrides: ClassVar[Any] = {TextField: {"widget": Textarea(attrs={"rows": 4})}}
    date_hierarchy = None
    compressed_fields = True
    warn_unsaved_form = True
    list_fullwidth = True
    sortable_by = ()
    list_select_related = ("interval", "crontab")
    list_display = ("name", "runs", "schedule_text", "last_started", "next_start", "task")
    list_filter = ("enabled",)
    fieldsets = (
        (None, {"fields": ("name", "regtask", "task", "enabled", "description")}),
        ("Schedule", {"fields": ("interval", "crontab", "start_time", "last_run_at", "one_off")}),
        ("Arguments", {"fields": ("args", "kwargs")}),
        ("Execution", {"fields": ("expires", "expire_seconds", "queue", "priority")}),
    )

    @admin.action(description="Switch on", permissions=["change"])
    def enable_tasks(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        """Lets the clock start the chosen tasks."""
        self.recorded(request, queryset, lambda: super(PeriodicTaskAdmin, self).enable_tasks(request, queryset))

    @admin.action(description="Switch off", permissions=["change"])
    def disable_tasks(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        """Lets the chosen tasks wait."""
        self.recorded(request, queryset, lambda: super(PeriodicTaskAdmin, self).disable_tasks(request, queryset))

    @admin.action(description="Switch over", permissions=["change"])
    def toggle_tasks(self, request: HttpRequest, queryset: QuerySet[PeriodicTask]) -> None:
        """Switches each chosen task to its other state."""
        self.recorded(request, queryset, lambda: super(PeriodicTaskAdmin, self).toggle_tasks(request, queryset))

    @admin.display(description="Schedule")
    def schedule_text(self, task: PeriodicTask) -> str:
        """When it runs, in words."""
        return str(task.crontab.human_readable if task.crontab else task.scheduler)

    @admin.display(description="Runs", boolean=True)
    def runs(self, task: PeriodicTask) -> bool:
        """Whether the clock starts it."""
        return bool(task.enabled)

    @admin.display(description="Last started (UTC)")
    def last_started(self, task: PeriodicTask) -> str:
        """When the clock last started it."""
        return moment_text(task.last_run_at)

    @admin.display(description="Next start (UTC)")
    def next_start(self, task: PeriodicTask) -> SafeString | str:
        """When the clock should start it next, and a warning when that moment has passed."""
        timing = task_timing(task)
        if timing.is_missed:
            return format_html("{} {}", badge("red", "Missed"), moment_text(timing.next))
        return moment_text(timing.next)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, and a warning above it while the clock stands still."""
        missed = [
            task.name for task in PeriodicTask.objects.select_related("interval", "crontab").filter(enabled=True) if task_timing(task).is_missed
        ]
        if missed and request.method == "GET":
            names = ", ".join(missed[:5]) + (" and others" if len(missed) > 5 else "")
            messages.warning(request, f"{len(missed)} missed their start: {names}. Does the clock run (celery beat), and a worker for its queues?")
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response

    def get_fieldsets(self, request: HttpRequest, obj: PeriodicTask | None = None) -> Any:
        """The fields; a choice of tasks is nothing for those who may only view."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        return ((None, {"fields": ("name", "task", "enabled", "description")}), *self.fieldsets[1:])


class CrontabForm(ModelForm[CrontabSchedule]):
    """Times, in words that a person knows."""

    class Meta:
        model = CrontabSchedule
        fields = tuple(CRONTAB_WORDS)
        labels = {name: label for name, (label, _) in CRONTAB_WORDS.items()}
        help_texts = {name: help_text for name, (_, help_text) in CRONTAB_WORDS.items()}


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(RecordedAdmin[CrontabSchedule]):
    """Times of day, week, month or year."""

    compressed_fields = True
    has_delete_permission = _never
    form = CrontabForm
    sortable_by = ()
    list_display = ("times", "as_crontab", "zone")
    fields = tuple(CRONTAB_WORDS)

    @admin.display(description="Times")
    def times(self, schedule: CrontabSchedule) -> str:
        """The times, in words."""
        return str(schedule.human_readable)

    @admin.display(description="As in a crontab")
    def as_crontab(self, schedule: CrontabSchedule) -> str:
        """Minute, hour, day of the month, month, day of the week."""
        return " ".join((schedule.minute, schedule.hour, schedule.day_of_month, schedule.month_of_year, schedule.day_of_week))

    @admin.display(description="Time zone")
    def zone(self, schedule: CrontabSchedule) -> str:
        """The zone of the hours."""
        return str(schedule.timezone)


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(RecordedAdmin[IntervalSchedule]):
    """Steps of time."""

    compressed_fields = True
    has_delete_permission = _never
    sortable_by = ()
    list_display = ("every_text",)

    @admin.display(description="Interval")
    def every_text(self, schedule: IntervalSchedule) -> str:
        """The step, in words."""
        return str(schedule)
