"""The admin's pages of archives."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from archival.models import ArchiveBatch, ArchivePolicy, LegalHold
from archival.tasks import archive_events, restore_events, verify_archive
from ontology.models import Group, Run, Thing
from tests.archival.world import archived, old_events
from tests.factories import make_archive_batch, make_group, make_staff, staff_sign_in

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def group() -> Group:
    group = make_group(name="North")
    old_events(group, 12)
    return group


@pytest.fixture
def staff(client: Client) -> Client:
    staff_sign_in(client, make_staff())
    return client


def place(group: Group, page: str = "archival_group") -> str:
    return reverse(f"admin:{page}", args=[group.pk])


def test_archive_now__begins_a_run(staff: Client, group: Group) -> None:
    answer = staff.post(place(group), {"act": "archive"})
    run = Run.objects.get(kind="archive")
    archive_events(str(run.pk))

    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:ontology_run_change", args=[run.pk]))
    assert ArchiveBatch.objects.get(group=group).rows == 12
    assert "12" in staff.get(place(group)).content.decode()


def test_restore__tells_first_and_then_begins(staff: Client, group: Group) -> None:
    archived(group)
    path = place(group, "archival_group_restore")

    preview = staff.get(path, {"since": "2024-05-01", "until": "", "days": "3"})
    none_yet = Run.objects.filter(kind="restore").count()
    staff.post(path, {"since": "2024-05-01", "until": "", "days": "3"})
    restore_events(str(Run.objects.get(kind="restore").pk))

    assert "12 events" in preview.content.decode()
    assert (none_yet, ArchiveBatch.objects.get().state) == (0, "restored")


def test_restore__of_days_without_events_says_so(staff: Client, group: Group) -> None:
    answer = staff.get(place(group, "archival_group_restore"), {"since": "2030-01-01", "days": "3"}, follow=True)

    assert "has no archived batch" in answer.content.decode()


def test_batch__is_restored_and_verified_from_its_page(staff: Client, group: Group) -> None:
    (batch,) = archived(group)
    page = staff.get(reverse("admin:archival_archivebatch_change", args=[batch.pk])).content.decode()

    staff.post(reverse("admin:archival_archivebatch_verify", args=[batch.pk]))
    verify_archive(str(Run.objects.get(kind="verify_archive").pk))
    staff.post(reverse("admin:archival_archivebatch_restore", args=[batch.pk]), {"since": "", "until": "", "days": "7"})

    assert "Restore …" in page
    assert Run.objects.get(kind="verify_archive").state == "succeeded"
    assert Run.objects.get(kind="restore").parameters == {"batches": [str(batch.pk)], "days": 7}


def test_rules__are_simulated_before_they_are_saved(staff: Client, group: Group) -> None:
    archived(group)
    form = {"hot_days": "30", "retention_days": "100", "encryption": "none"}

    simulated = staff.post(place(group), {**form, "act": "simulate"}).content.decode()
    unsaved = ArchivePolicy.objects.count()
    staff.post(place(group), {**form, "act": "save"})
    wrong = staff.post(place(group), {**form, "hot_days": "-1", "act": "save"}).content.decode()

    assert "What would happen by tomorrow" in simulated
    assert unsaved == 0
    assert list(ArchivePolicy.objects.values_list("hot_days", "retention_days")) == [(30, 100)]
    assert 'role="alert"' in wrong


def test_hold__is_placed_and_lifted(staff: Client, group: Group) -> None:
    staff.post(place(group), {"act": "hold", "reason": " "})
    refused = LegalHold.objects.count()
    staff.post(place(group), {"act": "hold", "reason": "Case 4711"})
    shown = staff.get(place(group)).content.decode()
    staff.post(place(group), {"act": "lift", "hold": str(LegalHold.objects.get().pk)})

    assert (refused, "Case 4711" in shown) == (0, True)
    assert LegalHold.objects.get().lifted_at is not None


def test_lifting_a_hold__waits_for_the_password(client: Client, group: Group) -> None:
    staff_sign_in(client, make_staff(), minutes_ago=20)
    client.post(place(group), {"act": "hold", "reason": "Case 4711"})

    answer = client.post(place(group), {"act": "lift", "hold": str(LegalHold.objects.get().pk)})

    assert (answer.status_code, LegalHold.objects.get().lifted_at) == (403, None)
    assert "Lifting a legal hold needs your password" in answer.content.decode()


def test_report__is_read_and_taken_along(staff: Client, group: Group) -> None:
    archived(group)

    page = staff.get(place(group, "archival_group_report")).content.decode()
    told = json.loads(staff.get(place(group, "archival_group_report"), {"format": "json"}).content)

    assert "12 accepted = 0 in the database + 12 archived" in page
    assert told["ledger"]["cold"] == 12


def test_group_page__shows_the_tiers(staff: Client, group: Group) -> None:
    archived(group)

    page = staff.get(reverse("admin:ontology_group_change", args=[group.pk])).content.decode()

    assert "Hot, warm and cold events" in page
    assert place(group) in page


@pytest.mark.parametrize("name", ["archival_group", "archival_group_report", "archival_group_restore"])
def test_pages__are_closed_to_staff_without_the_right(client: Client, group: Group, name: str) -> None:
    staff_sign_in(client, make_staff(is_superuser=False, platform_role=""))

    assert client.get(place(group, name)).status_code == 403
    assert client.post(place(group), {"act": "archive"}).status_code == 403
    assert Run.objects.count() == 0


def test_list__of_many_batches(staff: Client, group: Group) -> None:
    for month in range(1, 13):
        make_archive_batch(group, month=date(2024, month, 1))

    page = staff.get(reverse("admin:archival_archivebatch_changelist")).content.decode()

    assert "12 batches" in page
    assert "2024-12" in page


def test_trail_of_a_thing__goes_on_into_the_archive(staff: Client, group: Group) -> None:
    thing = Thing.objects.filter(group=group).earliest("created_at")
    path = reverse("admin:ontology_thing_audit", args=[thing.pk])
    hot = staff.get(path).content.decode()
    archived(group)

    cold = staff.get(path).content.decode()

    assert hot.count("2024-05-05") == cold.count("2024-05-05") > 0


def test_trail_of_a_thing__says_when_the_archive_cannot_be_read(staff: Client, group: Group, archive: Path) -> None:
    thing = Thing.objects.filter(group=group).earliest("created_at")
    (batch,) = archived(group)
    (archive / batch.key).unlink()

    answer = staff.get(reverse("admin:ontology_thing_audit", args=[thing.pk]))

    assert answer.status_code == 200
    assert "The archive cannot be read at the moment" in answer.content.decode()
