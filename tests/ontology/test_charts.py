"""Charts: where bars and lines stand, and that the same numbers can be read without seeing them."""

import re

from django.template.loader import render_to_string

from ontology.admin.charts import Chart, Level, Mark, Point, bytes_text, number_text, short_text


def test_chart__bars_stand_on_a_round_axis() -> None:
    chart = Chart("Events", [Point("Mon", 0), Point("Tue", 13), Point("Wed", 26)])

    assert chart.top == 30
    assert chart.levels == [Level(0, "0"), Level(33.33, "10"), Level(66.67, "20"), Level(100, "30")]
    assert [(bar.x, bar.width, bar.y, bar.height) for bar in chart.bars] == [(366.67, 266.67, 56.67, 43.33), (700.0, 266.67, 13.33, 86.67)]
    assert chart.bars[1].title == "Wed: 26"
    assert chart.lines == []


def test_chart__line_breaks_at_gaps_and_goes_on_into_what_is_expected() -> None:
    points = [Point("1", 1), Point("2", None), Point("3", 2), Point("4", 3), Point("5", 4, low=2, high=5, forecast=True)]

    chart = Chart("Growth", points, kind="line")

    assert chart.top == 6
    assert chart.lines == ["100.0,83.33", "500.0,66.67 700.0,50.00"]
    assert chart.forecast_lines == ["700.0,50.00 900.0,33.33"]
    assert chart.bands == ["900.0,16.67 900.0,66.67"]
    assert chart.rows[0] == ("5 (expected)", "4", "2", "5")


def test_chart__marks_are_inside() -> None:
    chart = Chart("Things", [Point("Mon", 40)], marks=[Mark(100, "limit")], unit="things")

    assert chart.top == 100
    assert chart.mark_levels == [Level(100, "limit 100")]
    assert chart.summary == "Things: 1 values from Mon to Mon; the highest 40 (Mon), the lowest 40, the latest 40; limit 100."


def test_chart__few_labels_with_both_ends() -> None:
    labels = Chart("Events", [Point(str(day), 1) for day in range(30)]).labels

    assert [level.text for level in labels] == ["0", "10", "19", "29"]


def test_chart__of_zeros_and_of_nothing() -> None:
    zeros, nothing = Chart("Zeros", [Point("Mon", 0)]), Chart("None", [], empty="No event yet.")

    assert (zeros.top, zeros.bars, zeros.levels[-1]) == (1.0, [], Level(100, "1"))
    assert "No event yet." in render_to_string("admin/parts/chart.html", {"chart": nothing})


def test_chart_part__holds_every_number_as_text_and_escapes_words() -> None:
    chart = Chart("Sales <b>", [Point("<i>", 1234.5), Point("Tue", 7)], unit="EUR")

    html = render_to_string("admin/parts/chart.html", {"chart": chart})

    assert re.findall(r'<td class="sextant-cell-number">(.*?)</td>', html) == ["Tue", "7", "&lt;i&gt;", "1,234.50"]
    assert "<b>" not in html
    assert "<i>" not in html
    assert 'role="img"' in html


def test_words__of_numbers() -> None:
    assert [number_text(number) for number in (1234.0, 0.5)] == ["1,234", "0.50"]
    assert [short_text(number) for number in (0, 999, 1200, 5e6)] == ["0", "999", "1.2k", "5M"]
    assert [bytes_text(number) for number in (12, 1500, 2.5e9)] == ["12 B", "1.5 kB", "2.5 GB"]
