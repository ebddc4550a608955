"""`manage.py review_report`, the counting of requests behind it, and reviews that another signs."""

from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from time import monotonic
from typing import Any

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from monitoring import answering
from monitoring.answering import BOUNDS_MS, answers_tell, percentile, request_answered
from monitoring.choices import AlertState, ChangeOutcome, ReviewKind, Severity, Verdict
from monitoring.errors import ChangeRefused
from monitoring.models import Alert, DatabaseSample, RequestHour, Review
from monitoring.services.changes import change_ask, change_close, change_decide, change_save
from monitoring.services.reviewing import period, review_keep, review_sign, review_text, review_write, reviews_keep
from ontology.choices import Door
from ontology.services.actor import Actor
from tests.factories import make_alert, make_person, make_staff, staff_sign_in
from tests.monitoring.test_changes import FIELDS, ChangeRequest, by

MONDAY = date(2026, 11, 16)
TODAY = datetime.now(UTC).date()
BEGINS, ENDS = period(ReviewKind.WEEKLY, TODAY)
NOON = datetime.combine(BEGINS, time(12), tzinfo=UTC)
CLOCK = Actor(door=Door.TASK)


def hour(caller: str, at: datetime, answered: int = 0, refused: int = 0, failed: int = 0, place: int = 3) -> None:
    buckets = [0] * (len(BOUNDS_MS) + 1)
    buckets[place] = answered + refused + failed
    RequestHour.objects.create(hour=at, caller=caller, answered=answered, refused=refused, failed=failed, total_ms=1, buckets=buckets)


def report(*words: str) -> Any:
    told = StringIO()
    call_command("review_report", *words, "--json", stdout=told)
    return orjson.loads(told.getvalue())


@pytest.mark.django_db
def test_review_report__counts_what_happened_within_its_time() -> None:
    hour("GET a", NOON, answered=2_990, failed=4)
    hour("GET b", NOON + timedelta(hours=1), answered=30, refused=10, place=6)
    hour("GET rare", NOON, answered=3, place=9)
    hour("GET a", datetime.combine(ENDS, time(), tzinfo=UTC), failed=50)
    hour("GET a", datetime.combine(BEGINS, time(), tzinfo=UTC) - timedelta(hours=1), failed=50)
    alert = make_alert(severity=Severity.CRITICAL)
    Alert.objects.filter(pk=alert.pk).update(opened_at=NOON, state=AlertState.RESOLVED, resolved_at=NOON + timedelta(hours=1))
    writer, other = make_person(), make_person()
    for outcome in (ChangeOutcome.WELL, ChangeOutcome.WRONG):
        change = change_ask(change_save(ChangeRequest(**FIELDS), actor=by(writer)), actor=by(writer))
        change_decide(change, Verdict.APPROVED, "Yes.", actor=by(other))
        change_close(change, outcome, "It took an hour.", actor=by(writer))

    told = report("--of", f"{TODAY}")

    assert told["period"] == {"begins": f"{BEGINS}", "ends": f"{ENDS}"}
    requests = told["requests"]
    assert (requests["answered"], requests["refused"], requests["failed"], requests["failures_allowed"]) == (3_023, 10, 4, 3)
    assert (requests["availability_percent"], requests["is_held"]) == (round(100 * 3_033 / 3_037, 4), False)
    assert (requests["p50_ms"], requests["p95_ms"], requests["p99_ms"]) == (100, 100, 1_000)
    assert [(line["caller"], line["p95_ms"], line["failed"]) for line in requests["slowest"]] == [("GET b", 1_000, 0), ("GET a", 100, 4)]
    assert (told["alerts"]["opened"], told["alerts"]["critical"], told["alerts"]["still_open"]) == (1, 1, 0)
    assert {name: told["changes"][name] for name in ("done", "well", "wrong", "taken_back")} == {"done": 2, "well": 1, "wrong": 1, "taken_back": 0}
    assert told["changes"]["bad"] == [{"title": "Version 2", "outcome": "wrong", "text": "It took an hour."}]
    assert "promised 99.9 %: NOT HELD" in review_text(told)


@pytest.mark.django_db
def test_review_report__says_what_is_not_known() -> None:
    told = report("--kind", "daily", "--of", "2026-11-18")

    assert (told["requests"]["availability_percent"], told["requests"]["is_held"], told["clock"]["percent"]) == (None, None, None)
    assert "Availability:    not known; promised 99.9 %: nothing was counted" in review_text(told)


