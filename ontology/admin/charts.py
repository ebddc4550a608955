"""Charts of pages: numbers over time as bars or a line, drawn as SVG by templates/admin/parts/chart.html, with the same numbers in a table below.

A page makes a Chart and includes the part: `{% include "admin/parts/chart.html" with chart=… %}`. Nothing else is needed; styles lie in charts.css.
Words and axes are HTML, so that they keep their size on a phone, where the plot alone is squeezed.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

WIDTH, HEIGHT = 1000.0, 100.0
"""The plot's own units; the page stretches them."""
TICKS_MAX = 4
GAP = 0.2
"""The part of a bar's place that stays free."""
LABELS_MAX = 4


@dataclass(frozen=True, slots=True)
class Point:
    """A value and the word below it; None leaves a gap. `low` and `high` bound what is expected, `forecast` tells that it has not happened yet."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    forecast: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A level that matters, such as a limit: a dashed line with its words."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened at the point with the label AT: an upright line with a letter, whose words stand below the chart."""

    at: str
    words: str


@dataclass(frozen=True, slots=True)
class Upright:
    """The line of a point's moments: how far from the left, in percent, its letter, the label of the point, and what happened there."""

    percent: float
    letter: str
    at: str
    words: Sequence[str]


@dataclass(frozen=True, slots=True)
class Shape:
    """A bar, or the ground of a point that tells its numbers when the pointer rests on it; in the plot's units."""

    x: float
    y: float
    width: float
    height: float
    title: str
    forecast: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """A line across the plot: how far up, in percent, and its words."""

    percent: float
    text: str


