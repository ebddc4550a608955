"""What the clock has done about the database underneath."""

from dataclasses import asdict

from celery import shared_task

from monitoring.database.advice import look_at_indexes, optimisation_report
from monitoring.database.conditions import conditions_daily, conditions_minutely, observe
from monitoring.database.indexes import index_health
from monitoring.database.maintaining import analyze, reindex_bloated, vacuum, vacuum_full
from monitoring.database.overview import performance_metrics
from monitoring.database.reports import BLOAT, PERFORMANCE, report_keep, report_latest, report_put
from monitoring.database.sampling import relations_sample, sample_take, samples_fold, slow_days_keep, texts_forget
from ontology.isolation import PLATFORM_SCOPE, acting


@shared_task(name="monitoring.sample_database")
def sample_database() -> int:
    """Samples the server and its statements, and looks at what is worth an alert; how many statements were called. Every minute."""
    with acting(PLATFORM_SCOPE):
        count = sample_take()
        looked = report_latest(BLOAT)
        report_put(PERFORMANCE, asdict(performance_metrics(looked.content["lines"] if looked else ())))
        observe(conditions_minutely())
    return count


@shared_task(name="monitoring.database_daily")
def database_daily() -> int:
    """Samples tables and indexes, folds old samples, makes and drops days of slow statements, brings statistics up to date, looks at indexes."""
    with acting(PLATFORM_SCOPE):
        relations_sample()
        folded = samples_fold()
        texts_forget()
        slow_days_keep()
    analyze()
    with acting(PLATFORM_SCOPE):
        look_at_indexes()
        observe(conditions_daily())
    return folded


@shared_task(name="monitoring.database_weekly")
def database_weekly() -> int:
    """Vacuums every table, rebuilds bloated indexes, and keeps the report on the health of indexes; how many acts of maintenance."""
    done = [*vacuum(), *reindex_bloated()]
    with acting(PLATFORM_SCOPE):
        report_keep("index_health", asdict(index_health()))
    return len(done)


@shared_task(name="monitoring.database_monthly")
def database_monthly() -> int:
    """Rewrites tables that are mostly empty, where that is switched on, and keeps the month's optimisation report; how many tables were looked at."""
    done = vacuum_full()
    with acting(PLATFORM_SCOPE):
        report_keep("optimisation", asdict(optimisation_report()))
    return len(done)
