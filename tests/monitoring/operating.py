"""Rows of operations for tests: a change that waits and was decided about, and a review."""

from datetime import UTC, date, datetime, timedelta

from monitoring.choices import ReviewKind, Verdict
from monitoring.models import CapacityDay, ChangeDecision, ChangeRequest, Review
from monitoring.services.reviewing import review_body
from ontology.models import Person

BEGINS = date(2020, 1, 1)


def operating_rows_make(number: int, writer: Person, decider: Person) -> None:
    """A change of WRITER's that DECIDER has approved, the review of a day, and a number of it."""
    starts = datetime(2026, 11, 26, 6, tzinfo=UTC)
    change = ChangeRequest.objects.create(
        title=f"Version {number}",
        what="Its imports.",
        risk="high",
        steps="Migrate.",
        taken_back_by="The dump.",
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
        asked_by=writer,
    )
    ChangeRequest.objects.filter(pk=change.pk).update(state="asked")
    ChangeDecision.objects.create(request=change, person=decider, verdict=Verdict.APPROVED, reason="Rehearsed.")
    day = BEGINS + timedelta(days=number)
    CapacityDay.objects.create(day=day, metric="cache_hit", value=99)
    Review.objects.create(kind=ReviewKind.DAILY, begins_on=day, ends_on=day + timedelta(days=1), body=review_body(day, day + timedelta(days=1)))
