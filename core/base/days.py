"""Days that people write, as moments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from datetime import tzinfo as Zone

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        words = _("Write a day like 2026-11-30.")
        raise Invalid(words, fields={field: words}) from None


def starts_of_day(day: date, zone: Zone) -> datetime:
    """The moment, in UTC, at which a day begins in a zone (where midnight is left out or comes twice: its first)."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def days_of(filters: Mapping[str, str], zone: Zone = UTC) -> tuple[datetime | None, datetime | None]:
    """From the beginning of the day `from` to the end of the day `to` (the moment after it); days are those of a zone.

    None where there is no bound. Raises Invalid for what is not a day.
    """
    first, last = bounds_of(filters)
    return (
        starts_of_day(first, zone) if first and first > date.min + timedelta(days=1) else None,
        starts_of_day(last + timedelta(days=1), zone) if last and last < date.max - timedelta(days=2) else None,
    )


def bounds_of(filters: Mapping[str, str]) -> tuple[date | None, date | None]:
    """The days `from` and `to` as somebody wrote them. Raises Invalid for what is not a day."""
    return _day(filters.get("from", ""), "from"), _day(filters.get("to", ""), "to")
