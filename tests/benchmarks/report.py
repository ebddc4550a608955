"""What was measured, as a table for the terminal and as docs/benchmarks.md."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tests.benchmarks.racing import Times

HEADINGS = ("measured", "median", "best", "spread", "yardstick", "ratio", "goal", "met")


@dataclass(frozen=True, slots=True)
class Goal:
    """What a number should be: at most LIMIT, or at least when `at_most` is off. `unit` is x, ms, MB …"""

    limit: float
    unit: str
    at_most: bool = True

    @property
    def text(self) -> str:
        """As the table tells it."""
        return f"{'≤' if self.at_most else '≥'} {self.limit:g} {self.unit}"

    def verdict(self, value: float) -> str:
        """Whether VALUE meets the goal, and by how much not."""
        if value <= self.limit if self.at_most else value >= self.limit:
            return "yes"
        return f"no, by {abs(value / self.limit - 1):.0%}"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table, every cell as it is shown."""

    measured: str
    median: str
    best: str = ""
    spread: str = ""
    yardstick: str = ""
    ratio: str = ""
    goal: str = ""
    met: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells in the order of HEADINGS."""
        return (self.measured, self.median, self.best, self.spread, self.yardstick, self.ratio, self.goal, self.met)


@dataclass(frozen=True, slots=True)
class Section:
    """The measurements of one subject. `remarks` follow the table."""

    title: str
    lines: Sequence[Line]
    remarks: Sequence[str] = ()


def yardstick_line(name: str, times: Times) -> Line:
    """The line of what others are compared with."""
    return Line(name, *_times(times), "", "1")


def ratio_line(name: str, times: Times, yardstick: tuple[str, Times], goal: Goal | None = None, *, inverse: bool = False) -> Line:
    """A line whose goal is on the ratio to YARDSTICK; INVERSE tells how many times faster instead of how many times the time."""
    ratio = yardstick[1].over(times) if inverse else times.over(yardstick[1])
    shown = f"{ratio:.2f}" + (" times faster" if inverse else "")
    return Line(
        name,
        *_times(times),
        yardstick[0],
        shown,
        goal.text if goal else "",
        goal.verdict(ratio) if goal else "",
    )


def time_line(name: str, times: Times, yardstick: tuple[str, Times], goal: Goal) -> Line:
    """A line whose goal is on the milliseconds of an idle core, so of the best round; the ratio to YARDSTICK stands beside it."""
    ratio = times.over(yardstick[1])
    return Line(name, *_times(times), yardstick[0], f"{ratio:.2f}", goal.text, goal.verdict(times.best * 1000))


def _times(times: Times) -> tuple[str, str, str]:
    return milliseconds(times.median), milliseconds(times.best), f"{times.spread:.0%}"


def milliseconds(seconds: float) -> str:
    """SECONDS as the table shows them."""
    return f"{seconds * 1000:,.1f} ms"


def section_text(section: Section) -> str:
    """SECTION for the terminal."""
    rows = [HEADINGS, *(line.cells for line in section.lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(["", section.title, "", *table, *(f"  {remark}" for remark in section.remarks), ""])


def document(sections: Iterable[Section], machine: Sequence[str], day: date, rounds: int) -> str:
    """docs/benchmarks.md."""
    parts = [
        "# Benchmarks",
        "",
        "Written by `make bench`; each section tells its day. `make bench ARGS='--only SUBJECT'` measures one anew and puts it in its place;",
        "`make bench ARGS=--quick` tells in a minute whether something broke, and writes nothing here.",
        "",
        "PostgreSQL's `COPY` is the yardstick of writes: the same rows, already formatted, into the same table with the same indexes, constraints and triggers,",
        "committed. In each of several rounds, after a warm-up, every contender runs once, in random order. *spread* is the width of the",
        "middle half of the rounds, *ratio* the median of the ratios within them; a goal in milliseconds is for an idle core, so the best round is judged,",
        "since noise only adds. JSON text is made before the clock starts; the time of ours begins",
        "with that text and ends with the commit. Each call is checked to have written as many rows as it should. Nothing fails on a time.",
        "",
        "## Machine",
        "",
        *(f"- {sentence}" for sentence in machine),
        "",
    ]
    return "\n".join([*parts, *(section_document(section, day, rounds) for section in sections)])


def section_document(section: Section, day: date, rounds: int) -> str:
    """SECTION as docs/benchmarks.md holds it: its heading, its table, its remarks, its day."""
    parts = [f"## {section.title}", "", _markdown_row(HEADINGS), "|---|---:|---:|---:|---|---:|---|---|"]
    parts += [_markdown_row(line.cells) for line in section.lines]
    parts += ["", *(part for remark in section.remarks for part in (remark, ""))]
    return "\n".join([*parts, f"Measured on {day:%d %B %Y}; {rounds} rounds where there are rounds.", ""])


def document_with(text: str, section: Section, day: date, rounds: int) -> str:
    """The document TEXT with SECTION in the place of the one with its title, or at the end."""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    fresh = section_document(section, day, rounds)
    places = [place for place, part in enumerate(parts) if part.splitlines()[:1] == [f"## {section.title}"]]
    if not places:
        return "\n".join([text.rstrip("\n"), "", fresh])
    parts[places[0]] = fresh if places[0] == len(parts) - 1 else f"{fresh}\n"
    return "".join(parts)


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
