"""Tables of deliveries and attempts, for the pages that show them."""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from monitoring.models import Alert, Attempt, Delivery
from ontology.admin.parts import NOTHING, Cell, Table, list_url, moment_text, page_url

ROWS_SHOWN = 50
ANSWER_LETTERS = 120


def deliveries_table(found: QuerySet[Delivery], *, empty: str, more_url: str = "") -> Table:
    """The latest of FOUND; one query."""
    rows = list(found.select_related("channel", "person", "alert").order_by("-id")[: ROWS_SHOWN + 1])
    return Table(
        title="Messages",
        columns=("Message", "To", "State", "Attempts", "Last answer", "Written (UTC)"),
        rows=[_delivery_row(row) for row in rows[:ROWS_SHOWN]],
        empty=empty,
        more_url=more_url if len(rows) > ROWS_SHOWN else "",
        more_text="All messages",
    )


def _delivery_row(row: Delivery) -> Sequence[Cell]:
    return (
        Cell(row.get_change_display(), page_url(Delivery, row.pk)),
        Cell(str(row.channel or row.person)),
        Cell(row.get_state_display(), kind=f"delivery-{row.state}"),
        Cell(f"{row.attempts:,}", kind="number"),
        Cell(answer_text(row.answer_status, row.answer)),
        Cell(moment_text(row.created_at), kind="number"),
    )


def attempts_table(found: Iterable[Attempt]) -> Table:
    """Every try to deliver a message, the latest first."""
    return Table(
        title="Attempts",
        columns=("Attempt", "Began (UTC)", "Took", "Came to", "Answer"),
        rows=[
            (
                Cell(f"{row.number:,}", kind="number"),
                Cell(moment_text(row.began_at), kind="number"),
                Cell(f"{row.took_ms:,} ms", kind="number"),
                Cell("Taken" if row.succeeded else "Failed", kind=f"delivery-{'sent' if row.succeeded else 'failed'}"),
                Cell(answer_text(row.answer_status, row.answer, letters=1000)),
            )
            for row in found
        ],
        empty="It has not been tried yet.",
    )


def alerts_table(found: Iterable[Alert], *, note: str = "") -> Table:
    """Alerts that are open, the worst first."""
    return Table(
        title="Open alerts",
        columns=("What", "Group", "Severity", "Since (UTC)", "Owner"),
        rows=[
            (
                Cell(str(alert), page_url(Alert, alert.pk)),
                Cell(alert.group.name if alert.group else "the platform"),
                Cell(alert.get_severity_display(), kind=f"severity-{alert.severity}"),
                Cell(moment_text(alert.opened_at), kind="number"),
                Cell(str(alert.owner) if alert.owner else NOTHING),
            )
            for alert in found
        ],
        empty="Nothing is wrong that monitoring knows of.",
        more_url=list_url(Alert, state__exact="open"),
        more_text="All open alerts",
        note=note,
    )


def answer_text(status: int | None, answer: str, *, letters: int = ANSWER_LETTERS) -> str:
    """What a receiver said, in one line."""
    text = f"{status} {answer}".strip() if status else answer
    return text if len(text) <= letters else f"{text[:letters]}…"
