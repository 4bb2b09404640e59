"""Numbers laid out as a chart; the template `ui/charts.html` draws it in the theme's colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 220, 64, 10, 24
LABELS_MAX = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its place, its label and its value in words."""

    x: float
    y: float
    width: float
    height: float
    label: str
    text: str
    shown: bool


@dataclass(frozen=True, slots=True)
class GridLine:
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class BarChart:
    """A chart of bars in a fixed drawing space."""

    bars: tuple[Bar, ...]
    grid: tuple[GridLine, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def nice_top(highest: int) -> int:
    """The next round number (1, 2 or 5 times a power of ten) at or above the highest value."""
    if highest <= 0:
        return 1
    power = 1
    while True:
        for step in (1, 2, 5):
            if step * power >= highest:
                return step * power
        power *= 10


def bar_chart(values: Sequence[tuple[str, int, str]], grid_labels: Sequence[str] = ()) -> BarChart:
    """Lay out bars of (label, value, value in words). `grid_labels` names the lines at 0, half and the top."""
    top = nice_top(max((value for _label, value, _text in values), default=0))
    room, space = (WIDTH - LEFT) / max(1, len(values)), HEIGHT - TOP - BOTTOM
    every = -(-len(values) // LABELS_MAX) or 1
    bars = []
    for index, (label, value, text) in enumerate(values):
        height = round(space * max(0, value) / top, 1)
        bars.append(
            Bar(
                x=round(LEFT + room * index + room * 0.15, 1),
                y=round(TOP + space - height, 1),
                width=round(room * 0.7, 1),
                height=height,
                label=label,
                text=text,
                shown=index % every == 0,
            )
        )
    labels = list(grid_labels) or ["0", str(top // 2), str(top)]
    lines = tuple(
        GridLine(round(TOP + space * (1 - part), 1), label) for part, label in zip((0, 0.5, 1), labels, strict=True)
    )
    return BarChart(tuple(bars), lines)
