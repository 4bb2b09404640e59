"""The clock that everything dated reads. It can be moved, so that a year of trade runs in minutes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_shift = timedelta(0)


def now() -> datetime:
    """The present moment, aware, in UTC, with any shift that a simulation or test has set."""
    return datetime.now(UTC) + _shift


def move_by(step: timedelta) -> None:
    """Move this process's clock on (or back) by a step."""
    global _shift
    _shift += step


@contextmanager
def moved(step: timedelta) -> Iterator[None]:
    """Run a block with the clock moved by a step, then put it back."""
    move_by(step)
    try:
        yield
    finally:
        move_by(-step)