@pytest.mark.django_db
def test_review_report__clock_counts_minutes_that_were_seen() -> None:
    begins = datetime(2026, 11, 18, tzinfo=UTC)
    DatabaseSample.objects.bulk_create(
        DatabaseSample(
            taken_at=begins + timedelta(minutes=n),
            connections=1,
            active=1,
            idle_in_transaction=0,
            connections_max=9,
            oldest_idle_seconds=0,
            oldest_transaction_seconds=0,
            size_bytes=1,
            wraparound_percent=0,
        )
        for n in range(0, 1_440, 2)
    )

    assert report("--kind", "daily", "--of", "2026-11-18")["clock"] == {"minutes": 1_440, "seen": 720, "percent": 50.0}


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["soon", "2026-13-01", "9999-12-31"])
def test_review_report__a_day_that_is_none_is_refused(day: str) -> None:
    with pytest.raises(CommandError, match="--of must be a day such as 2026-11-25"):
        call_command("review_report", "--of", day, "--kind", "monthly" if day > "9" else "weekly")


def test_period__whole_days_weeks_and_months() -> None:
    assert period(ReviewKind.WEEKLY, date(2026, 11, 22)) == (MONDAY, date(2026, 11, 23))
    assert period(ReviewKind.MONTHLY, date(2026, 12, 31)) == (date(2026, 12, 1), date(2027, 1, 1))
    assert period(ReviewKind.DAILY, date(2026, 12, 31)) == (date(2026, 12, 31), date(2027, 1, 1))
    begins, ends = period(ReviewKind.MONTHLY)
    assert (begins.day, ends.day, ends <= datetime.now(UTC).date()) == (1, 1, True)


@pytest.mark.django_db
def test_reviews_keep__takes_each_once_and_forgets_old_hours() -> None:
    hour("GET a", datetime.now(UTC) - timedelta(days=401), answered=1)

    assert (reviews_keep(actor=CLOCK), reviews_keep(actor=CLOCK)) == (2, 0)
    assert (Review.objects.count(), RequestHour.objects.count()) == (2, 0)


@pytest.mark.django_db
def test_review__is_written_and_signed_by_two() -> None:
    writer, other = make_person(), make_person()
    review = review_keep(ReviewKind.WEEKLY, MONDAY, actor=CLOCK)
    with pytest.raises(ChangeRefused, match="Nobody has written"):
        review_sign(review, actor=by(other))
    review.went_well = "Nobody was woken."
    review_write(review, actor=by(writer))
    with pytest.raises(ChangeRefused, match="Another than who wrote it signs"):
        review_sign(review, actor=by(writer))

    review_sign(review, actor=by(other))

    for act in (lambda: review_write(review, actor=by(writer)), lambda: review_keep(ReviewKind.WEEKLY, MONDAY, actor=CLOCK)):
        with pytest.raises(ChangeRefused, match="signed, and fixed"):
            act()
    with pytest.raises(IntegrityError, match="A signed review is fixed"), transaction.atomic():
        Review.objects.update(decided="Otherwise.")
    kept = Review.objects.get()
    assert (kept.went_well, kept.written_by, kept.signed_by) == ("Nobody was woken.", writer, other)


@pytest.mark.django_db
def test_pages__a_review_is_written_and_signed(client: Client) -> None:
    review = review_keep(ReviewKind.WEEKLY, MONDAY, actor=CLOCK)
    page, sign = (reverse(f"admin:monitoring_review_{name}", args=[review.pk]) for name in ("change", "sign"))
    staff_sign_in(client, make_staff(is_superuser=True))
    client.post(page, {"incidents": "", "went_well": "All.", "decided": "Nothing."})
    own = b"Sign this review" in client.get(page).content
    staff_sign_in(client, make_staff(is_superuser=True))
    others = client.get(page).content.decode()
    client.post(sign)

    signed = client.get(page).content.decode()
    assert (own, "Sign this review" in others, "Availability:" in others) == (False, True, True)
    assert (Review.objects.get().signed_at is not None, 'name="went_well"' in signed) == (True, False)


@pytest.mark.django_db(transaction=True)
def test_requests__are_counted_by_kind_and_told_once_a_minute(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "_sums", {})
    monkeypatch.setattr(answering, "_told_at", monotonic())
    client.get("/readyz")
    client.get("/nothing/here")
    client.generic("STRANGE", "/readyz")
    before = RequestHour.objects.count()
    answers_tell()
    request_answered("GET readyz", 503, 30_000)
    answers_tell()
    answers_tell()

    found = {row.caller: row for row in RequestHour.objects.all()}
    assert before == 0
    ready = found["GET readyz"]
    assert (ready.answered + ready.refused, ready.failed, sum(ready.buckets), ready.buckets[-1]) == (1, 1, 2, 1)
    assert (found["(no view)"].refused, sum(found["(no view)"].buckets)) == (1, 2)  # an address that is none, and a method that is none
    assert all(len(row.buckets) == len(BOUNDS_MS) + 1 for row in found.values())


def test_percentile__is_the_bound_of_the_bucket() -> None:
    buckets = [0] * (len(BOUNDS_MS) + 1)
    assert percentile(buckets, 0.5) is None
    buckets[0], buckets[4], buckets[-1] = 90, 9, 1
    assert (percentile(buckets, 0.5), percentile(buckets, 0.95), percentile(buckets, 0.999)) == (10, 250, None)
