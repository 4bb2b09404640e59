"""Charts stay inside their frame, in order, in proportion."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.web.charts import HEIGHT, WIDTH, chart

VALUES = st.lists(st.integers(-(10**9), 10**9), max_size=60)


@given(VALUES)
def test_every_bar_stays_inside_the_drawing_and_ends_at_the_base_line(numbers: list[int]) -> None:
    drawn = chart([(str(place), number, str(number)) for place, number in enumerate(numbers)])
    assert [point.text for point in drawn.points] == [str(number) for number in numbers]
    for point, number in zip(drawn.points, numbers, strict=True):
        assert 0 <= point.x - point.width / 2 <= point.x + point.width / 2 <= WIDTH
        assert 0 <= point.y <= point.y + point.height <= HEIGHT
        edge = point.y + point.height if number >= 0 else point.y
        assert abs(edge - drawn.base) < 0.02


def test_twice_the_value_is_twice_the_height() -> None:
    one, two = chart([("a", 100, "1"), ("b", 200, "2")]).points
    assert abs(two.height - 2 * one.height) < 0.02


def test_no_values_draw_nothing() -> None:
    assert chart([]).points == () and chart([]).path == ""


def test_days_without_a_sale_draw_flat() -> None:
    assert {point.height for point in chart([("a", 0, "0"), ("b", 0, "0")]).points} == {0}


def test_many_values_show_only_some_labels() -> None:
    shown = [point for point in chart([(str(day), day, "") for day in range(30)]).points if point.show_label]
    assert 4 <= len(shown) <= 8
