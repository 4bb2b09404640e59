"""Numbers as shapes for the macros of `ui/charts.html`; amounts arrive as whole numbers with their written form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 220
"""The drawing's own units; the page scales it."""
LEFT, RIGHT, TOP, BOTTOM = 8, 8, 12, 28
_LABELS_MAX = 8


@dataclass(frozen=True, slots=True)
class Point:
    """One value: where it stands, how high its bar is, what it says."""

    x: float
    y: float
    width: float
    height: float
    label: str
    text: str
    show_label: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that is ready to draw. `path` joins the points; `area` closes it down to the base line."""

    points: tuple[Point, ...]
    base: float
    path: str
    area: str
    width: int = WIDTH
    height: int = HEIGHT


def chart(values: Sequence[tuple[str, int, str]]) -> Chart:
    """A chart of (label, value, written value) in order; values may be negative. No values give an empty chart."""
    if not values:
        return Chart((), HEIGHT - BOTTOM, "", "")
    numbers = [value for _label, value, _text in values]
    low, high = min(0, *numbers), max(0, *numbers)
    span = (high - low) or 1
    room = HEIGHT - TOP - BOTTOM
    step = (WIDTH - LEFT - RIGHT) / len(values)
    base = round(TOP + room * high / span, 2)
    every = -(-len(values) // _LABELS_MAX)
    points = []
    for place, (label, value, text) in enumerate(values):
        level = round(TOP + room * (high - value) / span, 2)
        middle = round(LEFT + step * (place + 0.5), 2)
        points.append(
            Point(
                x=middle,
                y=min(level, base),
                width=round(step * 0.62, 2),
                height=round(abs(base - level), 2),
                label=label,
                text=text,
                show_label=place % every == 0,
            )
        )
    heights = [round(TOP + room * (high - value) / span, 2) for value in numbers]
    path = " ".join(f"{'L' if place else 'M'}{point.x} {heights[place]}" for place, point in enumerate(points))
    return Chart(tuple(points), base, path, f"{path} L{points[-1].x} {base} L{points[0].x} {base} Z")
