"""Groups of the old platform: more rows than the default plan takes come over, and usage equals rows afterwards."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from ontology.models import Group, LegacyRow, Thing
from quotas.models import Subscription
from quotas.services.recount import usage_drift
from tests.factories import make_group
from tests.ontology.legacy_exports import generated, load, write_export


@pytest.mark.django_db(transaction=True)
def test_legacy_groups__begin_without_limits_and_are_counted(tmp_path: Path) -> None:
    tables = generated(8, things=400)
    load(write_export(tmp_path / "generated.zip", tables))

    call_command("migrate_ontology", "--no-backup", "--default-group", "old", stdout=StringIO())

    assert Thing.objects.filter(schema_version=1).count() == 400
    assert max(Thing.objects.filter(group=group).count() for group in Group.objects.all()) > 100
    of = dict(Subscription.objects.values_list("group__slug", "plan_id"))
    assert {of[group["slug"]] for group in tables["groups"]} | {of["old"]} == {"enterprise"}
    assert list(usage_drift()) == []


@pytest.mark.django_db
def test_legacy_groups__other_groups_keep_their_plan() -> None:
    group = make_group()
    LegacyRow.objects.create(kind="thing", row_id=group.pk, moment=group.created_at)

    assert not Subscription.objects.filter(group=group).exists()
