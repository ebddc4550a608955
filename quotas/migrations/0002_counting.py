"""Counting by the database, the limits, the shipped plans, and the first count of what is there."""

from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from psycopg import sql

from ontology.migrations.sql import PATIENCE
from quotas.migrations.sql import sql_file
from quotas.shipped import DEFAULT, PLANS

COUNTED_TABLES = ("quotas_usage", "quotas_delta", "quotas_callslot", "quotas_callwindow")
INNER = (
    "quotas_pend(uuid, text, bigint, bigint)",
    "quotas_pend_one(uuid, text, text, bigint, bigint)",
    "quotas_apply(uuid, text, text, bigint, bigint)",
    "quotas_usage_open(uuid, text, text, timestamptz)",
    "quotas_refuse(uuid, text, text, bigint, bigint, bigint)",
    "quotas_month_count(uuid, bigint, bigint, date, date)",
    "quotas_window_count(uuid, text, text, bigint, timestamptz)",
    "quotas_windows_take_back(uuid, uuid, jsonb, text, text)",
    "quotas_slot_take(uuid, date, boolean)",
    "quotas_slot_make(uuid, date)",
    "quotas_slots_used(uuid, date)",
    "quotas_limits_refresh(uuid)",
)
"""Functions that write usage by themselves: for the triggers and functions of the owner alone."""


def _ship(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    plans, limits = apps.get_model("quotas", "Plan"), apps.get_model("quotas", "PlanLimit")
    for plan in PLANS:
        monthly, annual = plan.cents or (None, None)
        row = plans.objects.create(
            name=plan.name,
            title=plan.title,
            description=plan.description,
            position=plan.position,
            monthly_cents=monthly,
            annual_cents=annual,
            is_default=plan.name == DEFAULT,
        )
        for metric, value in plan.limits.items():
            unit, cents = plan.overage.get(metric, (None, None))
            limits.objects.create(plan=row, metric=metric, value=value, overage_unit=unit, overage_cents=cents)


def _close(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Requests and jobs read usage and never write it; what is pending is nobody's to see."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        for function in INNER:
            cursor.execute(sql.SQL("REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC").format(sql.SQL(function)))
        for role in set(settings.DATABASE_ROLES.values()) - {connection.settings_dict["USER"]}:
            name = sql.Identifier(role)
            cursor.execute(sql.SQL("REVOKE ALL ON quotas_pending FROM {}").format(name))
            for table in COUNTED_TABLES:
                cursor.execute(sql.SQL("REVOKE INSERT, UPDATE, DELETE ON {} FROM {}").format(sql.Identifier(table), name))


class Migration(migrations.Migration):
    """Triggers, functions, plans. Writers wait while what is there is counted: some seconds for a million rows."""

    dependencies = [("quotas", "0001_plans_and_usage"), ("ontology", "0016_run_rules_valid")]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.RunSQL(sql_file("0002_counting"), sql_file("0002_reverse")),
        migrations.RunSQL(sql_file("0002_calls"), migrations.RunSQL.noop),
        migrations.RunPython(_ship, migrations.RunPython.noop),
        migrations.RunSQL(sql_file("0002_limits"), migrations.RunSQL.noop),
        migrations.RunSQL(sql_file("0002_install"), migrations.RunSQL.noop),
        migrations.RunPython(_close, migrations.RunPython.noop),
    ]
