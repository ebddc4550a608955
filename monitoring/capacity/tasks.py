"""What the clock has done about capacity."""

from celery import shared_task

from monitoring.capacity.history import days_take
from monitoring.capacity.report import capacity_report
from monitoring.database.reports import CAPACITY, report_put
from ontology.isolation import PLATFORM_SCOPE, acting


@shared_task(name="monitoring.plan_capacity")
def plan_capacity() -> int:
    """Takes the days that are due, and makes the plan anew for the page; how many values were taken. Daily."""
    with acting(PLATFORM_SCOPE):
        taken = days_take()
        report_put(CAPACITY, capacity_report())
    return taken
