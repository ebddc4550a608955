"""The rows of archives: batches and their objects, policies, holds, keys, erasures."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import ontology.ids
import ontology.models.constraints
from ontology.migrations.sql import PATIENCE


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ontology", "0028_event_ledger_begins"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(PATIENCE, PATIENCE),
        migrations.CreateModel(
            name="ArchiveBatch",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("month", models.DateField(help_text="Its first day, in UTC.")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("claimed", "Claimed"),
                            ("exported", "Written to a file"),
                            ("stored", "In the store"),
                            ("verified", "Read back"),
                            ("archived", "Archived"),
                            ("restored", "Restored"),
                            ("replaced", "Replaced by an erasure"),
                            ("expired", "Expired"),
                            ("erased", "Erased with its key"),
                            ("abandoned", "Abandoned"),
                        ],
                        default="claimed",
                        max_length=10,
                    ),
                ),
                ("cutoff", models.DateTimeField()),
                ("upto_timestamp", models.DateTimeField()),
                ("upto_id", models.UUIDField()),
                ("fence", models.BigIntegerField(default=1)),
                ("worker", models.CharField(blank=True, max_length=100)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("key", models.CharField(blank=True, max_length=500)),
                ("storage", models.CharField(blank=True, help_text="Where the object lies, without any secret.", max_length=300)),
                ("bytes", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("rows", models.PositiveBigIntegerField(default=0)),
                ("digest", models.CharField(blank=True, max_length=16)),
                ("min_timestamp", models.DateTimeField(blank=True, null=True)),
                ("max_timestamp", models.DateTimeField(blank=True, null=True)),
                ("min_id", models.UUIDField(blank=True, null=True)),
                ("max_id", models.UUIDField(blank=True, null=True)),
                ("schema_version", models.PositiveSmallIntegerField(default=1)),
                ("compression", models.CharField(default="zstd", max_length=20)),
                (
                    "encryption",
                    models.CharField(choices=[("none", "As it is"), ("group_key", "With the group's key")], default="none", max_length=10),
                ),
                (
                    "door",
                    models.CharField(
                        choices=[("admin", "Admin"), ("api", "API"), ("command", "Command"), ("task", "Task"), ("code", "Code")],
                        default="task",
                        max_length=10,
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("took_ms", models.PositiveIntegerField(default=0)),
                (
                    "verification",
                    models.CharField(
                        blank=True,
                        choices=[("", "Not yet"), ("sound", "Sound"), ("missing", "Missing"), ("damaged", "Damaged")],
                        default="",
                        max_length=10,
                    ),
                ),
                ("verified_at", models.DateTimeField(blank=True, null=True)),
                ("restored_at", models.DateTimeField(blank=True, null=True)),
                ("restored_until", models.DateTimeField(blank=True, null=True)),
                ("delete_after", models.DateTimeField(blank=True, null=True)),
                ("error", models.TextField(blank=True)),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="archive_batches", to="ontology.group"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="replaced_by", to="archival.archivebatch"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="archive_batches", to="ontology.run"
                    ),
                ),
            ],
            options={
                "verbose_name": "archive batch",
                "verbose_name_plural": "archive batches",
                "ordering": ("-id",),
                "permissions": (("run_archival", "Can archive, restore and verify events now"),),
            },
        ),
        migrations.CreateModel(
            name="ArchiveObject",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[("announced", "Announced"), ("kept", "Kept"), ("removed", "Removed")], default="announced", max_length=10
                    ),
                ),
                ("announced_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("batch", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="objects_written", to="archival.archivebatch")),
                ("group", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ontology.group")),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="ArchivePolicy",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "hot_days",
                    models.PositiveIntegerField(
                        blank=True, help_text="Days in the database before events move to the archive. Blank: as the plan says.", null=True
                    ),
                ),
                (
                    "keeps_hot",
                    models.BooleanField(default=False, help_text="No event of the group is archived.", verbose_name="keep every event hot"),
                ),
                (
                    "retention_days",
                    models.PositiveIntegerField(
                        blank=True, help_text="Days after which archived events are deleted for good. Blank: as the platform says.", null=True
                    ),
                ),
                (
                    "keeps_cold",
                    models.BooleanField(default=False, help_text="Archived events of the group are never deleted.", verbose_name="never delete"),
                ),
                (
                    "encryption",
                    models.CharField(choices=[("none", "As it is"), ("group_key", "With the group's key")], default="none", max_length=10),
                ),
                ("group", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="archive_policy", to="ontology.group")),
            ],
            options={
                "verbose_name_plural": "archive policies",
                "ordering": ("group",),
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("pseudonym", models.UUIDField(unique=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("changed", models.JSONField(default=list)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="GroupKey",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("wrapped", models.BinaryField(null=True)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                ("group", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="archive_keys", to="ontology.group")),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40)),
                ("place", models.CharField(max_length=300)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="installation_is_one"),
                    models.CheckConstraint(condition=models.Q(("name__regex", "^[0-9a-z-]+$")), name="installation_name_fits_a_key"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("id", models.UUIDField(default=ontology.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("reason", models.CharField(max_length=500)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("group", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="legal_holds", to="ontology.group")),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="RestoredEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("event_id", models.UUIDField()),
                ("timestamp", models.DateTimeField()),
                ("batch", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="archival.archivebatch")),
                ("group", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="ontology.group")),
            ],
        ),
        migrations.AddIndex(
            model_name="archivebatch",
            index=models.Index(
                models.F("group"),
                models.OrderBy(models.F("max_timestamp"), descending=True),
                condition=models.Q(("state", "archived")),
                name="archive_batch_cold_latest",
            ),
        ),
        migrations.AddIndex(
            model_name="archivebatch",
            index=models.Index(models.F("group"), models.F("month"), name="archive_batch_of_month"),
        ),
        migrations.AddIndex(
            model_name="archivebatch",
            index=models.Index(
                models.F("state"),
                models.F("lease_until"),
                condition=models.Q(("state__in", ["archived", "expired", "replaced", "erased", "abandoned"]), _negated=True),
                name="archive_batch_at_work",
            ),
        ),
        migrations.AddConstraint(
            model_name="archivebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["abandoned", "archived", "claimed", "erased", "expired", "exported", "replaced", "restored", "stored", "verified"])
                ),
                name="archive_batch_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="archivebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("encryption__in", ["group_key", "none"])), name="archive_batch_encryption_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="archivebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("verification__in", ["", "damaged", "missing", "sound"])), name="archive_batch_verification_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="archivebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("door__in", ["admin", "api", "code", "command", "task"])), name="archive_batch_door_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="archivebatch",
            constraint=models.CheckConstraint(condition=models.Q(("month__day", 1)), name="archive_batch_month_is_a_first_day"),
        ),
        migrations.AddConstraint(
            model_name="archivebatch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("claimed", "exported", "stored", "verified"))),
                fields=("group", "month"),
                name="archive_batch_open_is_one_a_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="archivebatch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("archived", "restored"))), fields=("key",), name="archive_batch_key_is_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="archivebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("archived", "restored")), _negated=True),
                    models.Q(
                        ("bytes__gte", 1),
                        ("digest__regex", "^[0-9a-f]{16}$"),
                        ("rows__gte", 1),
                        ("sha256__regex", "^[0-9a-f]{64}$"),
                        models.Q(("key", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="archive_batch_is_whole_before_rows_leave",
            ),
        ),
        migrations.AddConstraint(
            model_name="archivebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "restored"), _negated=True), ("restored_until__isnull", False), _connector="OR"),
                name="archive_batch_restored_until_a_date",
            ),
        ),
        migrations.AddIndex(
            model_name="archiveobject",
            index=models.Index(condition=models.Q(("state", "announced")), fields=["announced_at"], name="archive_object_announced"),
        ),
        migrations.AddConstraint(
            model_name="archiveobject",
            constraint=models.UniqueConstraint(fields=("key",), name="archive_object_key_is_unique"),
        ),
        migrations.AddConstraint(
            model_name="archiveobject",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["announced", "kept", "removed"])), name="archive_object_state_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="archivepolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("encryption__in", ["group_key", "none"])), name="archive_policy_encryption_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="archivepolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("hot_days__isnull", True), ("hot_days__gte", 1), _connector="OR"), name="archive_policy_hot_days_is_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="archivepolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("hot_days__isnull", True), ("keeps_hot", False), _connector="OR"),
                name="archive_policy_is_hot_for_days_or_for_ever",
            ),
        ),
        migrations.AddConstraint(
            model_name="archivepolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("retention_days__isnull", True), ("keeps_cold", False), _connector="OR"),
                name="archive_policy_is_cold_for_days_or_for_ever",
            ),
        ),
        migrations.AddConstraint(
            model_name="archivepolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("retention_days__isnull", True), ("retention_days__gte", 1), _connector="OR"),
                name="archive_policy_retention_days_is_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(django.db.models.lookups.Exact(ontology.models.constraints.JsonType("changed"), models.Value("array"))),
                name="erasure_changed_is_list",
            ),
        ),
        migrations.AddConstraint(
            model_name="groupkey",
            constraint=models.CheckConstraint(
                condition=models.Q(("wrapped__isnull", True), ("erased_at__isnull", True), _connector="XOR"), name="group_key_is_there_or_erased"
            ),
        ),
        migrations.AddConstraint(
            model_name="groupkey",
            constraint=models.UniqueConstraint(condition=models.Q(("erased_at__isnull", True)), fields=("group",), name="group_key_in_use_is_one"),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(condition=models.Q(("reason__regex", "\\S")), name="legal_hold_has_a_reason"),
        ),
        migrations.AddConstraint(
            model_name="restoredevent",
            constraint=models.UniqueConstraint(fields=("event_id", "timestamp"), name="restored_event_is_of_one_batch"),
        ),
    ]
