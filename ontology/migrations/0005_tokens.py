"""API tokens, and the answers kept for repeated requests."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import ontology.ids
from ontology.migrations.sql import PATIENCE


class Migration(migrations.Migration):
    dependencies = [
        ("ontology", "0004_clock"),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.AlterModelOptions(
            name="group",
            options={
                "ordering": ("name", "id"),
                "permissions": (("see_every_group", "Can see every group in the admin, not only those of own memberships"),),
            },
        ),
        migrations.AddField(
            model_name="person",
            name="session_salt",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=32),
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("name", models.CharField(max_length=100)),
                ("prefix", models.CharField(editable=False, max_length=20)),
                ("digest", models.BinaryField()),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("read", "Read"),
                                ("write", "Write things, connections, events and knowledge"),
                                ("admin", "Manage groups, members and tokens"),
                            ],
                            max_length=10,
                        ),
                        size=None,
                    ),
                ),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("last_used_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "group",
                    models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="tokens", to="ontology.group"),
                ),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "API token",
                "ordering": ("-id",),
                "constraints": [
                    models.UniqueConstraint(fields=("digest",), name="api_token_digest_is_unique"),
                    models.CheckConstraint(condition=models.Q(("name__regex", "\\S")), name="api_token_name_is_not_blank"),
                    models.CheckConstraint(
                        condition=models.Q(("scopes__contained_by", ["admin", "read", "write"]), ("scopes__len__gte", 1)),
                        name="api_token_scopes_are_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))), name="api_token_expires_after_it_was_made"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("key", models.CharField(max_length=200)),
                ("request", models.BinaryField()),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.BinaryField(default=b"")),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name": "idempotency key",
                "indexes": [models.Index(fields=["created_at"], name="idempotency_key_by_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("person", "key"), name="idempotency_key_is_once_per_person"),
                    models.CheckConstraint(
                        condition=models.Q(("status__isnull", True), models.Q(("status__gte", 200), ("status__lte", 299)), _connector="OR"),
                        name="idempotency_key_keeps_successes",
                    ),
                ],
            },
        ),
    ]