def number_text(value: float) -> str:
    """A number as people read it: whole, or with two places."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def short_text(value: float) -> str:
    """A number in at most five letters: 1.2M for 1,200,000."""
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def bytes_text(value: float) -> str:
    """Bytes in the unit that suits them; decimal, as quotas count."""
    for size, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if abs(value) >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.0f} B"


@dataclass(frozen=True)
class Chart:
    """Numbers over time. KIND is bar or line; UNIT stands in the title; WORDS write a number in full, AXIS one beside a line.

    `columns` name the table's first two columns; `marks` are levels to see the numbers against; `moments` are what happened meanwhile; `floor` is the
    value at the lower edge, for numbers that never come near zero, and `ceiling` that at the upper one, for numbers that end there; `empty` is what to say without points.
    """

    title: str
    points: Sequence[Point]
    unit: str = ""
    kind: str = "bar"
    marks: Sequence[Mark] = ()
    moments: Sequence[Moment] = ()
    floor: float = 0.0
    ceiling: float | None = None
    note: str = ""
    empty: str = "There is nothing to draw yet."
    columns: tuple[str, str] = ("Day", "Value")
    words: Callable[[float], str] = number_text
    axis: Callable[[float], str] = short_text

    @cached_property
    def top(self) -> float:
        """The value at the upper edge: a round number not below any value, bound or mark."""
        found = [number for point in self.points for number in (point.value, point.high) if number is not None]
        most = max([*found, *(mark.value for mark in self.marks)], default=0.0)
        if self.ceiling is not None:
            return self.ceiling
        if most <= self.floor:
            return self.floor + 1.0
        step = _step(most - self.floor)
        return self.floor + step * math.ceil((most - self.floor) / step - 1e-9)

    @property
    def summary(self) -> str:
        """The chart in a sentence, for those who hear it."""
        known = [(point.value, point.label) for point in self.points if point.value is not None and not point.forecast]
        if not known:
            return f"{self.title}: no numbers."
        most, least = max(known), min(known)
        parts = [
            f"{self.title}: {len(known)} values from {known[0][1]} to {known[-1][1]}",
            f"the highest {self.words(most[0])} ({most[1]}), the lowest {self.words(least[0])}, the latest {self.words(known[-1][0])}",
            *(f"{mark.label} {self.words(mark.value)}" for mark in self.marks),
        ]
        return "; ".join(parts) + "."

    @property
    def levels(self) -> list[Level]:
        """The lines of the axis, from zero up."""
        step = _step(self.top - self.floor)
        values = [self.floor + step * n for n in range(round((self.top - self.floor) / step) + 1)]
        return [Level(self._percent(value), self.axis(value)) for value in values]

    @property
    def mark_levels(self) -> list[Level]:
        """The marks."""
        return [Level(self._percent(mark.value), f"{mark.label} {self.words(mark.value)}") for mark in self.marks]

    @property
    def uprights(self) -> list[Upright]:
        """The moments, those of one point together, from the left."""
        places = {point.label: place for place, point in enumerate(self.points)}
        found: dict[str, list[str]] = {}
        for moment in self.moments:
            if moment.at in places:
                found.setdefault(moment.at, []).append(moment.words)
        labels = sorted(found, key=lambda label: places[label])
        return [Upright(100 * self._middle(places[at]) / WIDTH, letter_of(number), at, found[at]) for number, at in enumerate(labels)]

    @property
    def bars(self) -> list[Shape]:
        """The bars, where that is the kind."""
        return [self._shape(place, point, point.value, GAP) for place, point in enumerate(self.points) if self.kind == "bar" and point.value]

    @property
    def grounds(self) -> list[Shape]:
        """Where the pointer finds each point's numbers."""
        return [self._shape(place, point, self.top, 0) for place, point in enumerate(self.points) if point.value is not None]

    @property
    def lines(self) -> list[str]:
        """The paths of what has happened, broken at gaps; none for bars."""
        return self._lines(lambda point: not point.forecast) if self.kind == "line" else []

    @property
    def forecast_lines(self) -> list[str]:
        """The paths of what is expected."""
        if self.kind != "line":
            return []
        first = next((place for place, point in enumerate(self.points) if point.forecast), len(self.points))
        begin = self.points[first - 1] if first else None
        return self._lines(lambda point: point.forecast or point is begin) if first < len(self.points) else []

    @property
    def bands(self) -> list[str]:
        """The outline of the bounds."""
        bounded = [(self._middle(place), point) for place, point in enumerate(self.points) if point.low is not None and point.high is not None]
        if not bounded:
            return []
        there = [f"{x:.1f},{self._y(point.high or 0):.2f}" for x, point in bounded]
        back = [f"{x:.1f},{self._y(point.low or 0):.2f}" for x, point in reversed(bounded)]
        return [" ".join([*there, *back])]

    @property
    def labels(self) -> list[Level]:
        """A few labels below the plot, the first and the last among them; how far from the left, in percent."""
        last = len(self.points) - 1
        count = min(LABELS_MAX, last + 1)
        places = sorted({round(last * n / (count - 1)) for n in range(count)}) if count > 1 else list(range(count))
        return [Level(100 * self._middle(place) / WIDTH, self.points[place].label) for place in places]

    @property
    def bounded(self) -> bool:
        """Whether the table needs columns for the bounds."""
        return any(point.low is not None for point in self.points)

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The numbers, as the table shows them: the label, the value, the bounds where there are any; the latest first."""
        return [tuple(self._row(point)) for point in reversed(self.points)]

    def _row(self, point: Point) -> Iterator[str]:
        yield f"{point.label} (expected)" if point.forecast else point.label
        for number in (point.value, *((point.low, point.high) if self.bounded else ())):
            yield "" if number is None else self.words(number)

    def _lines(self, chosen: Callable[[Point], bool]) -> list[str]:
        paths: list[list[str]] = [[]]
        for place, point in enumerate(self.points):
            if point.value is not None and chosen(point):
                paths[-1].append(f"{self._middle(place):.1f},{self._y(point.value):.2f}")
            elif paths[-1]:
                paths.append([])
        return [" ".join(path) for path in paths if path]

    def _shape(self, place: int, point: Point, value: float | None, gap: float) -> Shape:
        room, height = WIDTH / len(self.points), HEIGHT - self._y(value or 0)
        told = f"{point.label}: {self.words(point.value or 0)} {self.unit}".rstrip()
        if point.low is not None and point.high is not None:
            told += f" ({self.words(point.low)} to {self.words(point.high)})"
        return Shape(
            round((place + gap / 2) * room, 2), round(HEIGHT - height, 2), round((1 - gap) * room, 2), round(height, 2), told, point.forecast
        )

    def _middle(self, place: int) -> float:
        return (place + 0.5) * WIDTH / len(self.points)

    def _y(self, value: float) -> float:
        return HEIGHT * (1 - (max(self.floor, min(value, self.top)) - self.floor) / (self.top - self.floor))

    def _percent(self, value: float) -> float:
        return round(100 * (max(value, self.floor) - self.floor) / (self.top - self.floor), 2)


def letter_of(number: int) -> str:
    """A for the first, Z for the twenty-sixth, then AA."""
    return (letter_of(number // 26 - 1) if number >= 26 else "") + chr(ord("A") + number % 26)


def _step(most: float) -> float:
    """A round step that divides MOST into at most TICKS_MAX parts: 1, 2 or 5 times a power of ten."""
    size = 10.0 ** math.floor(math.log10(most / TICKS_MAX))
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor * TICKS_MAX >= most * (1 - 1e-9))
