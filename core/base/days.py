"""Days that people write, as moments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

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


def days_of(filters: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """From the beginning of the day `from` to the end of the day `to` (the moment after it), in UTC.

    None where there is no bound. Raises Invalid for what is not a day.
    """
    first, last = _day(filters.get("from", ""), "from"), _day(filters.get("to", ""), "to")
    return (
        datetime.combine(first, time.min, UTC) if first else None,
        datetime.combine(last + timedelta(days=1), time.min, UTC) if last and last < date.max else None,
    )
